"""The one SDK session of a process. Clients share its loader, so each further one is nearly free."""

from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

# Three tries of two seconds, with what is waited in between, end well before the function's time limit: then we
# can still say 503 ourselves.
_QUICK: Final = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=32,
    tcp_keepalive=True,
)
# A message whose answer is late may have been sent: only the stream tries again, by the record of what was sent.
_PATIENT: Final = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=20)


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session()


@cache
def client(service: str) -> Any:
    return _client(service, _QUICK)


@cache
def sender(service: str) -> Any:
    """A client that sends once and waits long."""
    return _client(service, _PATIENT)


def _client(service: str, config: Config) -> Any:
    make: Any = _session().client  # its overloads want the literal name of a service
    return make(service, config=config)
