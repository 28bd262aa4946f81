"""WebKitGTK, whose engine is that of Safari. No package registry has it, so it must be on the machine."""

from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError
from local.programs.program import THIS_MACHINE, Machine

DRIVER = "WebKitWebDriver"
DISPLAY = "Xvfb"


@dataclass(frozen=True)
class WebKit:
    driver: Path
    """A WebDriver server, which starts WebKitGTK's MiniBrowser."""
    display: Path
    """An X server without a screen: WebKitGTK has no headless mode."""


def find(machine: Machine = THIS_MACHINE) -> WebKit:
    """Raises a LocalError that says what to install if something is missing."""
    drivers, displays = machine.command(DRIVER), machine.command(DISPLAY)
    if drivers and displays:
        return WebKit(drivers[0], displays[0])
    missing = " and ".join(name for name, found in ((DRIVER, drivers), (DISPLAY, displays)) if not found)
    raise LocalError(
        f"The tests in WebKit need {missing}: install WebKitGTK's driver and Xvfb "
        "(Debian: apt-get install webkit2gtk-driver xvfb)."
    )
