"""Fonts for a browser on Linux, the same on every machine: a bare one has none, and Chromium crashes without.

They cover Latin, Greek, Cyrillic, Hebrew, Arabic, Chinese, Japanese, Korean, symbols, and black-and-white emoji.
"""

import hashlib
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from local.programs.npm import NpmPackage, unpacked
from local.programs.packages import HOME, once
from local.programs.program import Machine

FONTS: Final = {
    NpmPackage(
        "@expo-google-fonts/open-sans",
        "0.4.2",
        "sha512-gvhPqLXYnltWgll3iBwRGUwf5yN2HCh4mgQmFoQ8oU66LTs23oX4N7T3t0BDsKfP/1Z8F8+4c7wSkA11Nnk4kA==",
    ): ("400Regular/*.ttf", "600SemiBold/*.ttf", "700Bold/*.ttf"),
    NpmPackage(
        "dejavu-fonts-ttf",
        "2.37.3",
        "sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
    ): ("ttf/DejaVuSans.ttf", "ttf/DejaVuSans-Bold.ttf", "ttf/DejaVuSansMono.ttf"),
    NpmPackage(
        "@expo-google-fonts/sawarabi-gothic",
        "0.4.2",
        "sha512-Dgj0eOnoEQ8dFy0+0Rpx7R2/YA8AQO96fHoSG9+quamonABPBQ1CGhB94STOp+9TOwDvBFI48v5d4S8tg8uM2Q==",
    ): ("400Regular/*.ttf",),
    NpmPackage(
        "@expo-google-fonts/zcool-xiaowei",
        "0.4.1",
        "sha512-UshFhpSWZq9hhultiV3IwqyRimKQEJd1yCCBTBCF8gU5B5OMEMXFJcaVdy4D1jD5R30QvTnmhGOA94116mqQ1g==",
    ): ("400Regular/*.ttf",),
    NpmPackage(
        "@expo-google-fonts/nanum-gothic",
        "0.4.0",
        "sha512-BQls1DxrlrE0dn+lt9lbKOOBd44E3SmQNza6yHFcKVDl4L5/ecVwRcc6betnM00NkObHB99yqnc2aXbkQd31ww==",
    ): ("400Regular/*.ttf",),
    NpmPackage(
        "@expo-google-fonts/noto-emoji",
        "0.4.7",
        "sha512-Gs7URwtKmCzzdGUTYbG8MIohyaQPgGxIaQG5hvyEAaQiEGJpQy6gyP3NDICE0EJkOJFoe1JFD3Hf1L4a3qe4KA==",
    ): ("400Regular/*.ttf",),
}
"""Packages, and which of their files are wanted."""

CONFIGURATION: Final = Template("""\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>$folder/files</dir>
  <cachedir>$folder/cache</cachedir>
$families
</fontconfig>
""")
# Chromium asks for `sans` when a page asks for `system-ui`.
PREFERRED: Final = {
    "sans": "Open Sans",
    "system-ui": "Open Sans",
    "sans-serif": "Open Sans",
    "monospace": "DejaVu Sans Mono",
}


def find(machine: Machine) -> Path:
    """The configuration file that tells fontconfig of these fonts and of no others."""
    folder = HOME / "fonts" / _version()
    return once(folder, lambda scratch: _fetch(scratch, folder, machine)) / "fonts.conf"


def _version() -> str:
    """Changes with the packages, and with the checkout's place, which fontconfig has to be told."""
    return hashlib.sha256(repr((FONTS, CONFIGURATION.template, PREFERRED, HOME)).encode()).hexdigest()[:12]


def _fetch(scratch: Path, folder: Path, machine: Machine) -> Path:
    made = scratch / "made"
    (made / "files").mkdir(parents=True)
    for number, (package, wanted) in enumerate(FONTS.items()):
        room = scratch / str(number)
        room.mkdir()
        files = unpacked(package, machine, room)
        for font in (font for pattern in wanted for font in files.glob(pattern)):
            font.rename(made / "files" / font.name)
    families = "\n".join(
        f"  <alias><family>{generic}</family><prefer><family>{family}</family></prefer></alias>"
        for generic, family in PREFERRED.items()
    )
    (made / "fonts.conf").write_text(CONFIGURATION.substitute(folder=escape(str(folder)), families=families))
    return made
