"""Wait for a port of this machine to accept connections."""

import socket
import time

TIMEOUT = 30  # seconds


def wait_for(port: int) -> None:
    """Return as soon as the port accepts connections.

    Raises:
        TimeoutError: it accepts none.
    """
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.002)
    raise TimeoutError(f"Nothing listens on port {port}.")
