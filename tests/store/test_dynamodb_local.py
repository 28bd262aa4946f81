"""The database these tests run on: AWS's own, on this machine, and nothing beyond it."""

import socket
from typing import Any

import pytest


def test_it_is_on_this_machine(dynamodb_local_table: Any) -> None:
    assert dynamodb_local_table.meta.endpoint_url.startswith("http://127.0.0.1:")


def test_nothing_beyond_this_machine_is_reached() -> None:
    with pytest.raises(UserWarning, match=r'allowed: "127\.0\.0\.1"'):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
