"""The embedded cloud (`local/cloud`) as a child process: started, awaited, stopped."""

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
CLOCKS = ("MINUTE_SECONDS", "TTL_SECONDS")
"""How long a schedule's minute lasts, and how often expired items are looked for; see `local/cloud`."""
LINES_OF_LOG = 25


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
    """Start a cloud that keeps all it writes in the directory. When it can be used, `wait_until_ready` returns."""
    refuse_port_in_use(port)
    for name in ("state", "tmp"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    with (directory / "cloud.log").open("wb") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "local.cloud"],
            cwd=ROOT,
            env={**_environment(port, directory), **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is for the dev tool, which then stops the cloud
        )
    return Cloud(port, directory, process)


def refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            message = f"Port {port} is in use. Choose another with PORT=…, or end what runs there with make down."
            raise LocalError(message) from error


def _environment(port: int, directory: Path) -> dict[str, str]:
    """All that the cloud and its functions get to see: nothing of this shell, and no AWS set-up of its user."""
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
            raise LocalError(f"The cloud did not start.\n\n{log_tail(cloud)}")
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


def record(cloud: Cloud) -> None:
    """Let `stop_recorded` find this cloud, also from another process."""
    _pid_file(cloud.directory).write_text(str(cloud.process.pid))


def stop_recorded(directory: Path, seconds: float = 10) -> bool:
    """Stop the cloud that keeps its files in the directory; false if none was running."""
    try:
        pid = int(_pid_file(directory).read_text())
    except FileNotFoundError:
        return False
    if not _is_cloud(pid):
        return False
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + seconds
    while _is_cloud(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)
    return True


def _is_cloud(pid: int) -> bool:
    """Whether the process still is a cloud: numbers are used again."""
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.exists():
        return b"local.cloud" in proc.read_bytes()
    if Path("/proc/self").exists():
        return False
    shown = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "local.cloud" in shown.stdout  # a system without /proc


def _pid_file(directory: Path) -> Path:
    return directory / "cloud.pid"


def log_tail(cloud: Cloud) -> str:
    lines = cloud.log.read_text(errors="replace").splitlines()
    return "\n".join(["The end of the cloud's log:", *lines[-LINES_OF_LOG:]])
