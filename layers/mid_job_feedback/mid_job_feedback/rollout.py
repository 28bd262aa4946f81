"""Which freelancers may request feedback: AppConfig feature flag `feedback_requests`."""

import hashlib
from functools import cache
from typing import Final

from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags
from aws_lambda_powertools.utilities.feature_flags.exceptions import ConfigurationStoreError

from mid_job_feedback import aws
from mid_job_feedback.errors import Unavailable
from mid_job_feedback.settings import settings

_FLAG: Final = "feedback_requests"
_MAX_AGE: Final = 60  # seconds until a changed flag is seen


def requests_enabled(freelancer_id: str) -> bool:
    """Selected by name, or by a percentage.

    Raises:
        Unavailable: AppConfig is out of reach, and what it said last is older than a minute.
    """
    try:
        _flags().get_configuration()  # `evaluate` would hide a failure here and answer with its default
    except ConfigurationStoreError as error:
        raise Unavailable("The rollout configuration") from error
    context = {"freelancer_id": freelancer_id, "bucket": bucket(freelancer_id)}
    return bool(_flags().evaluate(name=_FLAG, context=context, default=False))


def bucket(freelancer_id: str) -> int:
    """1 to 100, always the same for a freelancer: who is in at 10 % is in at 20 %."""
    digest = hashlib.sha256(f"{_FLAG}:{freelancer_id}".encode()).digest()
    return int.from_bytes(digest[:8]) % 100 + 1


@cache
def _flags() -> FeatureFlags:
    given = settings()
    return FeatureFlags(
        AppConfigStore(
            environment=given.rollout_environment,
            application=given.rollout_application,
            name=given.rollout_profile,
            max_age=_MAX_AGE,
            boto3_client=aws.client("appconfigdata"),
        )
    )
