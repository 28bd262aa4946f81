"""web/README.md says what each module holds, and which browsers are supported."""

import re

from tests.template import ROOT
from web.build import OLDEST_BROWSERS

WEB = ROOT / "web"


def test_the_readme_names_every_module_and_no_other() -> None:
    _, section = (WEB / "README.md").read_text().split("\n## What each module holds\n")
    named = re.findall(r"`([\w-]+\.(?:js|css))`", section.partition("\n## ")[0])
    modules = [path for folder in ("elements", "pages") for path in (WEB / folder).iterdir()]
    assert sorted(set(named)) == sorted({path.name for path in modules if path.suffix in {".js", ".css"}})


def test_the_browsers_that_the_readme_names_are_those_that_the_pages_are_built_for() -> None:
    _, section = (WEB / "README.md").read_text().split("\n## Browsers\n")
    named = re.findall(r"^\| (.+?) \| ([\d.]+) \|", section.partition("\n## ")[0], re.MULTILINE)
    names = {"Chrome": "chrome", "Edge": "edge", "Firefox": "firefox", "Safari": "safari", "Safari on iOS": "ios"}
    assert sorted(names[browser] + version for browser, version in named) == sorted(OLDEST_BROWSERS)
