"""Starting and stopping the local cloud."""

import importlib.metadata
from pathlib import Path

import pytest

from local import cloud_process
from local.cloud.__main__ import main
from local.errors import LocalError
from tests.local.conftest import LocalCloud


def test_a_port_in_use_is_refused(cloud: LocalCloud, tmp_path: Path) -> None:
    port = int(cloud.endpoint_url.rpartition(":")[2])
    with pytest.raises(LocalError, match=f"Port {port} is in use"):
        cloud_process.start(port, tmp_path, {})


def test_a_recorded_cloud_can_be_stopped_from_elsewhere(tmp_path: Path) -> None:
    running = cloud_process.start(cloud_process.free_port(), tmp_path, {})
    cloud_process.record(tmp_path, cloud_process.MODULE, running.process)
    cloud_process.wait_until_ready(running)
    assert cloud_process.stop_recorded(tmp_path, cloud_process.MODULE)
    assert running.process.wait() == 0
    assert not cloud_process.stop_recorded(tmp_path, cloud_process.MODULE)


def test_a_recorded_process_that_is_not_a_cloud_is_not_stopped(tmp_path: Path) -> None:
    (tmp_path / "cloud.pid").write_text("1")
    assert not cloud_process.stop_recorded(tmp_path, cloud_process.MODULE)


def test_a_cloud_that_does_not_start_says_why(tmp_path: Path) -> None:
    failing = cloud_process.start(cloud_process.free_port(), tmp_path, {"MINUTE_SECONDS": "short"})
    with pytest.raises(LocalError, match="could not convert string to float: 'short'"):
        cloud_process.wait_until_ready(failing)


def test_another_version_of_the_cloud_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "1.5.34")
    with pytest.raises(SystemExit, match=r"for ministack 1\.5\.33, not 1\.5\.34"):
        main()
