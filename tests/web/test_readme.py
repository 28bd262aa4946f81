"""web/README.md says what each module holds."""

import re

from tests.template import ROOT

WEB = ROOT / "web"


def test_the_readme_names_every_module_and_no_other() -> None:
    named = re.findall(r"`([\w-]+\.js)`", (WEB / "README.md").read_text())
    assert set(named) == {path.name for path in WEB.glob("*.js")}
