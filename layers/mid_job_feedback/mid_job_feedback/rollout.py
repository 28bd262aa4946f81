"""Rollout: which freelancers may request feedback, by the AppConfig feature flag `feedback_requests`.

The flag has the format of Powertools' feature flags. It is evaluated here, because importing Powertools' own
evaluation loads boto3 and all its parameter stores: a tenth of a cold start.
"""

import hashlib
import time
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain.refusals import Cause, Dependency, Unavailable
from mid_job_feedback.settings import settings

_FLAG: Final = "feedback_requests"
_GET: Final = "GetLatestConfiguration"
_MAX_AGE: Final = 60  # seconds for which a flag is cached
_RETRY_AFTER: Final = 10  # seconds until AppConfig is read again after a failure


class _Part(BaseModel):
    """Part of a flag. Flags are edited by hand, so unknown fields are rejected, not ignored."""

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
    """Rules of the kinds that template.yaml writes. The first rule that matches decides."""

    default: bool
    rules: dict[str, _Rule] = {}

    def enabled(self, freelancer_id: str) -> bool:
        for rule in self.rules.values():
            if all(condition.holds(freelancer_id) for condition in rule.conditions):
                return rule.when_match
        return self.default


class _Profile(BaseModel):
    """The content of the AppConfig profile. Other flags in it are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)

    feedback_requests: Flag


class Flags:
    """The flag, at most a minute old. While AppConfig is unavailable, the last known flag."""

    def __init__(self) -> None:
        self._token: str | None = None  # each response carries the token of the next call
        self._flag: Flag | None = None
        self._stale_at = float("-inf")

    def read(self) -> Flag:
        """The flag.

        Raises:
            Unavailable: AppConfig is out of reach or holds an invalid flag, and no earlier flag is known.
        """
        if self._flag is None or time.monotonic() >= self._stale_at:
            try:
                self._flag = self._fetched()
            except Unavailable as unavailable:
                invalid = _invalid_parts(unavailable.__cause__)
                observability.logger.error(
                    "flag not read", extra={**observability.explained(unavailable), "invalid": invalid}
                )
                self._token = None
                if self._flag is None:
                    raise
                self._stale_at = time.monotonic() + _RETRY_AFTER
        return self._flag

    def _fetched(self) -> Flag:
        token = _new_session() if self._token is None else self._token
        with aws.calling(Dependency.ROLLOUT_FLAGS, _GET):
            latest = aws.client("appconfigdata").get_latest_configuration(ConfigurationToken=token)
            content = latest["Configuration"].read()  # empty if the flag has not changed
        flag = self._flag
        if content or flag is None:
            flag = parsed(content)
        self._token = latest["NextPollConfigurationToken"]
        self._stale_at = time.monotonic() + _MAX_AGE
        return flag


def requests_enabled(freelancer_id: str) -> bool:
    """Whether the rollout includes this freelancer, by id or by percentage.

    Raises:
        Unavailable: as `Flags.read`.
    """
    return _flags().read().enabled(freelancer_id)


def bucket(freelancer_id: str) -> int:
    """A stable bucket from 1 to 100: a freelancer who is included at 10 % is included at 20 % too."""
    digest = hashlib.sha256(f"{_FLAG}:{freelancer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 + 1


def _new_session() -> str:
    """The token of the session's first call."""
    given = settings()
    with aws.calling(Dependency.ROLLOUT_FLAGS, "StartConfigurationSession"):
        started = aws.client("appconfigdata").start_configuration_session(
            ApplicationIdentifier=given.rollout_application,
            EnvironmentIdentifier=given.rollout_environment,
            ConfigurationProfileIdentifier=given.rollout_profile,
        )
    return str(started["InitialConfigurationToken"])


def parsed(content: bytes) -> Flag:
    """The flag in the content of the profile.

    Raises:
        Unavailable: the content is invalid.
    """
    try:
        return _Profile.model_validate_json(content).feedback_requests
    except ValidationError as invalid:
        raise Unavailable(Dependency.ROLLOUT_FLAGS, _GET, Cause.INVALID) from invalid


def _invalid_parts(error: BaseException | None) -> list[str]:
    """What is wrong with the flag and where, without the ids it names."""
    found = error.errors(include_input=False) if isinstance(error, ValidationError) else []
    return [f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}" for detail in found]


@cache
def _flags() -> Flags:
    return Flags()
