"""A Lambda process on this machine: AWS's runtime client behind AWS's Runtime Interface Emulator (RIE).

The emulator starts the process at the first invocation, so the duration of that call is a cold start: from process
start to first response.
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

from bench.harness import cpu_throttle
from bench.harness.ports import wait_for
from local.cloud_process import free_port

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".local/runtime/bin/python"
INITIALIZED = b"INIT RTDONE"
INVOKE_PATH = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True)
class FunctionPackage:
    """A function as deployed on Lambda's disk: its own folder and those of its layers."""

    variant: str
    handler: str
    task: Path
    layers: tuple[Path, ...] = ()

    def find(self, file: str) -> Path | None:
        """Path of a file in the first folder that has it, in the order of Python's import path."""
        return next(
            (path for path in (folder / file for folder in (self.task, *self.layers)) if path.exists()), None
        )


def emulator() -> Path:
    """An executable copy of the emulator that aws-sam-cli ships without execute permission."""
    architecture = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
    shipped = Path(samcli.__file__).parent / f"local/rapid/aws-lambda-rie-{architecture}"
    executable = ROOT / ".local/bench" / shipped.name
    if not executable.exists() or executable.stat().st_size != shipped.stat().st_size:
        executable.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shipped, executable)
        executable.chmod(0o755)
    return executable


@contextmanager
def lambda_process(
    package: FunctionPackage, environment: Mapping[str, str], cpu_share: float = 1
) -> Iterator["LambdaProcess"]:
    """A process that starts at its first call. `cpu_share`: of a core, once the process has initialized."""
    with tempfile.TemporaryDirectory() as scratch, cpu_throttle.throttle(Path(scratch)) as throttle:
        port = free_port()
        log = Path(scratch) / "log"
        command = [
            str(emulator()),
            *("--log-level", "info"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
            *("--runtime-api-address", f"127.0.0.1:{free_port()}"),
            *(throttle.prefix if cpu_share < 1 else []),
            *(str(PYTHON), "-m", "awslambdaric", package.handler),
        ]
        with subprocess.Popen(
            command,
            cwd=package.task,
            env=lambda_environment(package, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            assert process.stdout
            watch = threading.Thread(target=_watch_output, args=(process.stdout, throttle, cpu_share, log))
            watch.start()
            try:
                wait_for(port)
                yield LambdaProcess(port, log)
            finally:
                _kill_group(process)
                watch.join()


class LambdaProcess:
    def __init__(self, port: int, log: Path) -> None:
        self._port = port
        self._log = log

    def call(self, event: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        """Returns the milliseconds until the response, and the response.

        Raises:
            RuntimeError: the response is not 200 or 201; the message has the function's log.
        """
        body = json.dumps(event)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        start = time.perf_counter()
        connection.request("POST", INVOKE_PATH, body)
        raw = connection.getresponse().read()
        milliseconds = (time.perf_counter() - start) * 1000
        connection.close()
        response = json.loads(raw)
        if response.get("statusCode") not in {200, 201}:
            raise RuntimeError(f"{raw.decode()}\n{self._log.read_text()}")
        return milliseconds, response


def lambda_environment(package: FunctionPackage, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that Lambda sets, and those of the function."""
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, [package.task, *package.layers])),
        # Lambda's disk is read-only: Python cannot store bytecode that it compiled itself.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "LAMBDA_TASK_ROOT": str(package.task),
        **environment,
    }


def _watch_output(output: IO[bytes], throttle: cpu_throttle.Throttle, cpu_share: float, log: Path) -> None:
    """Write the output to the log file, and throttle the CPU when the process has initialized."""
    with log.open("wb", buffering=0) as file:
        for line in output:
            if cpu_share < 1 and INITIALIZED in line:
                throttle.limit(cpu_share)
            file.write(line)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
