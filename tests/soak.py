"""Some tests come in two lengths: short in `make test`, long in `make soak`."""

import os
from typing import Final

SOAK: Final = os.environ.get("SOAK") == "1"


def either(quick: int, soak: int) -> int:
    return soak if SOAK else quick
