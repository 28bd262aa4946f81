"""What is measured, packaged as it would be deployed: the peers, and the artefact of `sam build`."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from bench.runtime import PYTHON, ROOT, Package
from local import sam

PEERS = ROOT / "bench/peers"
HERE = ROOT / ".local/bench"
COMMANDS = ("submit", "request", "list")

type Packages = dict[str, Package]


def ours() -> Packages:
    """`sam build`, and its folders laid out as Lambda does: the function at its root, its layers beside it."""
    artefact = sam.build(HERE / "artefact").parent
    return artefact_in(artefact)


def artefact_in(folder: Path) -> Packages:
    layers = tuple(folder / f"{name}Layer" / "python" for name in ("Dependencies", "Service"))
    return {
        command: Package("ours", "app.handler", folder / f"{command.capitalize()}Function", layers)
        for command in COMMANDS
    }


def bare() -> Packages:
    folder = _fresh("bare")
    shutil.copytree(PEERS / "bare", folder, dirs_exist_ok=True)
    _compile(folder)
    return {command: Package("bare", "app.handler", folder) for command in COMMANDS}


def plain() -> Packages:
    folder = _deployment("plain")
    shutil.copytree(PEERS / "plain", folder, dirs_exist_ok=True)
    _compile(folder)
    handlers = {"submit": "app.submit", "request": "app.request", "list": "app.show"}
    return {command: Package("plain", handler, folder) for command, handler in handlers.items()}


def pages(ours: Package, plain: Package) -> tuple[Package, Package]:
    """The work history by our function, and by the boto3 resource in the deployment of the plain peer."""
    return ours, replace(plain, name="boto3 resource", handler="resource.handler")


def reads(ours: Package, plain: Package) -> tuple[Package, Package]:
    """No more than the read of a page: from the call to rows of Python values."""
    reading = PEERS / "reading"
    return (
        replace(ours, handler="our_read.handler", layers=(*ours.layers, reading)),
        replace(plain, name="boto3 resource", handler="resource.read"),
    )


def fastapi(*, compiled: bool) -> Packages:
    """`pip install --target` and the code beside it: `sam build` ships that without bytecode."""
    name = "FastAPI + Mangum, bytecode" if compiled else "FastAPI + Mangum"
    folder = _deployment("fastapi-compiled" if compiled else "fastapi")
    shutil.copytree(PEERS / "fastapi_mangum", folder, dirs_exist_ok=True)
    if compiled:
        _compile(folder)
    modules = {"submit": "submit", "request": "request", "list": "show"}
    return {command: Package(name, f"{module}.handler", folder) for command, module in modules.items()}


def compile_runtime() -> None:
    """Lambda's own Python comes compiled."""
    _compile(PYTHON.parents[1] / "lib")


def _deployment(name: str) -> Path:
    """The folder of a peer with all its packages, an SDK of its own among them, and no bytecode."""
    folder = _fresh(name)
    subprocess.run(
        [
            *(str(ROOT / ".local/uv/bin/uv"), "pip", "install", "--quiet", "--require-hashes"),
            *("--requirement", str(PEERS / "requirements.txt"), "--target", str(folder)),
            *("--python", str(PYTHON), "--only-binary", ":all:", "--link-mode", "copy"),
        ],
        check=True,
        env={key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"},
    )
    shutil.copy(PEERS / "feedback.py", folder)
    assert not next(folder.rglob("*.pyc"), None)
    return folder


def _fresh(name: str) -> Path:
    folder = HERE / "peers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _compile(folder: Path) -> None:
    subprocess.run(
        [str(PYTHON), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)],
        check=False,  # some packages bring templates that are no Python
        stdout=subprocess.DEVNULL,
    )
