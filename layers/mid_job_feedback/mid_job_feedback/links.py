"""Signed tokens (HMAC-SHA256): the links in e-mails and the cursors of lists.

The purpose is the salt, so that a token of one kind is never accepted as another. The key comes from Secrets
Manager as `{"current": ..., "previous": ...}`. Tokens signed with either key are accepted, so that a key rotation
breaks no link that is already in a mailbox.
"""

import hashlib
import time
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Final

from itsdangerous import BadData, URLSafeSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mid_job_feedback import aws, observability
from mid_job_feedback.domain import addresses
from mid_job_feedback.domain.lifecycle import Link
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.domain.refusals import Dependency, LinkInvalid, Unavailable
from mid_job_feedback.settings import settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

_FEEDBACK_LINK: Final = "feedback-link"
_EMAIL_PREFERENCES: Final = "email-preferences"
_MAX_LENGTH: Final = 4096  # characters; a cursor with the longest ids and title has about 2,700
_KEYS_MAX_AGE: Final = 300  # seconds for which a process caches the keys
_REFRESH_AFTER: Final = 10  # seconds between two early refreshes, so that forged links cannot cause many


class Cursor(StrEnum):
    """The lists that are read page by page. A cursor of one list is not accepted by another."""

    WORK_HISTORY = "work-history-cursor"
    OPEN_REQUESTS = "open-requests-cursor"
    OPEN_REPORTS = "open-reports-cursor"


class _Keys(BaseModel):
    """The secret. People edit it by hand when they rotate the key, so its errors must not quote its content."""

    model_config = ConfigDict(hide_input_in_errors=True)

    current: Annotated[str, Field(min_length=1)]
    previous: str | None = None


def sign_link(request: FeedbackRequest, address: str) -> str:
    """The token of the link by which the client answers `request`. It works while `address` is the client's."""
    return _sign(
        _FEEDBACK_LINK,
        [
            request.contract_id,
            request.request_id,
            int(request.requested_at.timestamp()),
            int(request.expires_at.timestamp()),
            addresses.digest(address),
        ],
    )


def read_link(token: str) -> Link:
    """Verifies a link's token and returns what it says.

    From here on, the log lines of this call name the contract and the request.

    Raises:
        LinkInvalid: the token was not signed here as a link, or was altered in any way.
        Unavailable: the signing key cannot be fetched, or the secret is malformed.
    """
    match _read(_FEEDBACK_LINK, token):
        case [contract_id, request_id, requested_at, expires_at, address_digest]:
            observability.log_with(contract_id=contract_id, request_id=request_id)
            return Link(
                contract_id=contract_id,
                request_id=request_id,
                requested_at=datetime.fromtimestamp(requested_at, UTC),
                expires_at=datetime.fromtimestamp(expires_at, UTC),
                address_digest=address_digest,
            )
        case _:
            raise LinkInvalid


def sign_email_preferences(person_id: str) -> str:
    """The token by which a person turns e-mails about feedback requests off and on. It never expires."""
    return _sign(_EMAIL_PREFERENCES, [person_id])


def read_email_preferences(token: str) -> str:
    """Verifies such a token and returns the id of the person. From here on, the log lines of this call name it.

    Raises:
        LinkInvalid, Unavailable: as `read_link`.
    """
    match _read(_EMAIL_PREFERENCES, token):
        case [str(person_id)]:
            observability.log_with(user_id=person_id)
            return person_id
        case _:
            raise LinkInvalid


def sign_cursor(cursor: Cursor, position: dict[str, Any]) -> str:
    return _sign(cursor, position)


def read_cursor(cursor: Cursor, token: str) -> dict[str, Any] | None:
    """The position in a cursor of this list that this stack signed; None for anything else."""
    position: dict[str, Any] | None = _read(cursor, token)
    return position


def _sign(purpose: str, payload: Any) -> str:
    return str(_serializer(_keys()[0], purpose).dumps(payload))


def _read(purpose: str, token: str) -> Any:
    if len(token) > _MAX_LENGTH or not token.isascii():
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
        if signer.sign(signer.unsign(token)).decode() == token:  # Base64 has unused bits: accept one spelling only
            return payload
    return None


def _serializer(key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=purpose, signer_kwargs={"digest_method": hashlib.sha256})


@cache
def _provider() -> "SecretsProvider":
    from aws_lambda_powertools.utilities.parameters import SecretsProvider  # noqa: PLC0415 - often unneeded

    return SecretsProvider(boto3_client=aws.client("secretsmanager"))


def _keys(*, fresh: bool = False) -> list[str]:
    """The keys, current one first. A failure is logged as an error, because a mistake in the secret stays."""
    try:
        return _read_keys(fresh=fresh)
    except Unavailable as unavailable:
        observability.logger.error("signing key not read", extra=observability.explained(unavailable))
        raise


def _read_keys(*, fresh: bool) -> list[str]:
    from aws_lambda_powertools.utilities.parameters.exceptions import (  # noqa: PLC0415
        GetParameterError,
        TransformParameterError,
    )

    try:
        secret: Any = _provider().get(
            settings().link_key_secret, max_age=_KEYS_MAX_AGE, transform="json", force_fetch=fresh
        )
        keys = _Keys.model_validate(secret)
    except (GetParameterError, TransformParameterError, ValidationError) as error:
        if isinstance(error, ValidationError):  # uncached, so that a corrected secret is read at once
            _provider().clear_cache()  # type: ignore[no-untyped-call]
        # Powertools raises GetParameterError without `from`, so the SDK's own error is only in its context.
        origin = (error.__context__ if isinstance(error, GetParameterError) else None) or error
        raise Unavailable(Dependency.LINK_KEY, "GetSecretValue", aws.cause_of(origin)) from origin
    return [key for key in (keys.current, keys.previous) if key]


_refreshed_at = float("-inf")
_refresh_failed: Unavailable | None = None


def _refreshed_keys() -> list[str]:
    """The keys, fetched again in case of a rotation; empty if that was done in the last ten seconds.

    Raises:
        Unavailable: this fetch failed, or the one in the last ten seconds. Without the newest key, a valid link
            cannot be told from a forged one.
    """
    global _refreshed_at, _refresh_failed  # noqa: PLW0603 - the last refresh of this process
    if time.monotonic() - _refreshed_at >= _REFRESH_AFTER:
        _refreshed_at, _refresh_failed = time.monotonic(), None
        try:
            return _keys(fresh=True)
        except Unavailable as unavailable:
            _refresh_failed = unavailable
            raise
    if _refresh_failed:
        raise Unavailable(
            _refresh_failed.dependency, _refresh_failed.operation, _refresh_failed.cause
        ) from _refresh_failed.__cause__
    return []
