"""Feedback that its client corrects, signed in or by the link that gave it.

Every boundary is tested in tests/unit/test_corrections.py.
"""

from typing import Any

import pytest

from tests.builders import CLIENT, DAY, FREELANCER, RATINGS, SECOND
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor
from tests.suite_clock import shifted

GIVEN: dict[str, Any] = {"ratings": RATINGS, "comment": "Reliable and quick."}
WORSE: dict[str, Any] = {"ratings": RATINGS | {"quality": 2}, "comment": "Quick."}
WAYS = ("signed in", "by link")
both_ways = pytest.mark.parametrize("way", WAYS)


def given(marketplace: Marketplace, way: str = "signed in") -> str:
    """The client gives feedback; returns its id."""
    if way == "by link":
        marketplace.request_feedback()
        response = marketplace.submit_by_link(marketplace.link_token(), GIVEN)
    else:
        response = marketplace.submit_feedback(body=GIVEN)
    feedback_id: str = response.body["feedback_id"]
    return feedback_id


def correct(
    marketplace: Marketplace, way: str, feedback_id: str, body: Any = WORSE, if_match: str | None = None
) -> HttpResponse:
    if way == "by link":
        return marketplace.correct_by_link(marketplace.last_token, body, if_match)
    return marketplace.correct(feedback_id, body, if_match=if_match)


@both_ways
def test_a_correction_replaces_the_feedback_and_both_parties_see_what_it_was(
    marketplace: Marketplace, way: str
) -> None:
    feedback_id = given(marketplace, way)
    marketplace.wait(DAY)
    response = correct(marketplace, way, feedback_id)
    assert response.status == 200
    for person in (CLIENT.id, FREELANCER.id):
        assert marketplace.feedback_tab(person=person).body["feedback"] == [response.body]
    corrected_at = shifted("2026-06-16T12:00:00.000Z")
    assert (
        response.body.items()
        >= {
            **WORSE,
            "score": 4.17,
            "revision": 2,
            "edited_at": corrected_at,
            "provided_at": shifted("2026-06-15T12:00:00.000Z"),
            "correctable_until": shifted("2026-06-17T12:00:00.000Z"),
            "replyable_until": shifted("2026-07-13T12:00:00.000Z"),
            "earlier_versions": [{"revision": 1, **GIVEN, "score": 4.67, "replaced_at": corrected_at}],
        }.items()
    )


