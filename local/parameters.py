"""The stack's parameters on this machine: other defaults than the template's, and STACK_PARAMETERS."""

import platform
import shlex
from collections.abc import Mapping

from samcli.yamlhelper import yaml_parse

from local.cloud_process import ROOT
from local.errors import LocalError

ON_THIS_MACHINE = {
    "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
    "MarketplaceName": "Example Market",
    "RequestRolloutPercent": "100",
    "SenderEmail": "feedback@example.com",
}


def parse(text: str) -> dict[str, str]:
    """Parse `Key=Value Key='a value'`.

    A word without `=` belongs to the value before it, so `ExpirySchedule=rate(1 minute)` works: quotes are easily
    forgotten or lost in a shell.
    """
    parameters: dict[str, str] = {}
    for word in _words(text):
        key, is_pair, value = word.partition("=")
        if is_pair:
            parameters[key] = value
        elif parameters:
            parameters[next(reversed(parameters))] += f" {word}"
        else:
            raise LocalError(f"STACK_PARAMETERS must look like Key=Value Key='a value', not {text}")
    refuse_unknown(parameters)
    return parameters


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:  # unbalanced quotes
        raise LocalError(f"STACK_PARAMETERS has unbalanced quotes: {text}") from error


def refuse_unknown(parameters: Mapping[str, str]) -> None:
    known = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    if unknown := sorted(parameters.keys() - known.keys()):
        raise LocalError(f"The stack has no parameter {', '.join(unknown)}. It has {', '.join(known)}.")
