"""A warm Lambda process: invokes a handler with the events it receives and reports how long each call took.

    python invoker.py app.handler

Run by path, because the process has only the packages of the function it measures. Reads lines from standard
input, each a JSON list of events. Writes for each line a JSON object. `timings` has three numbers for every
event, in milliseconds: wall time, the part of it spent waiting for responses, and CPU time. `response` is the
handler's last response. The function's own output is discarded.
"""

import importlib
import json
import os
import socket
import sys
import time
from typing import Any

_waited = 0.0


def _measure_socket_reads() -> None:
    """Add up the time spent reading from sockets: here that is time spent waiting for AWS's responses."""
    read = socket.SocketIO.readinto

    def timed_read(self: Any, buffer: Any) -> int | None:
        global _waited  # noqa: PLW0603
        start = time.perf_counter()
        try:
            return read(self, buffer)
        finally:
            _waited += time.perf_counter() - start

    socket.SocketIO.readinto = timed_read  # type: ignore[method-assign, assignment]


class Context:
    function_name = "function"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 10_000


def _invoke(handler: Any, event: dict[str, Any]) -> tuple[list[float], dict[str, Any]]:
    global _waited  # noqa: PLW0603
    _waited = 0.0
    cpu_start, start = time.process_time(), time.perf_counter()
    response: dict[str, Any] = handler(event, Context())
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    if response["statusCode"] not in {200, 201}:
        raise RuntimeError(response)
    return [wall * 1000, _waited * 1000, cpu * 1000], response


def main() -> None:
    results = os.fdopen(os.dup(1), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - stays open until the process ends
    module, _, name = sys.argv[1].partition(".")
    sys.path.insert(0, "")
    handler = getattr(importlib.import_module(module), name)
    _measure_socket_reads()
    for line in sys.stdin:
        timings, responses = zip(*(_invoke(handler, event) for event in json.loads(line)), strict=True)
        results.write(json.dumps({"timings": timings, "response": responses[-1]}) + "\n")
        results.flush()


if __name__ == "__main__":
    main()
