"""Intercepts every AWS SDK call of this process: records it, and can replace its response or make it fail."""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import pytest
from botocore.client import BaseClient

type Parameters = dict[str, Any]
type Respond = Callable[[Any, Parameters], Any]


class ProcessKilled(BaseException):
    """What a timeout does to a Lambda process: it ends in the middle of anything, and no code can catch that."""


class Call(NamedTuple):
    operation: str
    parameters: Parameters


class SdkInterceptor:
    """Operations go by their API names, such as `BatchGetItem`. `send` makes the real call."""

    def __init__(self, send: Callable[..., Any]) -> None:
        self.send = send
        self._responses: dict[str, Respond] = {}
        self.calls: list[Call] = []

    def respond(self, operation: str, respond: Respond) -> None:
        """Return `respond(client, parameters)` from every later call of the operation."""
        self._responses[operation] = respond

    def respond_with_error(self, operation: str, code: str, **response: Any) -> None:
        """Fail every later call of the operation with this error code of the service."""
        self.respond(operation, lambda client, _: raise_client_error(client, operation, code, **response))

    def raise_error(self, operation: str, error: BaseException) -> None:
        """Raise `error` from every later call of the operation."""

        def interrupted(*_: Any) -> None:
            raise error

        self.respond(operation, interrupted)

    def restore(self) -> None:
        """Send all later calls to AWS again."""
        self._responses.clear()

    @property
    def operations(self) -> list[str]:
        """The operations of all calls that succeeded, in order."""
        return [call.operation for call in self.calls]

    def parameters_of(self, operation: str) -> list[Parameters]:
        """The parameters of each call of the operation that succeeded, in order."""
        return [call.parameters for call in self.calls if call.operation == operation]

    def __call__(self, client: Any, operation: str, parameters: Parameters) -> Any:
        respond = self._responses.get(operation)
        response = respond(client, parameters) if respond else self.send(client, operation, parameters)
        self.calls.append(Call(operation, parameters))
        return response


def raise_client_error(client: Any, operation: str, code: str, **response: Any) -> NoReturn:
    error = {"Error": {"Code": code, "Message": code}, **response}
    raise client.exceptions.from_code(code)(error, operation)


def intercept(monkeypatch: pytest.MonkeyPatch) -> SdkInterceptor:
    sdk = SdkInterceptor(vars(BaseClient)["_make_api_call"])

    def make_api_call(client: BaseClient, operation: str, parameters: Parameters) -> Any:
        return sdk(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)
    return sdk
