"""`make screenshots`: takes a picture of every page state, desktop and 360 px wide, light and dark.

On the phone in light, also in Arabic, which reads from right to left, of the states that need no click to be seen.
They go to .local/screenshots/, except the two that the README shows, which go to docs/screenshots/.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.builders import NOW
from tests.lambda_runtime import function
from tests.template import ROOT
from tests.web.browser import chromium
from tests.web.fake_api import FakeApi
from tests.web.page_server import build_pages_layer, serve_pages
from tests.web.page_states import PAGE_STATES, PageState

WIDTHS = {"desktop": 1080, "phone": 360}
SCHEMES = ("light", "dark")
ENGLISH, ARABIC = "en-GB", "ar"
ALL = ROOT / ".local" / "screenshots"
README = ROOT / "docs" / "screenshots"
IN_README = {"contract-client desktop light", "form-prefilled phone light"}


def main(prefix: str = "") -> None:
    """Only page states whose names start with `prefix`."""
    with TemporaryDirectory() as folder:
        sys.path.insert(0, str(build_pages_layer(Path(folder))))
        with serve_pages(function("web")) as stack_url:
            for name in (name for name in PAGE_STATES if name.startswith(prefix)):
                for device in WIDTHS:
                    for scheme in SCHEMES:
                        _take(stack_url, name, device, scheme)
                if PAGE_STATES[name].act is PageState.act:
                    _take(stack_url, name, "phone", "light", ARABIC)


def _take(stack_url: str, name: str, device: str, scheme: str, language: str = ENGLISH) -> None:
    state, api = PAGE_STATES[name], FakeApi()
    state.arrange(api)
    context = chromium().new_context(
        locale=language,
        timezone_id="Europe/Berlin",
        viewport={"width": WIDTHS[device], "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.clock.set_fixed_time(NOW)
    api.install(context, stack_url)
    page = context.new_page()
    if language == ENGLISH:
        state.open(page, stack_url)
    else:
        page.goto(f"{stack_url}/app/{state.address}")
        page.locator("[part=root] > :not(.loading)").first.wait_for()
    page.mouse.move(0, 0)
    title = f"{name} {device} {scheme}{'' if language == ENGLISH else f' {language}'}"
    folder = README if title in IN_README else ALL
    page.screenshot(path=folder / f"{title.replace(' ', '-')}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
