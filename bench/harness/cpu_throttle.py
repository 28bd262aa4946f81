"""CPU throttling of a process: Lambda grants CPU in proportion to memory, and 1,769 MB is one full core.

Lambda does not throttle the init phase, whatever the memory size. So a process starts unthrottled here too, and
`limit` is called once it has initialized.
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

MEGABYTES_OF_FULL_CORE = 1769
PERIOD = 0.02  # seconds

CGROUP_V1, CGROUP_V2 = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


class Throttle(Protocol):
    """`prefix` goes in front of the command to throttle."""

    prefix: list[str]

    def limit(self, share: float) -> None:
        """From now on, give the process this share of a core."""


class _ControlGroup:
    """A control group that the command joins before it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = ["/bin/sh", "-c", f'echo $$ > {folder}/cgroup.procs && exec "$@"', "sh"]

    def limit(self, share: float) -> None:
        period, quota = int(PERIOD * 1e6), int(PERIOD * share * 1e6)
        if (self.folder / "cpu.max").exists():
            (self.folder / "cpu.max").write_text(f"{quota} {period}")
        else:
            (self.folder / "cpu.cfs_period_us").write_text(str(period))
            (self.folder / "cpu.cfs_quota_us").write_text(str(quota))


class _Signals:
    """Pauses and resumes the process in turn; coarser than a control group, but needs no privileges."""

    def __init__(self, folder: Path) -> None:
        self.pid_file = folder / "pid"
        self.prefix = ["/bin/sh", "-c", f'echo $$ > {self.pid_file} && exec "$@"', "sh"]
        self.ended = threading.Event()

    def limit(self, share: float) -> None:
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


def mechanism() -> str:
    """How this machine throttles, for the notes of a figure."""
    return "a control group" if _writable_cgroup_root() else "alternating SIGSTOP and SIGCONT"


@contextmanager
def throttle(scratch: Path) -> Iterator[Throttle]:
    """A throttle for one process, which must have ended when the block does."""
    root = _writable_cgroup_root()
    if root is None:
        signals = _Signals(scratch)
        try:
            yield signals
        finally:
            signals.ended.set()
        return
    group = root / f"bench-{uuid4().hex}"
    group.mkdir()
    try:
        yield _ControlGroup(group)
    finally:
        _remove(group)


def _writable_cgroup_root() -> Path | None:
    for root, needed in ((CGROUP_V1, "cpu.cfs_quota_us"), (CGROUP_V2, "cgroup.controllers")):
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
    """Retry for two seconds: the kernel may notice the end of the group's last process with a delay."""
    for _ in range(200):
        try:
            group.rmdir()
        except OSError:
            time.sleep(0.01)
        else:
            return
