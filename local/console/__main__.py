"""`python -m local.console SOCKET DIRECTORY`: the console of the stack that is described in the directory."""

import json
import socket
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from cli import stacks
from cli.stacks import Place
from local import aws, people
from local.console import contracts, server
from local.console.controls import Controls
from local.console.sources import Sources
from local.console.state import Console
from local.stack import Stack

LAST_ANSWERS_SECONDS = 1


@dataclass(frozen=True)
class OperatorsStack(stacks.Stack):
    """The stack as the operator's tool sees it. Its clients are kept: the console asks again and again."""

    def client(self, service: str) -> Any:
        return aws.client(service, str(self.endpoint_url))


def main(descriptor: str, directory: str) -> None:
    listening = socket.socket(fileno=int(descriptor))
    port = listening.getsockname()[1]
    stack = Stack(**json.loads((Path(directory) / "stack.json").read_text()))
    found = stacks.find(Place(None, None, None, port=urlsplit(stack.endpoint_url).port))
    operators = OperatorsStack(**{name: getattr(found, name) for name in stacks.Stack.__dataclass_fields__})
    console = Console(
        api_url=stack.api_url,
        event_source=stack.event_source,
        news=Sources(stack).news,
        read_contracts=partial(contracts.read, operators),
        read_accounts=partial(people.with_accounts, stack),
        controls=Controls(stack, operators),
    )
    config = uvicorn.Config(
        server.app(console, port, partial(people.token, stack)),
        log_level="warning",
        timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
