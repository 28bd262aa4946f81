"""Runs the handlers as Lambda does: environment, context and event files; also cold starts, clock and flags."""

import importlib.util
import json
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mid_job_feedback import clock, links, rollout, settings
from mid_job_feedback.domain.models import cut
from tests.builders import NOW
from tests.log_search import IN_PROCESS
from tests.suite_clock import shifted
from tests.template import ROOT, rollout_flags

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "TABLE_NAME": "feedback",
    "IDEMPOTENCY_TABLE": "idempotency",
    "LINK_KEY_SECRET": "link-key",
    "ROLLOUT_APPLICATION": "rollout",
    "ROLLOUT_ENVIRONMENT": "live",
    "ROLLOUT_PROFILE": "flags",
    "JWT_USER_CLAIM": "sub",
    "MINIMUM_CONTRACT_AGE": "P30D",
    "PAYMENT_WINDOW": "P30D",
    "FEEDBACK_INTERVAL": "P30D",
    "REQUEST_LIFETIME": "P14D",
    "DECLINE_INTERVAL": "P30D",
    "REQUEST_COOLDOWN": "P1D",
    "REMINDER_BEFORE": "P7D,P2D",
    "REMINDER_PAUSE": "P1D",
    "CORRECTION_WINDOW": "P2D",
    "REPLY_WINDOW": "P28D",
    "SENDER_EMAIL": "feedback@example.com",
    "MARKETPLACE_NAME": "Example Market",
    "REPLY_TO_EMAIL": "",
    "LOGO_URL": "",
    "ACCENT_COLOR": "#2f7d4f",
    "POSTAL_ADDRESS": "",
    "SUPPORT_URL": "",
    "LEGAL_URL": "",
    "CONFIGURATION_SET": "mid-job-feedback",
    "DASH_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:dash",
    "DOMAIN_EVENT_BUS": "marketplace",
    "APP_BASE_URL": "https://feedback.example.com",
    "CONTRACT_URL": "",
    "EVENT_SOURCE": "marketplace.contracts",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/dead-letters",
    "EMAIL_EVENTS_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:email-events",
    "FAILED_EVENTS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/failures",
    "RETRY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/retries",
    "FAILURE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/failures",
    "CONTRACT_EVENTS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/contract-events",
    "EXPIRE_RETRY_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/expire-retries",
    "EXPIRE_FAILURE_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/expire-failures",
    "EVENT_ARCHIVE_DAYS": "0",
    "POWERTOOLS_SERVICE_NAME": "mid-job-feedback",
    "POWERTOOLS_METRICS_NAMESPACE": "MidJobFeedback",
}

TIME_LEFT = 60_000
"""Milliseconds until an invocation times out, unless a test says otherwise."""


class Context:
    """The part of Lambda's context that the handlers use."""

    function_name = "function"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:function"
    aws_request_id = "00000000-0000-4000-8000-000000000000"

    def __init__(self, time_left: int) -> None:
        self.time_left = time_left

    def get_remaining_time_in_millis(self) -> int:
        return self.time_left


class Clock:
    """A frozen clock, which only tests advance."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        """Cut to milliseconds, as the service reads its clock."""
        return cut(self.time)

    def advance(self, by: timedelta) -> None:
        self.time += by


class Flags(rollout.Flags):
    """The feature flags as template.yaml renders them, without AppConfig in between."""

    def __init__(self, percent: int = 100, selected: list[str] | None = None) -> None:
        self.flags = rollout_flags(percent, selected or [])

    def read(self) -> rollout.Flag:
        return rollout.Flag.model_validate(self.flags["feedback_requests"])


def cold_start() -> None:
    """Clear every cache of the process. SDK clients are kept: they are slow to make and have no state."""
    for cached in (
        settings.settings,
        settings.notify_settings,
        settings.stream_settings,
        settings.ingest_settings,
        settings.delivery_settings,
        settings.privacy_settings,
        links._provider,
        rollout._flags,
    ):
        cached.cache_clear()
    links._refreshed_at = float("-inf")


def set_rollout(monkeypatch: pytest.MonkeyPatch, flags: Flags) -> None:
    monkeypatch.setattr(rollout, "_flags", cache(lambda: flags))


def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    set_clock = Clock()
    monkeypatch.setattr(clock, "now", set_clock.now)
    return set_clock


@cache
def function(name: str) -> ModuleType:
    """functions/<name>/app.py, loaded as Lambda loads it: not as part of a package."""
    path = ROOT / "functions" / name / "app.py"
    spec = importlib.util.spec_from_file_location(f"{name}_app", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def event(name: str) -> dict[str, Any]:
    """events/<name>.json, with its instants shifted to the time of this run."""
    loaded: dict[str, Any] = json.loads(shifted(Path(ROOT / "events" / f"{name}.json").read_text()))
    return loaded


def invoke(name: str, event: dict[str, Any], time_left: int = TIME_LEFT) -> Any:
    """Return what the handler returns. `time_left`: milliseconds until the invocation times out."""
    IN_PROCESS.forbid_private_parts(event)
    return function(name).handler(event, Context(time_left))
