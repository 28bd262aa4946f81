"""Runs `sam build` and `sam deploy`, the commands that deploy to AWS, against the embedded cloud."""

import fcntl
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY
from local.cloud_process import HOST, ROOT
from local.errors import LocalError
from local.parameters import ON_THIS_MACHINE

BIN = ROOT / ".venv/bin"
ARTIFACTS = "artifacts"
OUTPUT_LINES_SHOWN = 25


def build(directory: Path) -> Path:
    """Build the functions and layers. Returns the path of the built template, which can be deployed many times."""
    cache = ROOT / ".local/sam-cache"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        # Stacks on different ports share the cache, and SAM does not lock it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _sam("build", "--parallel", "--cached", f"--cache-dir={cache}", f"--build-dir={directory}")
    return directory / "template.yaml"


def deploy(template: Path, stack_name: str, parameters: Mapping[str, str], endpoint_url: str) -> None:
    """Deploy a built template. The bucket for artifacts must exist."""
    _sam(
        "deploy",
        f"--template-file={template}",
        f"--stack-name={stack_name}",
        f"--s3-bucket={ARTIFACTS}",
        "--capabilities=CAPABILITY_IAM",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *(f"ParameterKey={key},ParameterValue={_quoted(value)}" for key, value in parameters.items()),
        AWS_ENDPOINT_URL=endpoint_url,
        NO_PROXY=HOST,
        no_proxy=HOST,
    )


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sam(*arguments: str, **environment: str) -> None:
    result = subprocess.run(
        # samconfig.toml is for AWS. It has no environment `embedded`, so nothing in it applies.
        [str(BIN / "sam"), *arguments, f"--region={REGION}", "--config-env=embedded"],
        cwd=ROOT,
        env={**_environment(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        end = "\n".join(result.stdout.strip().splitlines()[-OUTPUT_LINES_SHOWN:])
        raise LocalError(f"sam {arguments[0]} failed.\n\n{end}")


def _environment() -> dict[str, str]:
    """The environment of this shell, without its AWS configuration and the flags of a `make` that runs this."""
    architecture = "aarch64" if ON_THIS_MACHINE["Architecture"] == "arm64" else "x86_64"
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MAKE", "MFLAGS"))}
    return {
        **ours,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PATH": os.pathsep.join([str(BIN), str(ROOT / ".local/uv/bin"), ours["PATH"]]),
        "LAYER_ARCHITECTURE": architecture,
        # The functions run in processes of this machine, not in containers.
        **({"LAYER_PLATFORM": f"{architecture}-apple-darwin"} if platform.system() == "Darwin" else {}),
        "SAM_CLI_POLL_DELAY": "0.2",
        "SAM_CLI_TELEMETRY": "0",
    }
