"""The log lines and metrics that the functions write."""

import json
from collections.abc import Callable
from typing import Any

type LogOutput = Callable[[], str]


def read(written: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The log lines and the metrics of one invocation."""
    lines = [json.loads(line) for line in written.splitlines()]
    [metrics] = [line for line in lines if "_aws" in line]
    logged = [line for line in lines if "_aws" not in line]
    return logged, {name: value for name, value in metrics.items() if name not in {"_aws", "service"}}


def explanation(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """Dependency, operation, cause and error."""
    return line["dependency"], line["operation"], line["cause"], line["error"]
