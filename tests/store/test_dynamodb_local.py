"""These tests, which need sockets for DynamoDB Local, cannot connect to another machine."""

import socket

import pytest


def test_only_this_machine_can_be_reached() -> None:
    with pytest.raises(UserWarning, match=r'allowed: "127\.0\.0\.1"'):
        socket.create_connection(("192.0.2.1", 443), timeout=1)
