"""A server of web pages, in front of a function whose instances handle one request at a time, as Lambda's do."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

type Files = Mapping[str, "File"]
"""By path."""


@dataclass(frozen=True)
class File:
    content_type: str
    zipped: bytes


@dataclass
class PageServer:
    """Before a page is viewed, `restart` says how: it also forgets what was sent."""

    files: Files
    answers: Mapping[str, str]
    """The API's, as JSON by path. They are not counted, and come at once."""
    sent: list[int] = field(default_factory=list)
    """The bytes of each file that was sent."""
    url: str = ""
    _cold_start: float = 0
    _idle_instances: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def restart(self, cold_start: float) -> None:
        """From now on, a request waits this many seconds unless an instance that has started is idle."""
        self.sent.clear()
        self._cold_start, self._idle_instances = cold_start, 0

    def file(self, path: str) -> File | None:
        with self._lock:
            is_cold = self._idle_instances == 0
            self._idle_instances -= not is_cold
        if is_cold:
            time.sleep(self._cold_start)
        file = self.files.get(path)
        with self._lock:
            self._idle_instances += 1
            self.sent.append(len(file.zipped) if file else 0)
        return file


@contextmanager
def running(files: Files, answers: Mapping[str, str]) -> Iterator[PageServer]:
    """Serve until the block ends."""
    pages = PageServer(files, answers)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"pages": pages}))
    pages.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    pages: ClassVar[PageServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if answer := self.pages.answers.get(path):
            self._send(200, answer.encode(), {"Content-Type": "application/json"})
        elif file := self.pages.file(path):
            self._send(200, file.zipped, {"Content-Type": file.content_type, "Content-Encoding": "gzip"})
        else:
            self._send(404, b"", {})

    def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
        """Without a `Date`: what the answers say is of another time, and the pages follow the API's clock."""
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: a line per request would fill the terminal."""
