"""Key rotation: the key that signs links can be changed while links are in use."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mid_job_feedback import links
from mid_job_feedback.aws import client
from tests import lambda_runtime
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error

OLD, NEW, NEWEST = "k" * 64, "n" * 64, "z" * 64


@pytest.fixture(autouse=True)
def _restore_key() -> Iterator[None]:
    yield
    _set_key(current=OLD)


@pytest.fixture
def link(marketplace: Marketplace) -> str:
    """Signed with the old key, which this process has now cached."""
    marketplace.request_feedback()
    return marketplace.link_token()


def test_a_link_signed_with_the_previous_key_is_valid(marketplace: Marketplace, link: str) -> None:
    _set_key(current=NEW, previous=OLD)
    lambda_runtime.cold_start()
    assert marketplace.open_link(link).status == 200
    assert marketplace.link_token() != link


def test_a_link_signed_with_an_older_key_is_invalid(marketplace: Marketplace, link: str) -> None:
    _set_key(current=NEWEST, previous=NEW)
    lambda_runtime.cold_start()
    assert marketplace.open_link(link).refusal == (404, "link_invalid")


def test_a_running_process_accepts_links_signed_with_a_newer_key(marketplace: Marketplace, link: str) -> None:
    _set_key(current=NEW, previous=OLD)
    payload = links._verified([OLD], "feedback-link", link)
    newer = str(links._serializer(NEW, "feedback-link").dumps(payload))
    assert marketplace.open_link(newer).status == 200
    assert marketplace.open_link(link).status == 200
    assert marketplace.submit_by_link(newer).status == 201


def test_forged_links_make_a_process_fetch_the_key_at_most_every_ten_seconds(
    marketplace: Marketplace, link: str, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk.calls.clear()
    for _ in range(20):
        marketplace.open_link("TOKEN")
    assert len(sdk.parameters_of("GetSecretValue")) == 1
    later = time.monotonic() + 11
    monkeypatch.setattr("mid_job_feedback.links.time.monotonic", lambda: later)
    marketplace.open_link("TOKEN")
    assert len(sdk.parameters_of("GetSecretValue")) == 2


@pytest.mark.parametrize(
    "secret", ["k" * 64, '{"current": "k",}', "{}", "[]", '{"current": ""}', '{"current": 7}', '{"previous": "k"}']
)
def test_links_work_again_once_an_invalid_secret_is_fixed(
    marketplace: Marketplace, link: str, secret: str
) -> None:
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString=secret)
    lambda_runtime.cold_start()
    assert marketplace.open_link(link).refusal == (503, "temporarily_unavailable")
    assert marketplace.submit_by_link(link).refusal == (503, "temporarily_unavailable")
    _set_key(current=OLD)
    assert marketplace.submit_by_link(link).status == 201


def test_forged_links_do_not_affect_valid_ones_while_the_key_is_out_of_reach(
    marketplace: Marketplace, link: str, sdk: SdkInterceptor
) -> None:
    sdk.respond_with_error("GetSecretValue", "InternalServiceError")
    assert marketplace.open_link("TOKEN").refusal == (503, "temporarily_unavailable")
    assert marketplace.open_link(link).status == 200
    assert marketplace.submit_by_link(link).status == 201


def test_links_signed_with_a_newer_key_wait_while_the_key_cannot_be_refreshed(
    marketplace: Marketplace, link: str, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a link is valid, so it must not be refused as invalid; nor may it cause one fetch after the other."""
    _set_key(current=NEW, previous=OLD)
    newer = str(links._serializer(NEW, "feedback-link").dumps(links._verified([OLD], "feedback-link", link)))
    fetches: list[object] = []

    def fail(caller: Any, sent: Any) -> None:
        fetches.append(sent)
        raise_client_error(caller, "GetSecretValue", "InternalServiceError")

    sdk.respond("GetSecretValue", fail)
    for _ in range(3):
        assert marketplace.open_link(newer).refusal == (503, "temporarily_unavailable")
    assert len(fetches) == 1
    sdk.restore()
    later = time.monotonic() + 11
    monkeypatch.setattr("mid_job_feedback.links.time.monotonic", lambda: later)
    assert marketplace.open_link(newer).status == 200


def test_valid_links_use_the_cached_key(marketplace: Marketplace, link: str, sdk: SdkInterceptor) -> None:
    sdk.calls.clear()
    for _ in range(5):
        marketplace.open_link(link)
    assert sdk.parameters_of("GetSecretValue") == []


def _set_key(current: str, previous: str = "") -> None:
    secret = json.dumps({"current": current, "previous": previous})
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString=secret)
