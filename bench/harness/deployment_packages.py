"""What is measured, packaged as it would be deployed: the peers, and the artefact of `sam build`."""

import hashlib
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
    folder = _deployment("plain", compiled=True)
    handlers = {"submit": "app.submit", "request": "app.request", "list": "app.show"}
    return {command: Package("plain", handler, folder) for command, handler in handlers.items()}


def fastapi(*, compiled: bool) -> Packages:
    """`pip install --target` and the code beside it: `sam build` ships that without bytecode."""
    folder = _deployment("fastapi_mangum", compiled=compiled)
    name = f"FastAPI + Mangum{', bytecode' if compiled else ''}"
    modules = {"submit": "submit", "request": "request", "list": "show"}
    return {command: Package(name, f"{module}.handler", folder) for command, module in modules.items()}


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


def compile_runtime() -> None:
    """Lambda's own Python comes compiled."""
    marker = PYTHON.parents[1] / "compiled"
    if not marker.exists():
        _compile(PYTHON.parents[1] / "lib")
        marker.touch()


def _deployment(peer: str, *, compiled: bool) -> Path:
    """The folder of a peer: its packages, an SDK of its own among them, and its code.

    The packages stay until others are required.
    """
    requirements = PEERS / "requirements.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder = HERE / "peers" / f"{peer}{'-compiled' if compiled else ''}"
    marker = folder.with_suffix(".requirements")
    if not (folder.exists() and marker.exists() and marker.read_text() == wanted):
        marker.unlink(missing_ok=True)
        _install(requirements, _fresh(folder.name))
        if compiled:
            _compile(folder)
        marker.write_text(wanted)
    for code in (PEERS / "feedback.py", *(PEERS / peer).glob("*.py")):
        shutil.copy(code, folder)
    if compiled:
        _compile(folder, "-l")  # the code alone
    else:
        assert not next(folder.rglob("*.pyc"), None)
    return folder


def _install(requirements: Path, folder: Path) -> None:
    subprocess.run(
        [
            *(str(ROOT / ".local/uv/bin/uv"), "pip", "install", "--quiet", "--require-hashes"),
            *("--requirement", str(requirements), "--target", str(folder)),
            *("--python", str(PYTHON), "--only-binary", ":all:", "--link-mode", "copy"),
        ],
        check=True,
    )


def _fresh(name: str) -> Path:
    folder = HERE / "peers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _compile(folder: Path, *options: str) -> None:
    subprocess.run(
        [
            *(str(PYTHON), "-m", "compileall", "-q", *options),
            *("--invalidation-mode", "unchecked-hash", str(folder)),
        ],
        check=False,  # some packages bring templates that are no Python
        stdout=subprocess.DEVNULL,
    )
