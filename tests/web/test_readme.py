"""web/README.md says what each module holds."""

import re

from tests.template import ROOT

WEB = ROOT / "web"


def test_the_readme_names_every_module_and_no_other() -> None:
    _, section = (WEB / "README.md").read_text().split("\n## What each module holds\n")
    named = re.findall(r"`([\w-]+\.(?:js|css|json))`", section.partition("\n## ")[0])
    folders = (WEB, *(WEB / name for name in ("elements", "pages", "playground", "reference")))
    modules = [path for folder in folders for path in folder.iterdir()]
    assert sorted(set(named)) == sorted({path.name for path in modules if path.suffix in {".js", ".css", ".json"}})
