"""Lambda tells a function the log level of its `LoggingConfig`, in `AWS_LAMBDA_LOG_LEVEL`.

ministack stores the level only.
"""

import functools
from collections.abc import Callable
from typing import Any

from ministack.core import lambda_runtime


def apply() -> None:
    lambda_runtime.execution_credentials = _with_log_level(lambda_runtime.execution_credentials)


def _with_log_level(variables_of: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    """Wraps what makes variables for a function's environment, for each new process."""

    @functools.wraps(variables_of)
    def variables_with_log_level(function: dict[str, Any]) -> dict[str, str]:
        level = (function.get("LoggingConfig") or {}).get("ApplicationLogLevel")
        return variables_of(function) | ({"AWS_LAMBDA_LOG_LEVEL": level} if level else {})

    return variables_with_log_level
