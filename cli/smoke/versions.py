"""Whether each function's alias leads to what was deployed last."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cli.smoke.check import Check

ALIAS: Final = "live"
OF_A_VERSION: Final = (
    "Architectures",
    "CodeSha256",
    "Environment",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "Role",
    "Runtime",
    "Timeout",
)
"""The part of a function's configuration that a template sets and a version keeps."""


def checks(functions: Any, outputs: Mapping[str, str]) -> Iterator[Check]:
    """A check for each function in the stack's outputs. `functions` is a client of Lambda."""
    for output, name in outputs.items():
        if output.endswith("FunctionName"):
            what = f"{output.removesuffix('Name')} runs what was deployed last"
            yield Check(what, "yes", _difference(functions, name) or "yes")


def _difference(functions: Any, name: str) -> str:
    live = functions.get_function_configuration(FunctionName=f"{name}:{ALIAS}")
    deployed = functions.get_function_configuration(FunctionName=name)
    if other := [part for part in OF_A_VERSION if live.get(part) != deployed.get(part)]:
        return f"other {', '.join(other)}"
    moving = "RoutingConfig" in functions.get_alias(FunctionName=name, Name=ALIAS)
    return "calls are still moving" if moving else ""
