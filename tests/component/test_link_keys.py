"""The key that signs links can be changed while links are under way."""

import json
import time
from collections.abc import Iterator

import pytest

from mid_job_feedback import links
from mid_job_feedback.aws import client
from tests import aws
from tests.component.marketplace import Marketplace
from tests.sdk import Sdk

OLD, NEW, NEWEST = "k" * 64, "n" * 64, "z" * 64


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    yield
    _set_key(current=OLD)


@pytest.fixture
def link(marketplace: Marketplace) -> str:
    """Signed with the old key, which this process knows from now on."""
    marketplace.ask()
    return marketplace.link()


def test_a_link_signed_with_the_previous_key_is_good(marketplace: Marketplace, link: str) -> None:
    _set_key(current=NEW, previous=OLD)
    aws.forget_processes_past()
    assert marketplace.open(link).status == 200
    assert marketplace.link() != link


def test_a_link_signed_with_a_key_before_that_is_not(marketplace: Marketplace, link: str) -> None:
    _set_key(current=NEWEST, previous=NEW)
    aws.forget_processes_past()
    assert marketplace.open(link).refusal == (404, "link_invalid")


def test_a_running_process_takes_links_signed_with_a_key_newer_than_its_own(
    marketplace: Marketplace, link: str
) -> None:
    _set_key(current=NEW, previous=OLD)
    payload = links._verified([OLD], "feedback-link", link)
    newer = str(links._serializer(NEW, "feedback-link").dumps(payload))
    assert marketplace.open(newer).status == 200
    assert marketplace.open(link).status == 200
    assert marketplace.answer(newer).status == 201


def test_forged_links_do_not_make_a_process_fetch_the_key_again_and_again(
    marketplace: Marketplace, link: str, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk.calls.clear()
    for _ in range(20):
        marketplace.open("TOKEN")
    assert len(sdk.done("GetSecretValue")) == 1
    later = time.monotonic() + 11
    monkeypatch.setattr("mid_job_feedback.links.time.monotonic", lambda: later)
    marketplace.open("TOKEN")
    assert len(sdk.done("GetSecretValue")) == 2


@pytest.mark.parametrize(
    "secret", ["k" * 64, '{"current": "k",}', "{}", "[]", '{"current": ""}', '{"current": 7}', '{"previous": "k"}']
)
def test_a_slip_in_the_secret_makes_links_wait_until_it_is_mended(
    marketplace: Marketplace, link: str, secret: str
) -> None:
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString=secret)
    aws.forget_processes_past()
    assert marketplace.open(link).refusal == (503, "temporarily_unavailable")
    assert marketplace.answer(link).refusal == (503, "temporarily_unavailable")
    _set_key(current=OLD)
    assert marketplace.answer(link).status == 201


def test_forged_links_while_the_key_is_out_of_reach_cost_good_ones_nothing(
    marketplace: Marketplace, link: str, sdk: Sdk
) -> None:
    sdk.refuse("GetSecretValue", "InternalServiceError")
    assert marketplace.open("TOKEN").refusal == (503, "temporarily_unavailable")
    assert marketplace.open(link).status == 200
    assert marketplace.answer(link).status == 201


def test_good_links_need_the_key_fetched_once(marketplace: Marketplace, link: str, sdk: Sdk) -> None:
    sdk.calls.clear()
    for _ in range(5):
        marketplace.open(link)
    assert sdk.done("GetSecretValue") == []


def _set_key(current: str, previous: str = "") -> None:
    secret = json.dumps({"current": current, "previous": previous})
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString=secret)
