"""Some tests have two lengths: the quick form of `make test`, and the long form of `make soak`."""

import os
from typing import Final

SOAK: Final = os.environ.get("SOAK") == "1"


def either(quick: int, soak: int) -> int:
    return soak if SOAK else quick
