"""Starts the embedded cloud (`local/cloud`) as a child process, waits until it is ready, and stops it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.errors import LocalError

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".local/cloud/bin/python"

HOST = "127.0.0.1"
MODULE = "local.cloud"
CLOCKS = ("MINUTE_SECONDS", "TTL_SECONDS")
"""Settings in seconds: the length of a minute in schedules, and the time between two TTL sweeps."""
LOG_LINES_SHOWN = 25


@dataclass(frozen=True)
class Cloud:
    port: int
    directory: Path
    process: subprocess.Popen[bytes]

    @property
    def endpoint_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / "cloud.log"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def start(port: int, directory: Path, settings: Mapping[str, str]) -> Cloud:
    """Start a cloud that writes into this directory only. Call `wait_until_ready` before using it."""
    refuse_port_in_use(port)
    for name in ("state", "tmp"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    with (directory / "cloud.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", MODULE],
            cwd=ROOT,
            env={**_environment(port, directory), **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only the dev tool, which then stops the cloud
        )
    return Cloud(port, directory, process)


def refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            message = f"Port {port} is in use. Choose another with PORT=…, or stop it: make down PORT={port}"
            raise LocalError(message) from error


def _environment(port: int, directory: Path) -> dict[str, str]:
    """The whole environment of the cloud and its functions: nothing from this shell, no AWS configuration."""
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(directory),
        "TMPDIR": str(directory / "tmp"),
        "STATE_DIR": str(directory / "state"),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        **{name: os.environ[name] for name in CLOCKS if name in os.environ},
    }


def wait_until_ready(cloud: Cloud, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not _answers(cloud):
        if cloud.process.poll() is not None or time.monotonic() > deadline:
            raise LocalError(f"The embedded cloud did not start.\n\n{log_tail(cloud)}")
        time.sleep(0.05)


def _answers(cloud: Cloud) -> bool:
    try:
        return httpx.get(f"{cloud.endpoint_url}/_ministack/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False


def stop(cloud: Cloud) -> None:
    cloud.process.send_signal(signal.SIGINT)
    try:
        cloud.process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        cloud.process.kill()
        cloud.process.wait()


def record(directory: Path, module: str, process: subprocess.Popen[bytes]) -> None:
    """Write the id of a process that runs this module to a file, for `stop_recorded` in another process."""
    _pid_file(directory, module).write_text(str(process.pid))


def stop_recorded(directory: Path, module: str, seconds: float = 10) -> bool:
    """Stop the process of this module that was recorded in this directory. Returns whether it was running."""
    try:
        pid = int(_pid_file(directory, module).read_text())
    except FileNotFoundError:
        return False
    if not _runs(pid, module):
        return False
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + seconds
    while _runs(pid, module):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def _runs(pid: int, module: str) -> bool:
    """Whether the process runs this module: process ids are reused."""
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.exists():
        return module.encode() in proc.read_bytes()
    if Path("/proc/self").exists():
        return False
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return module in shown.stdout  # systems without /proc, such as macOS


def _pid_file(directory: Path, module: str) -> Path:
    return directory / f"{module.rpartition('.')[2]}.pid"


def log_tail(cloud: Cloud) -> str:
    lines = cloud.log.read_text(errors="replace").splitlines()
    return "\n".join([f"The last lines of {cloud.log}:", *lines[-LOG_LINES_SHOWN:]])
