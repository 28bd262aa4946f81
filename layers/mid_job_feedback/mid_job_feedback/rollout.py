"""Which freelancers may request feedback: AppConfig feature flag `feedback_requests`.

It is written as Powertools writes feature flags, and read here: Powertools itself would load boto3 and every kind
of parameter store, a tenth of a cold start.
"""

import hashlib
import time
from functools import cache
from typing import Annotated, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain.refusals import Unavailable
from mid_job_feedback.settings import settings

_FLAG: Final = "feedback_requests"
_MAX_AGE: Final = 60  # seconds until a changed flag is seen
_ASK_AGAIN: Final = 10  # seconds until AppConfig is asked again after it failed


class _Part(BaseModel):
    """Of a flag. People write it by hand: a slip is not to pass for a rule that is not there."""

    model_config = ConfigDict(extra="forbid", strict=True)


class _Selected(_Part):
    action: Literal["KEY_IN_VALUE"]
    key: Literal["freelancer_id"]
    value: list[str]

    def holds(self, freelancer_id: str) -> bool:
        return freelancer_id in self.value


class _Share(_Part):
    action: Literal["KEY_LESS_THAN_OR_EQUAL_VALUE"]
    key: Literal["bucket"]
    value: float

    def holds(self, freelancer_id: str) -> bool:
        return bucket(freelancer_id) <= self.value


class _Rule(_Part):
    when_match: bool
    conditions: Annotated[list[Annotated[_Selected | _Share, Field(discriminator="action")]], Field(min_length=1)]


class Flag(_Part):
    """Made of the kinds of rules in template.yaml; the first that matches decides."""

    default: bool
    rules: dict[str, _Rule] = {}

    def enabled(self, freelancer_id: str) -> bool:
        for rule in self.rules.values():
            if all(condition.holds(freelancer_id) for condition in rule.conditions):
                return rule.when_match
        return self.default


class _Profile(BaseModel):
    """What AppConfig has; of flags other than ours nothing is asked."""

    model_config = ConfigDict(hide_input_in_errors=True)

    feedback_requests: Flag


class Flags:
    """AppConfig's flag, as it was at most a minute ago, or when it could last be read."""

    def __init__(self) -> None:
        self._token: str | None = None  # each answer brings the one for the next question
        self._flag: Flag | None = None
        self._stale_at = float("-inf")

    def read(self) -> Flag:
        """The flag.

        Raises:
            Unavailable: AppConfig is out of reach, or has something that is no flag, and it never said otherwise.
        """
        if self._flag is None or time.monotonic() >= self._stale_at:
            try:
                self._flag = self._fetched()
            except (BotoCoreError, ClientError, ValidationError) as error:
                observability.logger.error(
                    "flag not read", extra={"error": type(error).__name__, "slips": _slips(error)}
                )
                self._token = None
                if self._flag is None:
                    raise Unavailable("The rollout configuration") from error
                self._stale_at = time.monotonic() + _ASK_AGAIN
        return self._flag

    def _fetched(self) -> Flag:
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
        flag = self._flag
        content = latest["Configuration"].read()  # empty if nothing has changed
        if content or flag is None:
            flag = _Profile.model_validate_json(content).feedback_requests
        self._token = latest["NextPollConfigurationToken"]
        self._stale_at = time.monotonic() + _MAX_AGE
        return flag


def requests_enabled(freelancer_id: str) -> bool:
    """Selected by name, or by a percentage.

    Raises:
        Unavailable: as `Flags.read`.
    """
    return _flags().read().enabled(freelancer_id)


def bucket(freelancer_id: str) -> int:
    """1 to 100, always the same for a freelancer: who is in at 10 % is in at 20 %."""
    digest = hashlib.sha256(f"{_FLAG}:{freelancer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 + 1


def _slips(error: Exception) -> list[str]:
    """What is wrong where, without whom the flag names."""
    found = error.errors(include_input=False) if isinstance(error, ValidationError) else []
    return [f"{'.'.join(str(part) for part in slip['loc'])}: {slip['msg']}" for slip in found]


@cache
def _flags() -> Flags:
    return Flags()
