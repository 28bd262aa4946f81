"""What a process does before its first call, while Lambda still lends it a full core.

An entry imports this first: then the connection to the table is opened while everything else is imported. Only on
Lambda, which says that it initialises: tests and tools call nothing by importing.
"""

import gc
import os
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Final

from mid_job_feedback import aws

PATIENCE: Final = 1.0  # seconds; if the table is out of reach, callers are to be told so, and not Lambda
NOBODY: Final = "-"  # an id that belongs to no contract and nobody

_begun: Final[list[Thread]] = []


def ready(*reads: Callable[[], object]) -> None:
    """For the end of an entry. Makes `reads` for what they leave behind, and waits for all that was begun, but not
    long. What they return or raise is of no interest: the first call will say what is wrong.
    """
    for read in reads:
        _begin(read)
    until = time.monotonic() + PATIENCE
    while _begun:
        _begun.pop().join(max(0, until - time.monotonic()))
    gc.freeze()  # what there is now stays, and need not be looked through


def _begin(read: Callable[[], object]) -> None:
    def make() -> None:
        with suppress(Exception):
            read()

    if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
        thread = Thread(target=make, daemon=True)
        thread.start()
        _begun.append(thread)


def _connect() -> None:
    """Loading the authorities that TLS trusts is a tenth of a cold start, and holds up nobody from here."""
    client, name = aws.client("dynamodb"), os.environ["TABLE_NAME"]
    key = {"PK": {"S": f"CONTRACT#{NOBODY}"}, "SK": {"S": "CONTRACT"}}
    client.batch_get_item(RequestItems={name: {"Keys": [key]}})


_begin(_connect)
