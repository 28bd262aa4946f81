"""One Lambda process: AWS's runtime client behind AWS's runtime interface emulator, as in the cloud.

The emulator starts the process at the first call, so that call's time is that from process start to response.
"""

import http.client
import json
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import samcli

from bench import ports, throttle

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".local/runtime/bin/python"
INITIALISED = "INIT RTDONE"
PATH = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True)
class Package:
    """A function as it lies on Lambda's disk: its own folder, and those of its layers."""

    name: str
    handler: str
    task: Path
    layers: tuple[Path, ...] = ()

    def found(self, file: str) -> Path | None:
        """The first of its folders that has this file, as Python would look for it."""
        return next(
            (path for path in (folder / file for folder in (self.task, *self.layers)) if path.exists()), None
        )


def emulator() -> Path:
    """The binary that aws-sam-cli ships, made executable in a place of ours."""
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    shipped = Path(samcli.__file__).parent / f"local/rapid/aws-lambda-rie-{architecture}"
    ours = ROOT / ".local/bench" / shipped.name
    if not ours.exists() or ours.stat().st_size != shipped.stat().st_size:
        ours.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped, ours)
        ours.chmod(0o755)
    return ours


@contextmanager
def function(package: Package, environment: Mapping[str, str], share: float = 1) -> Iterator["Function"]:
    """A function that has had no call yet. `share`: of a core, once it has initialised."""
    with tempfile.TemporaryDirectory() as scratch, throttle.throttle(Path(scratch)) as throttled:
        port = ports.free()
        log = Path(scratch) / "log"
        command = [
            str(emulator()),
            *("--log-level", "info"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
            *("--runtime-api-address", f"127.0.0.1:{ports.free()}"),
            *(throttled.prefix if share < 1 else []),
            *(str(PYTHON), "-m", "awslambdaric", package.handler),
        ]
        with subprocess.Popen(
            command,
            cwd=package.task,
            env=environment_of(package, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            assert process.stdout
            watch = threading.Thread(target=_watch, args=(process.stdout, throttled, share, log))
            watch.start()
            try:
                ports.wait_for(port)
                yield Function(port, log)
            finally:
                _end(process)
                watch.join()


class Function:
    def __init__(self, port: int, log: Path) -> None:
        self._port = port
        self._log = log

    def call(self, event: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Milliseconds until the response, and the response.

        Raises:
            RuntimeError: the function failed; with its log.
        """
        body = json.dumps(event)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        start = time.perf_counter()
        connection.request("POST", PATH, body)
        raw = connection.getresponse().read()
        taken = (time.perf_counter() - start) * 1000
        connection.close()
        response = json.loads(raw)
        if response.get("statusCode") not in {200, 201}:
            raise RuntimeError(f"{raw.decode()}\n{self._log.read_text()}")
        return taken, response


def environment_of(package: Package, environment: Mapping[str, str]) -> dict[str, str]:
    """No more than Lambda sets. The disk is read-only there: Python cannot keep bytecode it had to make."""
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, [package.task, *package.layers])),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": str(package.task),
        **environment,
    }


def _watch(output: IO[bytes], throttled: throttle.Throttle, share: float, log: Path) -> None:
    """Keep what is logged, and cut the share when the process has initialised."""
    with log.open("wb", buffering=0) as kept:
        for line in output:
            if share < 1 and INITIALISED.encode() in line:
                throttled.cut(share)
            kept.write(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
