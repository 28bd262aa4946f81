"""The SDK as tests see it: which calls were made, and which fail instead."""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import pytest
from botocore.client import BaseClient

type Parameters = dict[str, Any]
type Answer = Callable[[Any, Parameters], Any]


class Killed(BaseException):
    """Lambda ends a process that takes too long, in the middle of anything; nothing in it can catch that."""


class Call(NamedTuple):
    operation: str
    parameters: Parameters


class Sdk:
    """Stands between our code and every client. Operations go by their own names, such as `BatchGetItem`."""

    def __init__(self, send: Callable[..., Any]) -> None:
        self.send = send
        self._instead: dict[str, Answer] = {}
        self.calls: list[Call] = []

    def instead(self, operation: str, answer: Answer) -> None:
        """From now on `answer(client, parameters)` answers."""
        self._instead[operation] = answer

    def refuse(self, operation: str, code: str, **response: Any) -> None:
        """From now on the service answers with this error."""
        self.instead(operation, lambda client, _: fail(client, operation, code, **response))

    def interrupt(self, operation: str, failure: BaseException) -> None:
        """From now on the call ends in `failure`."""

        def interrupted(*_: Any) -> None:
            raise failure

        self.instead(operation, interrupted)

    def heal(self) -> None:
        self._instead.clear()

    @property
    def operations(self) -> list[str]:
        """The names of all calls that succeeded, in order."""
        return [call.operation for call in self.calls]

    def done(self, operation: str) -> list[Parameters]:
        """What the calls that succeeded were given."""
        return [call.parameters for call in self.calls if call.operation == operation]

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        answer = self._instead.get(operation)
        answered = answer(client, parameters) if answer else self.send(client, operation, parameters)
        self.calls.append(Call(operation, parameters))
        return answered


def fail(client: Any, operation: str, code: str, **response: Any) -> NoReturn:
    error = {"Error": {"Code": code, "Message": code}, **response}
    raise client.exceptions.from_code(code)(error, operation)


def watch(monkeypatch: pytest.MonkeyPatch) -> Sdk:
    sdk = Sdk(vars(BaseClient)["_make_api_call"])

    def make_api_call(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return sdk(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    return sdk
