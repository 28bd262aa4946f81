"""Builds the deployment packages to measure: this service's by `sam build`, and those of `bench/peers`."""

import hashlib
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

from bench.harness.lambda_process import PYTHON, ROOT, FunctionPackage
from local import sam

PEERS = ROOT / "bench/peers"
BUILD = ROOT / ".local/bench"
COMMANDS = ("submit", "request", "list")

SERVICE = "this service"
BARE_HANDLER = "bare handler"
BOTO3_PYDANTIC = "boto3 + pydantic"
BOTO3_RESOURCE = "boto3 resource"
FASTAPI, FASTAPI_PRECOMPILED = "FastAPI + Mangum", "FastAPI + Mangum, precompiled"

type Packages = dict[str, FunctionPackage]
"""One package for each command."""


def service() -> Packages:
    """The functions and layers of `sam build`, laid out as on Lambda."""
    artifact = sam.build(BUILD / "artefact").parent
    return {command: _deployed(artifact, command, "Dependencies", "Service") for command in COMMANDS}


def web() -> FunctionPackage:
    """The function that serves the pages, which is a part of `sam build`, too."""
    return _deployed(sam.build(BUILD / "artefact").parent, "web", "Dependencies", "Service", "Pages")


def bare_handler() -> Packages:
    folder = _empty_folder("bare_handler")
    shutil.copytree(PEERS / "bare_handler", folder, dirs_exist_ok=True)
    _compile(folder)
    return {command: FunctionPackage(BARE_HANDLER, "app.handler", folder) for command in COMMANDS}


def boto3_pydantic() -> Packages:
    folder = _peer("boto3_pydantic", precompiled=True)
    handlers = {"submit": "app.submit", "request": "app.request", "list": "app.show"}
    return {command: FunctionPackage(BOTO3_PYDANTIC, handler, folder) for command, handler in handlers.items()}


def fastapi(*, precompiled: bool) -> Packages:
    """Packaged as `sam build` does, by `pip install --target`; that leaves out bytecode unless `precompiled`."""
    folder = _peer("fastapi_mangum", precompiled=precompiled)
    variant = FASTAPI_PRECOMPILED if precompiled else FASTAPI
    modules = {"submit": "submit", "request": "request", "list": "show"}
    return {command: FunctionPackage(variant, f"{module}.handler", folder) for command, module in modules.items()}


def work_history_pages(service: FunctionPackage, peer: FunctionPackage) -> tuple[FunctionPackage, FunctionPackage]:
    """The work history by our `list` function, and by the boto3 resource in the peer's deployment package."""
    return service, replace(peer, variant=BOTO3_RESOURCE, handler="history_resource.handler")


def work_history_queries(
    service: FunctionPackage, peer: FunctionPackage
) -> tuple[FunctionPackage, FunctionPackage]:
    """Only the query of a work-history page: from the call to rows of Python values."""
    return (
        replace(service, handler="service_history.handler", layers=(*service.layers, PEERS / "history_query")),
        replace(peer, variant=BOTO3_RESOURCE, handler="history_resource.query_only"),
    )


def compile_runtime() -> None:
    """Compile the runtime's packages once, because Lambda's runtime is precompiled too."""
    marker = PYTHON.parents[1] / "compiled"
    if not marker.exists():
        _compile(PYTHON.parents[1] / "lib")
        marker.touch()


def _deployed(artifact: Path, function: str, *layers: str) -> FunctionPackage:
    folders = tuple(artifact / f"{layer}Layer" / "python" for layer in layers)
    return FunctionPackage(SERVICE, "app.handler", artifact / f"{function.capitalize()}Function", folders)


def _peer(name: str, *, precompiled: bool) -> Path:
    """The peer's deployment package: its dependencies, including an SDK of its own, and its code.

    The dependencies are installed again only when their lock file changes.
    """
    requirements = PEERS / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    folder = BUILD / "peers" / f"{name}{'-precompiled' if precompiled else ''}"
    marker = folder.with_suffix(".requirements")
    if not (folder.exists() and marker.exists() and marker.read_text() == digest):
        marker.unlink(missing_ok=True)
        _install(requirements, _empty_folder(folder.name))
        if precompiled:
            _compile(folder)
        marker.write_text(digest)
    for code in (PEERS / "feedback.py", *(PEERS / name).glob("*.py")):
        shutil.copy(code, folder)
    if precompiled:
        _compile(folder, "-l")  # -l: the copied code only, not the dependencies in subfolders
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


def _empty_folder(name: str) -> Path:
    folder = BUILD / "peers" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _compile(folder: Path, *options: str) -> None:
    subprocess.run(
        [
            *(str(PYTHON), "-m", "compileall", "-q", *options),
            *("--invalidation-mode", "unchecked-hash", str(folder)),
        ],
        check=False,  # some packages contain templates with a .py suffix that are not valid Python
        stdout=subprocess.DEVNULL,
    )