def test_the_public_sees_that_it_was_edited_and_no_earlier_version(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    corrected = marketplace.correct(feedback_id, WORSE).body
    hidden = {"request_id", "earlier_versions", "correctable_until", "replyable_until"}
    [contract] = marketplace.work_history().body["contracts"]
    assert contract["feedback"] == [{name: value for name, value in corrected.items() if name not in hidden}]
    assert corrected["edited_at"]


def test_a_correction_leaves_the_interval_and_the_contract_as_they_were(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    before = marketplace.feedback_tab(person=CLIENT.id).body
    marketplace.wait(DAY)
    marketplace.correct(feedback_id, WORSE)
    after = marketplace.feedback_tab(person=CLIENT.id).body
    assert after["actions"] == before["actions"]
    assert after["feedback"][0]["provided_at"] == before["feedback"][0]["provided_at"]


@both_ways
def test_a_repeated_correction_changes_nothing_even_when_the_time_is_over(
    marketplace: Marketplace, way: str
) -> None:
    feedback_id = given(marketplace, way)
    corrected = correct(marketplace, way, feedback_id)
    rows = marketplace.rows()
    marketplace.wait(9 * DAY)
    repeated = correct(marketplace, way, feedback_id, if_match='"1"')
    assert (repeated.status, repeated.body) == (200, corrected.body)
    assert marketplace.rows() == rows


@both_ways
def test_the_time_to_correct_ends(marketplace: Marketplace, way: str) -> None:
    feedback_id = given(marketplace, way)
    marketplace.wait(2 * DAY - SECOND)
    assert correct(marketplace, way, feedback_id).status == 200
    marketplace.wait(SECOND)
    refused = correct(marketplace, way, feedback_id, GIVEN)
    assert refused.refusal == (409, "correction_closed")
    assert refused.body["closed_at"] == shifted("2026-06-17T12:00:00.000Z")


@both_ways
def test_it_can_be_corrected_after_the_contract_has_ended(marketplace: Marketplace, way: str) -> None:
    feedback_id = given(marketplace, way)
    marketplace.end_contract()
    assert correct(marketplace, way, feedback_id).status == 200


def test_it_can_be_corrected_five_times(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace)
    for quality in (1, 2, 3, 4, 1):
        assert marketplace.correct(feedback_id, {"ratings": RATINGS | {"quality": quality}}).status == 200
    assert marketplace.correct(feedback_id, GIVEN).refusal == (409, "too_many_corrections")
    [feedback] = marketplace.feedback_tab().body["feedback"]
    assert feedback["revision"] == 6
    assert feedback["correctable_until"] is None
    assert [version["revision"] for version in feedback["earlier_versions"]] == [5, 4, 3, 2, 1]


@both_ways
def test_another_revision_than_the_caller_has_read_is_not_overwritten(marketplace: Marketplace, way: str) -> None:
    feedback_id = given(marketplace, way)
    assert correct(marketplace, way, feedback_id, if_match='"1"').status == 200
    refused = correct(marketplace, way, feedback_id, GIVEN, if_match='"1"')
    assert refused.refusal == (412, "revision_mismatch")
    assert refused.body["revision"] == 2
    assert correct(marketplace, way, feedback_id, GIVEN, if_match='"2"').status == 200


@both_ways
@pytest.mark.parametrize("if_match", ["1", "", '"1', '"1",', "W/1"])
def test_a_malformed_if_match_is_refused_by_its_name(marketplace: Marketplace, way: str, if_match: str) -> None:
    feedback_id = given(marketplace, way)
    assert correct(marketplace, way, feedback_id, if_match=if_match).wrong_fields == ["If-Match"]
    assert marketplace.feedback_tab().body["feedback"][0]["revision"] == 1


@pytest.mark.parametrize("body", [{}, {"ratings": {}}, GIVEN | {"revision": 2}])
def test_the_body_is_that_of_feedback(marketplace: Marketplace, body: dict[str, Any]) -> None:
    assert marketplace.correct(given(marketplace), body).refusal == (422, "invalid_request")


def test_end_of_contract_feedback_is_never_corrected(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    [feedback] = marketplace.feedback_tab().body["feedback"]
    assert feedback["correctable_until"] is None
    refused = marketplace.correct(feedback["feedback_id"], WORSE)
    assert refused.refusal == (409, "correction_closed")
    assert refused.body["closed_at"] is None


def test_only_the_client_corrects_and_nobody_else_learns_that_there_is_a_contract(
    marketplace: Marketplace,
) -> None:
    feedback_id = given(marketplace)
    assert marketplace.correct(feedback_id, WORSE, person=FREELANCER.id).refusal == (403, "not_the_client")
    for person in ("u-nobody", ""):
        refused = marketplace.correct(feedback_id, WORSE, person=person)
        assert refused.refusal == (404, "contract_not_found")
        nowhere = marketplace.correct(feedback_id, WORSE, contract_id="c-unknown", person=person)
        assert refused.body | {"reference": ""} == nowhere.body | {"reference": ""}
    assert marketplace.correct("f-unknown", WORSE).refusal == (404, "feedback_not_found")
    assert marketplace.correct("f-unknown", WORSE, person=FREELANCER.id).refusal == (403, "not_the_client")


def test_feedback_of_another_contract_is_not_found(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    feedback_id = given(marketplace)
    refused = marketplace.correct(feedback_id, WORSE, contract_id="c-2")
    assert refused.refusal == (404, "feedback_not_found")


def test_a_link_corrects_only_what_it_gave(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    assert marketplace.correct_by_link(token, WORSE).refusal == (409, "not_answered")
    given(marketplace, "signed in")
    refused = marketplace.correct_by_link(token, WORSE)
    assert refused.refusal == (410, "already_answered")
    assert refused.body["correctable_until"] is None
    assert marketplace.open_link(token).body["correctable_until"] is None


def test_a_link_of_a_request_that_ended_otherwise_says_so(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    marketplace.decline()
    assert marketplace.correct_by_link(token, WORSE).refusal == (410, "request_declined")
    assert marketplace.correct_by_link("forged", WORSE).refusal == (404, "link_invalid")


def test_the_link_to_an_address_that_is_no_longer_used_corrects_nothing(marketplace: Marketplace) -> None:
    given(marketplace, "by link")
    marketplace.set_attribute("client_email", {"S": "new@example.com"})
    refused = marketplace.correct_by_link(marketplace.last_token, WORSE)
    assert refused.refusal == (410, "link_superseded")


def test_an_address_that_is_corrected_between_read_and_write_ends_what_its_link_may_do(
    marketplace: Marketplace, sdk: SdkInterceptor
) -> None:
    given(marketplace, "by link")

    def commit(client: Any, parameters: Any) -> Any:
        sdk.restore()
        marketplace.set_attribute("client_email", {"S": "new@example.com"})
        return sdk.send(client, "TransactWriteItems", parameters)

    sdk.respond("TransactWriteItems", commit)
    assert marketplace.correct_by_link(marketplace.last_token, WORSE).refusal == (410, "link_superseded")
    assert [entry["revision"] for entry in marketplace.feedback_tab().body["feedback"]] == [1]


def test_a_used_link_says_until_when_it_can_correct(marketplace: Marketplace) -> None:
    given(marketplace, "by link")
    token = marketplace.last_token
    for refused in (marketplace.open_link(token), marketplace.submit_by_link(token, WORSE)):
        assert refused.refusal == (410, "already_answered")
        assert refused.body["correctable_until"] == shifted("2026-06-17T12:00:00.000Z")
    marketplace.wait(2 * DAY - SECOND)
    assert marketplace.open_link(token).body["correctable_until"]
    marketplace.wait(SECOND)
    assert marketplace.open_link(token).body["correctable_until"] is None


def test_a_removed_feedback_is_not_corrected(marketplace: Marketplace) -> None:
    feedback_id = given(marketplace, "by link")
    marketplace.moderate(feedback_id)
    assert marketplace.correct(feedback_id, GIVEN).refusal == (409, "feedback_removed")
    assert marketplace.correct_by_link(marketplace.last_token, GIVEN).refusal == (409, "feedback_removed")
    assert marketplace.open_link(marketplace.last_token).body["correctable_until"] is None
