"""The one SDK session of a process. Clients share its loader, so each further one is nearly free."""

from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

# Three tries and short time-outs: an HTTP caller waits ten seconds at most, and a stream or queue comes again.
_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 3},
    connect_timeout=2,
    read_timeout=3,
    max_pool_connections=32,
    tcp_keepalive=True,
)


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session()


@cache
def client(service: str) -> Any:
    make: Any = _session().client  # its overloads want the literal name of a service
    return make(service, config=_CONFIG)
