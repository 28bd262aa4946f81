"""Which freelancers may request feedback: AppConfig feature flag `feedback_requests`.

It is written as Powertools writes feature flags, and read here: Powertools itself would load boto3 and every kind
of parameter store, a tenth of a cold start.
"""

import hashlib
import operator
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pydantic_core import from_json

from mid_job_feedback import aws, observability
from mid_job_feedback.errors import Unavailable
from mid_job_feedback.settings import settings

_FLAG: Final = "feedback_requests"
_MAX_AGE: Final = 60  # seconds until a changed flag is seen
_ASK_AGAIN: Final = 10  # seconds until AppConfig is asked again after it failed
# What the rules in template.yaml are made of.
_ACTIONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "KEY_IN_VALUE": lambda found, value: found in value,
    "KEY_LESS_THAN_OR_EQUAL_VALUE": operator.le,
}


class Flags:
    """AppConfig's flags, as they were at most a minute ago, or when it could last be read."""

    def __init__(self) -> None:
        self._token: str | None = None  # each answer brings the one for the next question
        self._content: dict[str, Any] = {}
        self._stale_at = float("-inf")

    def read(self) -> dict[str, Any]:
        """The flags by name.

        Raises:
            Unavailable: AppConfig is out of reach, or has something that is not JSON, and it never said otherwise.
        """
        if time.monotonic() >= self._stale_at:
            try:
                self._fetch()
            except (BotoCoreError, ClientError, ValueError) as error:
                observability.logger.error("flags not read", extra={"error": type(error).__name__})
                self._token = None
                if not self._content:
                    raise Unavailable("The rollout configuration") from error
                self._stale_at = time.monotonic() + _ASK_AGAIN
        return self._content

    def _fetch(self) -> None:
        client = aws.client("appconfigdata")
        token = self._token
        if token is None:
            given = settings()
            token = client.start_configuration_session(
                ApplicationIdentifier=given.rollout_application,
                EnvironmentIdentifier=given.rollout_environment,
                ConfigurationProfileIdentifier=given.rollout_profile,
            )["InitialConfigurationToken"]
        latest = client.get_latest_configuration(ConfigurationToken=token)
        if content := latest["Configuration"].read():  # empty if nothing has changed
            self._content = from_json(content)
        self._token = latest["NextPollConfigurationToken"]
        self._stale_at = time.monotonic() + _MAX_AGE


def requests_enabled(freelancer_id: str) -> bool:
    """Selected by name, or by a percentage.

    Raises:
        Unavailable: as `Flags.read`, or the flag was given rules of other kinds.
    """
    context = {"freelancer_id": freelancer_id, "bucket": bucket(freelancer_id)}
    try:
        flag = _flags().read()[_FLAG]
        for rule in flag.get("rules", {}).values():
            if all(_ACTIONS[c["action"]](context[c["key"]], c["value"]) for c in rule["conditions"]):
                return bool(rule["when_match"])
        return bool(flag["default"])
    except (KeyError, TypeError, AttributeError) as unknown:
        observability.logger.error("flag not understood", extra={"flag": _FLAG, "lacking": repr(unknown)})
        raise Unavailable("The rollout configuration") from unknown


def bucket(freelancer_id: str) -> int:
    """1 to 100, always the same for a freelancer: who is in at 10 % is in at 20 %."""
    digest = hashlib.sha256(f"{_FLAG}:{freelancer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 + 1


@cache
def _flags() -> Flags:
    return Flags()
