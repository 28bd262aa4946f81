"""WebKitGTK, driven by WebDriver on a display that nobody sees."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver

from local.programs import webkit as program
from local.programs.chromium import ENGLISH

SOFTWARE_RENDERING = {"LIBGL_ALWAYS_SOFTWARE": "1", "WEBKIT_DISABLE_DMABUF_RENDERER": "1"}


@contextmanager
def webkit() -> Iterator[WebDriver]:
    """One browser window without a past: no cookies, no cache, no storage."""
    found = program.find()
    with virtual_display(found.display) as display:
        environment = {**os.environ, **ENGLISH, **SOFTWARE_RENDERING, "DISPLAY": display}
        service = webdriver.WebKitGTKService(str(found.driver), env=environment)
        service.start()
        try:
            # webdriver.WebKitGTK would do the same in a deprecated way, with a warning.
            server = RemoteConnection(client_config=ClientConfig(service.service_url))
            with webdriver.Remote(server, options=webdriver.WebKitGTKOptions()) as driver:
                yield driver
        finally:
            service.stop()


@contextmanager
def virtual_display(xvfb: Path) -> Iterator[str]:
    """Starts an X server on a free number, and yields the name of its display."""
    read_end, write_end = os.pipe()
    command = [str(xvfb), "-displayfd", str(write_end), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as process:  # noqa: S603
        os.close(write_end)
        with os.fdopen(read_end) as told:
            number = told.readline().strip()
        try:
            yield f":{number}"
        finally:
            process.terminate()
