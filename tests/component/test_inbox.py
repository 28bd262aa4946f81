"""GET /feedback-requests: what waits for a client, on all contracts."""

import json
from datetime import timedelta
from typing import Any, Literal

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain import lifecycle, models
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items, store, table
from tests.builders import CLIENT, DAY, FREELANCER, NOW, SECOND, a_contract, a_request
from tests.component.http_calls import call
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.store import rows
from tests.suite_clock import shifted

type Json = dict[str, Any]

OTHER_CLIENT = {"id": "u-other-client", "name": "Eva Lind", "email": "eva@example.com"}
OTHER_FREELANCER = {"id": "u-other-freelancer", "name": "Kim Chau", "email": "kim@example.com"}


def put_open(number: int, expires_in: timedelta, contract: Json | None = None, **request: Any) -> None:
    """Puts a contract with an open request that has this long to go."""
    contract_id = f"c-{number}"
    asked = a_request(
        request_id=f"r-{number}", contract_id=contract_id, requested_at=NOW + expires_in - 14 * DAY, **request
    )
    rows.put_contract(client("dynamodb"), a_contract(contract_id=contract_id, **contract or {}), asked)


def waiting(marketplace: Marketplace, person: str = CLIENT.id, **query: Any) -> list[str]:
    """The requests of all pages, by their contracts."""
    found, cursor = [], None
    while True:
        page = marketplace.open_requests(person, **query, **({"cursor": cursor} if cursor else {})).body
        found += [request["contract"]["contract_id"] for request in page["requests"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


class LaggingIndex:
    """The index `client`, which from now on does not follow the table. Moto's is never behind."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, last = items.client_keys_open_at(NOW - 1000 * DAY)
        values = {":client_id": CLIENT.id, ":first": first, ":last": last}
        self.entries = table.query(
            IndexName="client",
            KeyConditionExpression="client_id = :client_id AND client_key BETWEEN :first AND :last",
            ExpressionAttributeValues=items.to_dynamo(values),
        )["Items"]
        self.limits: list[int] = []
        monkeypatch.setattr(table, "query", self.query)

    def query(self, *, IndexName: str, Limit: int, **parameters: Any) -> Json:  # noqa: N803 - of the SDK
        assert IndexName == "client"
        values = items.plain(parameters["ExpressionAttributeValues"])
        self.limits.append(Limit)
        following = (
            entry for entry in self.entries if values[":first"] <= entry["client_key"]["S"] <= values[":last"]
        )
        return {"Items": list(following)[:Limit]}


def remove(*contract_ids: str) -> None:
    for contract_id in contract_ids:
        rows.remove_request(client("dynamodb"), contract_id)


def decline(request_id: str, further_requests: Literal["allowed", "muted"], contract_id: str = "c-1") -> None:
    body = models.DeclineInput(further_requests=further_requests)
    store.change(contract_id, lambda seen: lifecycle.decline(seen, CLIENT.id, request_id, body, NOW))


def withdraw(request_id: str, contract_id: str = "c-1") -> None:
    store.change(contract_id, lambda seen: lifecycle.withdraw(seen, FREELANCER.id, request_id, NOW))


def test_the_client_sees_what_is_asked_by_whom_and_until_when(marketplace: Marketplace) -> None:
    made = marketplace.request_feedback(body={"message": "Phase one is live."}).body
    marketplace.process_stream()  # sends the e-mail
    delivery = marketplace.feedback_tab().body["open_request"]["delivery"]
    contract = {
        "contract_id": "c-1",
        "title": "Website relaunch",
        "freelancer": {"id": FREELANCER.id, "name": "Freelancer"},
    }
    assert marketplace.open_requests().body == {
        "requests": [
            {
                **made,
                "delivery": delivery,
                "contract": contract,
                "correctable_until_if_given_now": shifted("2026-06-17T12:00:00.000Z"),
            }
        ],
        "next_cursor": None,
    }


@pytest.mark.parametrize("person", [FREELANCER.id, "u-stranger"])
def test_nothing_waits_for_anybody_else(marketplace: Marketplace, person: str) -> None:
    marketplace.request_feedback()
    response = marketplace.open_requests(person)
    assert (response.status, response.body) == (200, {"requests": [], "next_cursor": None})


def test_the_soonest_deadline_comes_first_whatever_the_page(empty_marketplace: Marketplace) -> None:
    for number, days in enumerate((5, 1, 9, 3, 14, 2, 7)):
        put_open(number, days * DAY)
    expected = ["c-1", "c-5", "c-3", "c-0", "c-6", "c-2", "c-4"]
    for limit in range(1, 9):
        assert waiting(empty_marketplace, limit=limit) == expected


def test_two_requests_with_the_same_deadline_are_both_there(empty_marketplace: Marketplace) -> None:
    for number in range(5):
        put_open(number, DAY)
    for limit in (1, 2, 5):
        assert waiting(empty_marketplace, limit=limit) == [f"c-{number}" for number in range(5)]


def test_a_page_has_twenty_requests_by_default_and_a_last_page_says_so(empty_marketplace: Marketplace) -> None:
    for number in range(20):
        put_open(number, DAY + number * SECOND)
    page = empty_marketplace.open_requests().body
    assert (len(page["requests"]), page["next_cursor"]) == (20, None)
    put_open(20, 2 * DAY)
    page = empty_marketplace.open_requests().body
    assert len(page["requests"]) == 20
    assert page["next_cursor"]


@pytest.mark.parametrize("left", [SECOND, timedelta(0)])
def test_a_request_is_absent_from_its_deadline_on(empty_marketplace: Marketplace, left: timedelta) -> None:
    put_open(1, left)
    assert waiting(empty_marketplace) == (["c-1"] if left else [])


def test_a_cursor_stays_valid_after_the_deadline_of_its_request(empty_marketplace: Marketplace) -> None:
    """DynamoDB would reject it as an ExclusiveStartKey, since it is outside of the range by then."""
    for number in range(3):
        put_open(number, number * DAY + SECOND)
    cursor = empty_marketplace.open_requests(limit=1).body["next_cursor"]
    empty_marketplace.wait(by=DAY + 2 * SECOND)
    assert waiting(empty_marketplace) == ["c-2"]
    page = empty_marketplace.open_requests(cursor=cursor).body
    assert [request["request_id"] for request in page["requests"]] == ["r-2"]


def test_what_was_declined_or_withdrawn_is_absent_and_what_was_muted_is_not(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    ids = {id_: marketplace.request_feedback(id_).body["request_id"] for id_ in ("c-1", "c-2")}
    preference = models.RequestPreference(muted=True)
    store.change("c-1", lambda seen: lifecycle.prefer(seen, CLIENT.id, preference))
    assert sorted(waiting(marketplace)) == ["c-1", "c-2"]
    decline(ids["c-1"], "allowed")
    assert waiting(marketplace) == ["c-2"]
    withdraw(ids["c-2"], "c-2")
    assert waiting(marketplace) == []


def test_what_the_client_has_answered_or_the_contract_has_ended_is_absent(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    for contract_id in ("c-1", "c-2"):
        assert marketplace.request_feedback(contract_id).status == 201
    assert sorted(waiting(marketplace)) == ["c-1", "c-2"]
    assert marketplace.submit_feedback("c-1").status == 201
    assert waiting(marketplace) == ["c-2"]
    marketplace.end_contract("c-2")
    assert waiting(marketplace) == []


@pytest.mark.parametrize(
    "stored",
    [{"ended_at": NOW}, {"client": a_contract().freelancer.model_copy(update={"id": "u-other-client"})}],
    ids=["the contract has ended", "the client is another"],
)
def test_the_contract_decides_whatever_the_index_says(empty_marketplace: Marketplace, stored: Json) -> None:
    put_open(1, DAY, contract=stored)
    put_open(2, 2 * DAY)
    assert waiting(empty_marketplace) == ["c-2"]


def test_what_was_closed_a_moment_ago_is_absent_and_the_page_is_full_nevertheless(
    empty_marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        put_open(number, DAY + number * SECOND)
    index = LaggingIndex(monkeypatch)
    remove("c-0", "c-2")
    page = empty_marketplace.open_requests(limit=3).body
    assert [request["request_id"] for request in page["requests"]] == ["r-1", "r-3", "r-4"]
    assert page["next_cursor"]
    assert index.limits == [4, 3]  # one more than are missing, to know whether another follows
    assert waiting(empty_marketplace, limit=3) == ["c-1", "c-3", "c-4", "c-5"]


def test_a_contract_with_an_entry_of_an_earlier_request_is_read_once(
    empty_marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BatchGetItem refuses a key that comes twice."""
    put_open(1, 2 * DAY)
    earlier = a_request(request_id="r-0", contract_id="c-1", requested_at=NOW - 13 * DAY)
    client("dynamodb").put_item(TableName=settings().table_name, Item=rows.open_request_row(earlier))
    LaggingIndex(monkeypatch)
    client("dynamodb").delete_item(TableName=settings().table_name, Key=items.open_request_key("c-1", "r-0"))
    page = empty_marketplace.open_requests().body
    assert [request["request_id"] for request in page["requests"]] == ["r-1"]


def test_the_reads_of_a_page_are_bounded_whatever_the_index_names(
    empty_marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(9):
        put_open(number, DAY + number * SECOND)
    index = LaggingIndex(monkeypatch)
    remove(*(f"c-{number}" for number in range(8)))
    page = empty_marketplace.open_requests(limit=2).body
    assert page["requests"] == []
    assert len(index.limits) == 3
    assert waiting(empty_marketplace, limit=2) == ["c-8"]


@pytest.mark.parametrize("person", [FREELANCER.id, "u-stranger"])
def test_a_cursor_is_of_no_use_to_anybody_else(empty_marketplace: Marketplace, person: str) -> None:
    for number in range(2):
        put_open(number, DAY)
    cursor = empty_marketplace.open_requests(limit=1).body["next_cursor"]
    assert empty_marketplace.open_requests(person, cursor=cursor).wrong_fields == ["cursor"]


@pytest.mark.parametrize("limit", ["1", "100"])
def test_a_limit_from_one_to_a_hundred_is_accepted(marketplace: Marketplace, limit: str) -> None:
    assert marketplace.open_requests(limit=limit).status == 200


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "1e2", "9" * 5000])
def test_any_other_limit_is_refused(marketplace: Marketplace, limit: str) -> None:
    assert marketplace.open_requests(limit=limit).wrong_fields == ["limit"]


def test_a_text_that_is_no_cursor_is_refused(marketplace: Marketplace) -> None:
    """test_attack_links.py forges cursors."""
    for text in ("garbage", "", " ", "ü", "\ud800", "x" * 9000):
        assert marketplace.open_requests(cursor=text).wrong_fields == ["cursor"]


def test_the_longest_id_fits_into_a_cursor(empty_marketplace: Marketplace) -> None:
    person = "".join(chr(ord("!") + pow(7, place, 89)) for place in range(255))
    person = person.translate(dict.fromkeys(map(ord, '/\\?#%"<>'), "-"))
    for number in range(2):
        asked = a_request(request_id=f"r-{number}", contract_id=f"c-{number}")
        contract = a_contract(contract_id=f"c-{number}", client=CLIENT.model_copy(update={"id": person}))
        rows.put_all(
            client("dynamodb"), [rows.contract_row(contract), rows.open_request_row(asked, client_id=person)]
        )
    assert waiting(empty_marketplace, person, limit=1) == ["c-0", "c-1"]


def test_an_erased_freelancer_still_has_a_place_in_the_list(empty_marketplace: Marketplace) -> None:
    put_open(1, DAY, contract={"freelancer": FREELANCER.model_copy(update={"name": "", "email": ""})})
    [request] = empty_marketplace.open_requests().body["requests"]
    assert request["contract"]["freelancer"] == {"id": FREELANCER.id, "name": "Deleted user"}


# -- an older start names other people ----------------------------------------------------------------------------


def start_anew(marketplace: Marketplace, **people: Json) -> None:
    """A start arrives that is older than the one which is known."""
    marketplace.publish_event("contract-started", at=NOW - 300 * DAY, **people)


def test_an_open_request_goes_to_the_client_that_an_older_start_names(marketplace: Marketplace) -> None:
    made = marketplace.request_feedback().body
    assert waiting(marketplace) == ["c-1"]
    start_anew(marketplace, client=OTHER_CLIENT)
    assert waiting(marketplace) == []
    [request] = marketplace.open_requests(OTHER_CLIENT["id"]).body["requests"]
    assert (request["request_id"], request["expires_at"]) == (made["request_id"], made["expires_at"])
    assert marketplace.feedback_tab(person=OTHER_CLIENT["id"]).body["open_request"] == made
    answer = marketplace.submit_feedback(person=OTHER_CLIENT["id"])
    assert (answer.status, answer.body["request_id"]) == (201, made["request_id"])
    assert waiting(marketplace, OTHER_CLIENT["id"]) == []


def test_a_request_of_somebody_who_is_not_the_freelancer_is_cancelled(marketplace: Marketplace) -> None:
    marketplace.request_feedback(body={"message": "From somebody else."})
    link = marketplace.link_token()
    start_anew(marketplace, freelancer=OTHER_FREELANCER)
    assert waiting(marketplace) == []
    assert marketplace.open_link(link).refusal == (410, "request_cancelled")
    tab = marketplace.feedback_tab(person=OTHER_FREELANCER["id"]).body
    [past] = tab["past_requests"]
    assert (tab["open_request"], past["status"]) == (None, "cancelled")
    assert marketplace.request_feedback(person=OTHER_FREELANCER["id"]).status == 201
    assert waiting(marketplace) == ["c-1"]


def test_the_choice_of_a_former_client_binds_nobody(marketplace: Marketplace) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    decline(request_id, "muted")
    start_anew(marketplace, client=OTHER_CLIENT)
    assert not marketplace.feedback_tab(person=OTHER_CLIENT["id"]).body["requests_muted"]
    assert marketplace.request_feedback().status == 201
    assert waiting(marketplace, OTHER_CLIENT["id"]) == ["c-1"]


def test_a_former_freelancer_who_withdrew_does_not_keep_the_freelancer_waiting(marketplace: Marketplace) -> None:
    withdraw(marketplace.request_feedback().body["request_id"])
    start_anew(marketplace, freelancer=OTHER_FREELANCER)
    assert marketplace.request_feedback(person=OTHER_FREELANCER["id"]).status == 201


def test_a_request_that_has_expired_by_then_stays_so(marketplace: Marketplace) -> None:
    made = marketplace.request_feedback().body
    marketplace.wait(by=15 * DAY)
    start_anew(marketplace, freelancer=OTHER_FREELANCER)
    [past] = marketplace.feedback_tab(person=OTHER_FREELANCER["id"]).body["past_requests"]
    assert (past["status"], past["closed_at"]) == ("expired", made["expires_at"])


# -- who calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({}, "missing"),
        ({"sub": ""}, "not an id"),
        ({"sub": "a b"}, "not an id"),
        ({"sub": "x" * 256}, "not an id"),
    ],
)
def test_nothing_waits_for_a_token_without_an_id_and_the_log_says_which_claim_was_read(
    marketplace: Marketplace, log_output: LogOutput, claims: dict[str, str], problem: str
) -> None:
    marketplace.request_feedback()
    log_output()
    marketplace.sdk.calls.clear()
    response = call("list-open-requests", claims=claims)
    assert (response.status, response.body) == (200, {"requests": [], "next_cursor": None})
    assert marketplace.sdk.calls == []  # DynamoDB takes no empty key
    [line] = [json.loads(line) for line in log_output().splitlines() if "without an id" in line]
    assert (line["command"], line["user_claim"], line["user_claim_problem"]) == ("list", "sub", problem)
