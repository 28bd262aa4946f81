"""A warm process: makes the calls it is sent and says how long each took. Run by its path, with no package here.

    python worker.py app.handler

A line in is a list of events; a line out is a list of [milliseconds, of these waited for the table, of these at
work on the processor]. What the function logs is dropped.
"""

import importlib
import json
import os
import socket
import sys
import time
from typing import Any

_waited = 0.0


def _timed_reads() -> None:
    """Count what is spent waiting for an answer: the only reads from sockets here are those of answers."""
    read = socket.SocketIO.readinto

    def timed(self: Any, buffer: Any) -> int | None:
        global _waited  # noqa: PLW0603
        start = time.perf_counter()
        try:
            return read(self, buffer)
        finally:
            _waited += time.perf_counter() - start

    socket.SocketIO.readinto = timed  # type: ignore[method-assign, assignment]


class Context:
    function_name = "function"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 10_000


def _call(handler: Any, event: dict[str, Any]) -> list[float]:
    global _waited  # noqa: PLW0603
    _waited = 0.0
    processor, start = time.process_time(), time.perf_counter()
    response = handler(event, Context())
    taken, spent = time.perf_counter() - start, time.process_time() - processor
    if response["statusCode"] not in {200, 201}:
        raise RuntimeError(response)
    return [taken * 1000, _waited * 1000, spent * 1000]


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for as long as the process lives
    module, _, name = sys.argv[1].partition(".")
    sys.path.insert(0, "")
    handler = getattr(importlib.import_module(module), name)
    _timed_reads()
    for line in sys.stdin:
        answers.write(json.dumps([_call(handler, event) for event in json.loads(line)]) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
