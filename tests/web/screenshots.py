"""`make screenshots`: every scene as a picture, desktop and 360 px, light and dark.

All go to .local/screenshots/; the two that the README shows go to docs/screenshots/.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser

from tests.builders import NOW
from tests.lambda_runtime import function
from tests.template import ROOT
from tests.web.browser import chromium
from tests.web.marketplace import Marketplace
from tests.web.scenes import SCENES
from tests.web.site import build, served

WIDTHS = {"desktop": 1080, "phone": 360}
SCHEMES = ("light", "dark")
ALL = ROOT / ".local" / "screenshots"
README = ROOT / "docs" / "screenshots"
IN_README = {"contract-client desktop light", "form-prefilled phone light"}


def main(wanted: str = "") -> None:
    """`wanted`: only scenes whose names begin so."""
    with TemporaryDirectory() as folder:
        sys.path.insert(0, str(build(Path(folder))))
        with served(function("web")) as site, chromium() as browser:
            for name in (name for name in SCENES if name.startswith(wanted)):
                for device in WIDTHS:
                    for scheme in SCHEMES:
                        _shoot(browser, site, name, device, scheme)


def _shoot(browser: Browser, site: str, name: str, device: str, scheme: str) -> None:
    scene, marketplace = SCENES[name], Marketplace()
    scene.arrange(marketplace)
    context = browser.new_context(
        locale="en-GB",
        timezone_id="Europe/Berlin",
        viewport={"width": WIDTHS[device], "height": 640},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.clock.set_fixed_time(NOW)
    marketplace.install(context, site)
    page = context.new_page()
    scene.play(page, site)
    page.mouse.move(0, 0)
    title = f"{name} {device} {scheme}"
    folder = README if title in IN_README else ALL
    page.screenshot(path=folder / f"{title.replace(' ', '-')}.png", full_page=True)
    context.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
