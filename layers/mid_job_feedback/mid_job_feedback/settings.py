"""Settings from the function's environment, validated once per process."""

import os
from functools import cache
from typing import Annotated

from pydantic import ConfigDict, Field, ValidationError

from mid_job_feedback.domain.models import Policy, Value

Given = Annotated[str, Field(min_length=1)]


class SettingsError(RuntimeError):
    """A variable is missing from the function's environment or is invalid; the message names it."""


class _Group(Value):
    """Some variables of the environment; others are ignored. Errors do not quote them: they have credentials."""

    model_config = ConfigDict(extra="ignore")


class Settings(_Group):
    """Set for every function by `Globals` in template.yaml. No required setting has a default."""

    table_name: Given
    idempotency_table: Given
    link_key_secret: Given
    rollout_application: Given
    rollout_environment: Given
    rollout_profile: Given
    jwt_user_claim: Given
    policy: Policy


class NotifySettings(_Group):
    """Additional settings of `notify`."""

    sender_email: Given
    accent_color: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
    configuration_set: Given
    dash_topic_arn: Given
    domain_event_bus: Given
    app_base_url: Given
    # These may be empty.
    marketplace_name: str
    reply_to_email: str
    logo_url: str
    postal_address: str
    support_url: str
    legal_url: str
    contract_url: str

    @property
    def contract_page(self) -> str:
        """The URL of a contract for people who are signed in, with `{contract_id}` in it."""
        return self.contract_url or f"{self.app_base_url}/app/contract?id={{contract_id}}"


class StreamSettings(_Group):
    """Additional settings of `notify` and `expire`, each with its own queues."""

    retry_queue_url: Given
    failure_queue_url: Given


class IngestSettings(_Group):
    """Additional settings of `ingest`."""

    dead_letter_queue_url: Given
    event_source: Given


class DeliverySettings(_Group):
    """Additional settings of `delivery`."""

    email_events_topic_arn: Given
    failed_events_queue_url: Given


class PrivacySettings(_Group):
    """Additional settings of `privacy`: queues that may hold personal data, and how long events are archived."""

    contract_events_queue_url: Given
    dead_letter_queue_url: Given
    expire_retry_queue_url: Given
    expire_failure_queue_url: Given
    failed_events_queue_url: Given
    event_archive_days: int


def _read[Model: _Group](model: type[Model]) -> Model:
    environment = {name.lower(): value for name, value in os.environ.items()}
    policy = {name: environment[name] for name in Policy.model_fields if name in environment}
    try:
        return model.model_validate({**environment, "policy": policy})
    except ValidationError as invalid:
        names = sorted({_variable(error["loc"]) for error in invalid.errors()})
        raise SettingsError(f"missing or invalid in the environment: {', '.join(names)}") from invalid


def _variable(location: tuple[int | str, ...]) -> str:
    """The variable whose value is wrong. The location ends with a number if it is an entry of a list."""
    return [part for part in location if isinstance(part, str)][-1].upper()


@cache
def settings() -> Settings:
    return _read(Settings)


@cache
def notify_settings() -> NotifySettings:
    return _read(NotifySettings)


@cache
def stream_settings() -> StreamSettings:
    return _read(StreamSettings)


@cache
def ingest_settings() -> IngestSettings:
    return _read(IngestSettings)


@cache
def delivery_settings() -> DeliverySettings:
    return _read(DeliverySettings)


@cache
def privacy_settings() -> PrivacySettings:
    return _read(PrivacySettings)
