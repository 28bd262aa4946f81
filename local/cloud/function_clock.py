"""Makes a function's process take the time of the test clock (shifted_clock.py) as now.

Runs in the functions' own interpreter, which has no other module of this repository. Each reader of the time below
takes the offset from a file whenever it reads the time, so that a warm process follows a change at once. All other
code reads real time, above all for signatures, timeouts and the age of caches.
"""

import datetime as dt
import logging
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final, override

OFFSET_FILE: Final = Path(sys.prefix, "clock-offset")  # in seconds


def install() -> None:
    sys.meta_path.insert(0, _Finder)
    logging.setLogRecordFactory(_ShiftedLogRecord)


def offset() -> dt.timedelta:
    return dt.timedelta(seconds=int(OFFSET_FILE.read_text()))


class _Finder:
    """Finds the modules that read the time, and changes each when it has been imported."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        change = SHIFTED.get(name)
        spec = PathFinder.find_spec(name, path, target) if change else None
        if change and spec and spec.loader:
            spec.loader.exec_module = _changing(spec.loader.exec_module, change)  # type: ignore[method-assign, assignment]
        return spec


def _changing(run: Callable[[Any], None], change: Callable[[Any], None]) -> Callable[[ModuleType], None]:
    def run_and_change(module: ModuleType) -> None:
        run(module)
        change(module)

    return run_and_change


def _shift_now(module: Any) -> None:
    real_now = module.now
    module.now = lambda: real_now() + offset()


def _shift_datetime(module: Any) -> None:
    """Of a module that has `import datetime as dt`. Fails if it has not, since it would then stay at real time."""
    module.dt = SimpleNamespace(**{**vars(module.dt), "datetime": _ShiftedDatetime})


class _ShiftedDatetime(dt.datetime):
    @classmethod
    @override
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
        return dt.datetime.now(tz) + offset()


class _ShiftedLogRecord(logging.LogRecord):
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.created += offset().total_seconds()


_IDEMPOTENCY: Final = "aws_lambda_powertools.utilities.idempotency"
SHIFTED: Final[dict[str, Callable[[Any], None]]] = {
    "mid_job_feedback.clock": _shift_now,
    # When a stored answer expires, and when a call that is in progress must have ended.
    f"{_IDEMPOTENCY}.base": _shift_datetime,
    f"{_IDEMPOTENCY}.persistence.base": _shift_datetime,
    f"{_IDEMPOTENCY}.persistence.datarecord": _shift_datetime,
    f"{_IDEMPOTENCY}.persistence.dynamodb": _shift_datetime,
    # The timestamps in the metrics that are written as log lines.
    "aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch": _shift_datetime,
}
