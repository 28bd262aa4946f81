"""Calls reach the version of a function that its alias leads to. This makes a version with other settings live."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.stack import Stack

ALIAS = "live"


def live(stack: Stack, function: str) -> str:
    """The function's name as its callers use it."""
    return f"{stack.function_names[function]}:{ALIAS}"


def settings(stack: Stack, function: str) -> dict[str, Any]:
    """The configuration that is live."""
    found: dict[str, Any] = stack.client("lambda").get_function_configuration(FunctionName=live(stack, function))
    return found


def release(stack: Stack, function: str, **changed: Any) -> None:
    """Publishes a version with these settings and lets the alias lead to it, as a deployment does."""
    functions, name = stack.client("lambda"), stack.function_names[function]
    functions.update_function_configuration(FunctionName=name, **changed)
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)


@contextmanager
def released(stack: Stack, function: str, **changed: Any) -> Iterator[None]:
    """Makes these settings live for a `with` block."""
    before = settings(stack, function)
    release(stack, function, **changed)
    try:
        yield
    finally:
        release(stack, function, **{name: before[name] for name in changed})


@contextmanager
def configured(stack: Stack, function: str, **variables: str) -> Iterator[None]:
    """Replaces environment variables of a function for a `with` block."""
    before = settings(stack, function)["Environment"]["Variables"]
    with released(stack, function, Environment={"Variables": before | variables}):
        yield
