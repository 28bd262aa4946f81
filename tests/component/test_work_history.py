"""GET /freelancers/{freelancer_id}/work-history: public."""

import pytest

from tests.builders import CLIENT, DAY, NOW, RATINGS
from tests.component.marketplace import Marketplace
from tests.suite_clock import shifted

# Fields of feedback that the public does not see.
FOR_THE_PARTIES = {"request_id", "earlier_versions", "correctable_until", "replyable_until"}


def test_active_and_ended_contracts_are_shown_with_their_feedback(marketplace: Marketplace) -> None:
    given = marketplace.submit_feedback().body
    marketplace.start_contract("c-0", started_at=shifted("2026-01-01T00:00:00.000Z"), title="Logo")
    marketplace.publish_event("contract-ended", contract_id="c-0", ended_at=shifted("2026-02-01T00:00:00.000Z"))
    assert marketplace.work_history().body == {
        "freelancer_id": "u-freelancer",
        "name": "Freelancer",
        "contracts": [
            {
                "contract_id": "c-1",
                "title": "Website relaunch",
                "status": "active",
                "started_at": shifted("2026-04-16T12:00:00.000Z"),
                "ended_at": None,
                "feedback": [{name: value for name, value in given.items() if name not in FOR_THE_PARTIES}],
            },
            {
                "contract_id": "c-0",
                "title": "Logo",
                "status": "ended",
                "started_at": shifted("2026-01-01T00:00:00.000Z"),
                "ended_at": shifted("2026-02-01T00:00:00.000Z"),
                "feedback": [],
            },
        ],
        "next_cursor": None,
    }


def test_the_name_is_the_one_in_the_newest_contract(marketplace: Marketplace) -> None:
    freelancer = {"id": "u-freelancer", "name": "Ana Ruiz", "email": "ana@example.com"}
    marketplace.start_contract("c-2", started_at=(NOW - DAY).isoformat(), freelancer=freelancer)
    assert marketplace.work_history().body["name"] == "Ana Ruiz"
    assert marketplace.work_history("u-nobody").body["name"] is None


def test_contracts_and_their_feedback_are_sorted_newest_first(marketplace: Marketplace) -> None:
    for number in (2, 4, 3):
        marketplace.start_contract(f"c-{number}", started_at=(NOW - DAY * (10 - number)).isoformat())
    for day in (1, 3, 2):
        provided_at = (NOW - day * DAY).isoformat()
        marketplace.publish_event("end-of-contract-feedback", feedback_id=f"e-{day}", provided_at=provided_at)
    contracts = marketplace.work_history().body["contracts"]
    assert [contract["contract_id"] for contract in contracts] == ["c-4", "c-3", "c-2", "c-1"]
    assert [entry["feedback_id"] for entry in contracts[-1]["feedback"]] == ["e-1", "e-2", "e-3"]


def test_end_of_contract_feedback_is_shown_and_counts_towards_the_score(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    [contract] = marketplace.work_history().body["contracts"]
    [entry] = contract["feedback"]
    assert (entry["kind"], entry["ratings"]) == ("end_of_contract", RATINGS)
    assert entry["counts_towards_job_success_score"] is True


def test_it_contains_nothing_about_the_client(empty_marketplace: Marketplace) -> None:
    client = {"id": "u-acme-1", "name": "Acme Corporation", "email": "boss@acme.example"}
    empty_marketplace.start_eligible_contract(client=client)
    request = empty_marketplace.request_feedback().body
    empty_marketplace.submit_feedback(person="u-acme-1")
    text = empty_marketplace.work_history().text.lower()
    assert "reliable and quick." in text
    for private in ("acme", "boss", "@", "client", "request", request["request_id"]):
        assert private not in text


def test_requests_and_payments_are_not_shown(marketplace: Marketplace) -> None:
    before = marketplace.work_history().text
    marketplace.request_feedback()
    marketplace.pay(paid_at=NOW)
    assert marketplace.work_history().text == before


def test_a_freelancer_without_contracts_has_an_empty_history(marketplace: Marketplace) -> None:
    for nobody in ("u-nobody", CLIENT.id):
        assert marketplace.work_history(nobody).body == {
            "freelancer_id": nobody,
            "name": None,
            "contracts": [],
            "next_cursor": None,
        }


@pytest.mark.parametrize("invalid_id", ["x" * 256, "u 1", "u/1", "ü", "%20", ".."])
def test_an_invalid_freelancer_id_is_not_found(marketplace: Marketplace, invalid_id: str) -> None:
    assert marketplace.work_history(invalid_id).refusal == (404, "not_found")


def test_it_contains_the_contracts_of_one_freelancer_only(marketplace: Marketplace) -> None:
    marketplace.start_contract("c-2", freelancer={"id": "u-other", "name": "Other", "email": "other@example.com"})
    [contract] = marketplace.work_history("u-other").body["contracts"]
    assert contract["contract_id"] == "c-2"
