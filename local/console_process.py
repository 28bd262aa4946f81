"""Starts the local console (`local/console`) as a child process, and opens it in a browser."""

import os
import socket
import subprocess
import sys
import webbrowser
from pathlib import Path

from local import cloud_process
from local.cloud_process import HOST, ROOT
from local.errors import LocalError

MODULE = "local.console"
PYTHON_PATH = os.pathsep.join(str(ROOT / place) for place in ("layers/mid_job_feedback", "."))
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
"""Variables of which one is set where a browser can open a window on Linux, also in WSL."""


def listen(port: int) -> socket.socket:
    """The socket on which the console will accept connections. Until it has started, they wait.

    Raises:
        LocalError: the port is in use.
    """
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        message = f"Port {port}, for the console, is in use. Choose another with CONSOLE_PORT=…"
        raise LocalError(message) from error
    return listening


def start(listening: socket.socket, directory: Path) -> str:
    """Start the console of the stack that is described in this directory. Returns its URL."""
    with (directory / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, str(listening.fileno()), directory],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": PYTHON_PATH},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only the dev tool, which then stops the console
        )
    cloud_process.record(directory, MODULE, process)
    return f"http://{HOST}:{listening.getsockname()[1]}/"


def open_in_browser(url: str) -> None:
    """Open the page, unless nobody would see it: in CI, without a display, or with the output in a file."""
    has_display = sys.platform != "linux" or any(os.environ.get(name) for name in DISPLAYS)
    if has_display and sys.stdout.isatty() and not os.environ.get("CI"):
        webbrowser.open(url)
