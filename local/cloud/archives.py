"""Code and layers are unpacked once, and every process of a function reads them there.

ministack unpacks them again, some two thousand files, whenever a process starts. That is most of a cold start.
"""

import hashlib
import io
import tempfile
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Self

from ministack.core import lambda_runtime

_lock = threading.Lock()
_folders: dict[str, Path] = {}  # by the digest of what is unpacked there


def apply() -> None:
    # ministack catches `LargeFileError`, a name that `zipfile` does not have.
    errors = {"BadZipFile": zipfile.BadZipFile, "LargeFileError": zipfile.LargeZipFile}
    lambda_runtime.zipfile = SimpleNamespace(ZipFile=_Archive, **errors)


class _Archive:
    """As much of `ZipFile` as ministack uses when a process starts."""

    def __init__(self, path: str) -> None:
        self._content = Path(path).read_bytes()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def namelist(self) -> list[str]:
        """Nothing that ministack would have to check: `zipfile` itself writes nothing outside of its folder."""
        return []

    def extractall(self, path: str) -> None:
        """Replaces the empty folder by a link to the unpacked files."""
        folder = Path(path)
        folder.rmdir()
        with _lock:
            folder.symlink_to(_unpacked(self._content))


def _unpacked(content: bytes) -> Path:
    digest = hashlib.sha256(content).hexdigest()
    if digest not in _folders:
        folder = Path(tempfile.mkdtemp(prefix="unpacked-"))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
        _folders[digest] = folder
    return _folders[digest]
