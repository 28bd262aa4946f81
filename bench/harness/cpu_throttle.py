"""Less than a core for a process, as Lambda gives by memory size: 1,769 MB is one core.

Lambda lets a function initialise with a full core whatever its size; so does this: the share is cut when told.
"""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

CORE = 1769  # MB
PERIOD = 0.02  # seconds

V1, V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


class Throttle(Protocol):
    """`prefix` is put before the command that is to be throttled."""

    prefix: list[str]

    def cut(self, share: float) -> None: ...


class _Group:
    """A control group of its own, which the command enters before it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = ["/bin/sh", "-c", f'echo $$ > {folder}/cgroup.procs && exec "$@"', "sh"]

    def cut(self, share: float) -> None:
        period, quota = int(PERIOD * 1e6), int(PERIOD * share * 1e6)
        if (self.folder / "cpu.max").exists():
            (self.folder / "cpu.max").write_text(f"{quota} {period}")
        else:
            (self.folder / "cpu.cfs_period_us").write_text(str(period))
            (self.folder / "cpu.cfs_quota_us").write_text(str(quota))


class _Signals:
    """Stops and continues the process in turn; coarser than a group."""

    def __init__(self, folder: Path) -> None:
        self.pid_file = folder / "pid"
        self.prefix = ["/bin/sh", "-c", f'echo $$ > {self.pid_file} && exec "$@"', "sh"]
        self.ended = threading.Event()

    def cut(self, share: float) -> None:
        threading.Thread(target=self._alternate, args=(int(self.pid_file.read_text()), share), daemon=True).start()

    def _alternate(self, pid: int, share: float) -> None:
        try:
            while not self.ended.is_set():
                os.kill(pid, signal.SIGSTOP)
                time.sleep(PERIOD * (1 - share))
                os.kill(pid, signal.SIGCONT)
                time.sleep(PERIOD * share)
        except ProcessLookupError:
            return


def way() -> str:
    """How this machine throttles, in words."""
    return "control group" if _root() else "SIGSTOP and SIGCONT in turn"


@contextmanager
def throttle(folder: Path) -> Iterator[Throttle]:
    """Use for one process, which has ended when this does. `folder` is for scratch."""
    root = _root()
    if root is None:
        signals = _Signals(folder)
        try:
            yield signals
        finally:
            signals.ended.set()
        return
    group = root / f"bench-{uuid4().hex}"
    group.mkdir()
    try:
        yield _Group(group)
    finally:
        _remove(group)


def _root() -> Path | None:
    for root, needed in ((V1, "cpu.cfs_quota_us"), (V2, "cgroup.controllers")):
        probe = root / f"bench-{uuid4().hex}"
        if not (root / needed).exists():
            continue
        try:
            probe.mkdir()
            usable = (probe / "cpu.cfs_quota_us").exists() or (probe / "cpu.max").exists()
            probe.rmdir()
        except OSError:
            continue
        if usable:
            return root
    return None


def _remove(group: Path) -> None:
    """A group can be removed once its last process is gone, which the kernel may take a moment to see."""
    for _ in range(200):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.01)
        else:
            return
