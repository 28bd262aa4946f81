"""Signed, opaque tokens: the links in e-mails and the cursors of the work history.

The purpose is the salt, so that one kind of token is never accepted as the other. The key comes from Secrets
Manager as `{"current": ..., "previous": ...}`; tokens signed with either are accepted, so that a rotation breaks
no link that is under way.
"""

import hashlib
import time
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain.lifecycle import Link
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.domain.refusals import LinkInvalid, Unavailable
from mid_job_feedback.settings import settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

_FEEDBACK_LINK: Final = "feedback-link"
_CURSOR: Final = "work-history-cursor"
_LONGEST: Final = 4096  # characters; a cursor with the longest title has about 2200
_KEYS_AGE: Final = 300  # seconds a process keeps the keys
_REFRESH_AFTER: Final = 10  # seconds between two looks for a newer key, so that forged links cost us nothing


class _Keys(BaseModel):
    """The secret, which people write by hand when they rotate it; a mistake in it is not to be quoted."""

    model_config = ConfigDict(hide_input_in_errors=True)

    current: Annotated[str, Field(min_length=1)]
    previous: str | None = None


def sign_link(request: FeedbackRequest) -> str:
    """The token of the link to answer `request`."""
    return _sign(
        _FEEDBACK_LINK,
        [
            request.contract_id,
            request.request_id,
            int(request.requested_at.timestamp()),
            int(request.expires_at.timestamp()),
        ],
    )


def read_link(token: str) -> Link:
    """What a link's token says.

    Raises:
        LinkInvalid: not signed by us as a link, or altered in any way.
        Unavailable: the key is out of reach, or the secret is not what it should be.
    """
    payload = _read(_FEEDBACK_LINK, token)
    if payload is None:
        raise LinkInvalid
    contract_id, request_id, requested_at, expires_at = payload
    return Link(
        contract_id=contract_id,
        request_id=request_id,
        requested_at=datetime.fromtimestamp(requested_at, UTC),
        expires_at=datetime.fromtimestamp(expires_at, UTC),
    )


def sign_cursor(position: dict[str, Any]) -> str:
    return _sign(_CURSOR, position)


def read_cursor(token: str) -> dict[str, Any] | None:
    """The position a cursor of ours marks; None for anything else."""
    position: dict[str, Any] | None = _read(_CURSOR, token)
    return position


def _sign(purpose: str, payload: Any) -> str:
    return str(_serializer(_keys()[0], purpose).dumps(payload))


def _read(purpose: str, token: str) -> Any:
    if len(token) > _LONGEST or not token.isascii():
        return None
    found = _verified(_keys(), purpose, token)
    return _verified(_refreshed_keys(), purpose, token) if found is None else found


def _verified(keys: list[str], purpose: str, token: str) -> Any:
    for key in keys:
        serializer = _serializer(key, purpose)
        try:
            payload = serializer.loads(token)
        except BadData:
            continue
        signer = serializer.make_signer(purpose)
        if signer.sign(signer.unsign(token)).decode() == token:  # Base64 has spare bits: only one spelling counts
            return payload
    return None


def _serializer(key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})


@cache
def _provider() -> "SecretsProvider":
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 - most calls need no key

    return SecretsProvider(boto3_client=aws.client("secretsmanager"))


def _keys(*, fresh: bool = False) -> list[str]:
    """Current key first."""
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415
        GetParameterError,
        TransformParameterError,
    )

    try:
        secret: Any = _provider().get(
            settings().link_key_secret, max_age=_KEYS_AGE, transform="json", force_fetch=fresh
        )
        keys = _Keys.model_validate(secret)
    except (GetParameterError, TransformParameterError, ValidationError) as error:
        observability.logger.error("signing key not read", extra={"error": type(error).__name__})
        if isinstance(error, ValidationError):  # kept by the provider, but what is mended is to be seen at once
            _provider().clear_cache()  # type: ignore[no-untyped-call]
        raise Unavailable("The signing key") from error
    return [key for key in (keys.current, keys.previous) if key]


_looked_at = float("-inf")


def _refreshed_keys() -> list[str]:
    """The keys as they are now, in case of a rotation; none if we have only just looked."""
    global _looked_at  # noqa: PLW0603 - one number per process
    if time.monotonic() - _looked_at < _REFRESH_AFTER:
        return []
    _looked_at = time.monotonic()
    return _keys(fresh=True)
