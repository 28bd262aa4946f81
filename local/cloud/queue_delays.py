"""When the test clock (shifted_clock.py) jumps ahead, messages that wait in a queue become visible as if that time
had passed: those sent with a delay, and those whose last try failed.

Messages that a function is processing at that moment are not delivered again. ministack keeps real times.
"""

import functools
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import esm_wake
from ministack.services import lambda_svc, sqs

from local.cloud import shifted_clock

type Json = dict[str, Any]

_processing = set[str]()  # receipt handles


def apply() -> None:
    lambda_svc._run_sqs_batch = _remembering(lambda_svc._run_sqs_batch)
    shifted_clock.on_jump(_pass)


def _remembering(run: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(run)
    def run_and_remember(mapping: Json, function: Json, event: Json, batch: list[Json], *queue: Any) -> None:
        handles = {message["receipt_handle"] for message in batch}
        _processing.update(handles)
        try:
            run(mapping, function, event, batch, *queue)
        finally:
            _processing.difference_update(handles)

    return run_and_remember


def _pass(seconds: int) -> None:
    if seconds < 0:
        return
    for queue in list(sqs._queues._data.values()):
        for message in queue["messages"]:
            if message.get("receipt_handle") not in _processing:
                message["visible_at"] -= seconds
    esm_wake.set()
