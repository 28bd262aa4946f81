"""What a process does before its first call, while Lambda still lends it a full core."""

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

PATIENCE: Final = 1.0  # seconds; if the table is out of reach, callers are to be told so, and not Lambda


def ready(*reads: Callable[[], object]) -> None:
    """For the end of a function's module. Makes `reads`, at the same time, for what that leaves behind: clients,
    open connections, code that has run. What they return or raise is of no interest: the first call will say what
    is wrong.

    Only on Lambda, which says that it initialises: tests and tools read nothing by importing.
    """
    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        threads = [Thread(target=_make, args=(read,), daemon=True) for read in reads]
        for thread in threads:
            thread.start()
        until = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0, until - time.monotonic()))
    gc.freeze()  # what there is now stays, and need not be looked through


def _make(read: Callable[[], object]) -> None:
    with suppress(Exception):
        read()
