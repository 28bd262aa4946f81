"""GET /freelancers/{freelancer_id}/feedback-summary: public. And the recount, which corrects it."""

from typing import Any

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.domain import views
from mid_job_feedback.domain.models import ERASED, FeedbackKind
from mid_job_feedback.domain.refusals import NotFound, Unavailable
from mid_job_feedback.storage import items, summaries, table
from tests.builders import CLIENT, DAY, FREELANCER, NOW, RATINGS, SECOND
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver, event
from tests.sdk_interceptor import SdkInterceptor
from tests.store import summary_rows

MID, END = "mid_contract", "end_of_contract"
EMPTY: dict[str, Any] = {
    "count": 0,
    "average": None,
    "categories": dict.fromkeys(RATINGS),
    "distribution": dict.fromkeys("12345", 0),
}
OTHER = {"id": "u-other", "name": "Other", "email": "other@example.com"}


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often a recount has waited for the index."""
    found: list[str] = []
    monkeypatch.setattr(summaries, "await_index", lambda: found.append("waited"))
    return found


def body(rating: int, **ratings: int) -> dict[str, Any]:
    return {"ratings": dict.fromkeys(RATINGS, rating) | ratings}


def summary(marketplace: Marketplace, freelancer_id: str = FREELANCER.id) -> dict[str, Any]:
    """The summary as it is read, which must be what the rows add up to."""
    assert summary_rows.drift(map(items.plain, marketplace.rows())) == {}
    response = marketplace.feedback_summary(freelancer_id)
    assert response.status == 200
    shown: dict[str, Any] = response.body
    return shown


def test_it_has_counts_averages_and_scores_of_each_kind(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.submit_feedback(body=body(4, skills=5, quality=5, deadlines=5))
    marketplace.submit_feedback("c-2", body=body(4, skills=3))
    marketplace.publish_event("end-of-contract-feedback", ratings=dict.fromkeys(RATINGS, 2))
    assert summary(marketplace) == {
        "freelancer_id": FREELANCER.id,
        "name": "Freelancer",
        MID: {
            "count": 2,
            "average": 4.17,  # 50 / 12
            "categories": dict.fromkeys(RATINGS, 4) | {"quality": 4.5, "deadlines": 4.5},
            "distribution": {"1": 0, "2": 0, "3": 0, "4": 1, "5": 1},  # 3.83 and 4.5
        },
        END: {
            "count": 1,
            "average": 2,
            "categories": dict.fromkeys(RATINGS, 2),
            "distribution": {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0},
        },
    }


def test_of_an_unknown_freelancer_it_has_zeros_and_no_name(marketplace: Marketplace) -> None:
    for nobody in ("u-nobody", CLIENT.id):
        assert summary(marketplace, nobody) == {"freelancer_id": nobody, "name": None, MID: EMPTY, END: EMPTY}


def test_a_freelancer_without_feedback_has_the_name_of_the_newest_contract(marketplace: Marketplace) -> None:
    named = {"id": FREELANCER.id, "name": "Ana Ruiz", "email": "ana@example.com"}
    for number in range(4):
        marketplace.start_contract(f"c-1{number}", started_at=(NOW - (9 - number) * DAY).isoformat())
    marketplace.start_contract("c-2", started_at=(NOW - DAY).isoformat(), freelancer=named)
    assert summary(marketplace) == {"freelancer_id": FREELANCER.id, "name": "Ana Ruiz", MID: EMPTY, END: EMPTY}
    marketplace.submit_feedback()
    assert summary(marketplace)["name"] == marketplace.work_history().body["name"] == "Ana Ruiz"


@pytest.mark.parametrize("invalid_id", ["x" * 256, "u 1", "u/1", "ü", "%20", ".."])
def test_an_invalid_id_is_answered_as_by_the_work_history(marketplace: Marketplace, invalid_id: str) -> None:
    response = marketplace.feedback_summary(invalid_id)
    assert (response.status, response.body) == (404, marketplace.work_history(invalid_id).body)


def test_it_contains_nothing_about_the_client(empty_marketplace: Marketplace) -> None:
    acme = {"id": "u-acme-1", "name": "Acme Corporation", "email": "boss@acme.example"}
    empty_marketplace.start_eligible_contract(client=acme)
    empty_marketplace.submit_feedback(person="u-acme-1")
    text = empty_marketplace.feedback_summary().text.lower()
    assert '"count":1' in text
    assert not [private for private in ("acme", "boss", "client", "c-1", "reliable") if private in text]


def test_the_summary_of_an_erased_freelancer_stays_without_the_name(marketplace: Marketplace) -> None:
    marketplace.submit_feedback()
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.key("c-1", items.CONTRACT),
        UpdateExpression="REMOVE freelancer_name, freelancer_email",
    )
    shown = summary(marketplace)
    assert (shown["name"], shown[MID]["count"]) == (ERASED, 1)


def test_feedback_by_link_and_a_repeated_call_count_once(marketplace: Marketplace) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    for _ in range(2):
        marketplace.submit_by_link(token, headers={"idempotency-key": "key-1"})
    assert summary(marketplace)[MID]["count"] == 1


def test_feedback_that_arrives_before_its_contract_counts_once_it_has_started(
    empty_marketplace: Marketplace,
) -> None:
    stated = event("end-of-contract-feedback", ratings=dict.fromkeys(RATINGS, 3))
    deliver(stated, stated)
    assert summary(empty_marketplace) == {"freelancer_id": FREELANCER.id, "name": None, MID: EMPTY, END: EMPTY}
    empty_marketplace.start_contract()
    assert summary(empty_marketplace)[END]["count"] == 1
    deliver(stated)
    assert summary(empty_marketplace)[END] | {"categories": {}} == {
        "count": 1,
        "average": 3,
        "categories": {},
        "distribution": {"1": 0, "2": 0, "3": 1, "4": 0, "5": 0},
    }


def test_feedback_that_is_stated_anew_counts_as_its_newest_event_has_it(marketplace: Marketplace) -> None:
    events = [
        event("end-of-contract-feedback", at=NOW + rating * SECOND, ratings=dict.fromkeys(RATINGS, rating))
        for rating in (2, 5, 3)
    ]
    for stated in events:
        deliver(stated)
    shown = summary(marketplace)[END]
    assert (shown["count"], shown["average"], shown["distribution"]["5"]) == (1, 5, 1)
    [entry] = marketplace.work_history().body["contracts"][0]["feedback"]
    assert entry["score"] == 5


def test_feedback_follows_its_contract_to_another_freelancer(marketplace: Marketplace) -> None:
    """An older start arrives, which says that the contract is of somebody else."""
    marketplace.submit_feedback()
    marketplace.publish_event("end-of-contract-feedback")
    before = summary(marketplace)
    deliver(event("contract-started", at=NOW - DAY, freelancer=OTHER))
    after = summary(marketplace, OTHER["id"])
    assert (before[MID]["count"], before[END]["count"]) == (1, 1)
    assert (after[MID], after[END], after["name"]) == (before[MID], before[END], "Other")
    assert summary(marketplace) == {"freelancer_id": FREELANCER.id, "name": None, MID: EMPTY, END: EMPTY}


def test_corrected_feedback_counts_as_corrected(marketplace: Marketplace) -> None:
    feedback_id = marketplace.submit_feedback(body=body(4)).body["feedback_id"]
    assert marketplace.correct(feedback_id, body(5, skills=2)).status == 200
    shown = summary(marketplace)[MID]
    assert (shown["count"], shown["average"], shown["categories"]["skills"]) == (1, 4.5, 2)
    assert shown["distribution"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}


def test_removed_feedback_does_not_count_until_it_is_restored(marketplace: Marketplace) -> None:
    feedback_id = marketplace.submit_feedback(body=body(4, skills=5)).body["feedback_id"]
    marketplace.reply(feedback_id)
    before = summary(marketplace)
    for _ in range(2):
        assert marketplace.moderate(feedback_id).status == 200
        assert summary(marketplace)[MID] == EMPTY
    assert marketplace.moderate(feedback_id, "removed", "reply").status == 200
    assert marketplace.moderate(feedback_id, "visible").status == 200
    assert summary(marketplace) == before


def test_removed_feedback_that_is_stated_anew_stays_removed(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback", comment="Hidden.")
    marketplace.reply("e-1")
    marketplace.moderate("e-1")
    deliver(event("end-of-contract-feedback", at=NOW + SECOND, comment=None, ratings=dict.fromkeys(RATINGS, 1)))
    assert summary(marketplace)[END] == EMPTY
    [shown] = marketplace.work_history().body["contracts"][0]["feedback"]
    assert (shown["ratings"], shown["removed"]["ground"]) == (None, "abusive")
    marketplace.moderate("e-1", "visible")
    assert summary(marketplace)[END]["average"] == 1
    [shown] = marketplace.work_history().body["contracts"][0]["feedback"]
    assert (shown["score"], shown["comment"], shown["reply"]["text"]) == (1, None, "Thank you.")


def test_feedback_that_is_stated_anew_keeps_its_reply(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    marketplace.reply("e-1")
    deliver(event("end-of-contract-feedback", at=NOW + SECOND, ratings=dict.fromkeys(RATINGS, 2)))
    assert summary(marketplace)[END]["average"] == 2
    [shown] = marketplace.work_history().body["contracts"][0]["feedback"]
    assert shown["reply"]["text"] == "Thank you."


def test_removed_feedback_moves_without_counting(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    marketplace.moderate("e-1")
    deliver(event("contract-started", at=NOW - DAY, freelancer=OTHER))
    [shown] = marketplace.work_history(OTHER["id"]).body["contracts"][0]["feedback"]
    assert shown["removed"]["ground"] == "abusive"
    assert summary(marketplace, OTHER["id"])[END] == EMPTY
    marketplace.moderate("e-1", "visible")
    assert summary(marketplace, OTHER["id"])[END]["count"] == 1


def test_feedback_that_was_removed_before_it_was_filed_stays_removed(marketplace: Marketplace) -> None:
    """The process died after the contract's start was applied, and before its feedback was filed."""
    marketplace.publish_event("end-of-contract-feedback")
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.key("c-1", "FEEDBACK#END#e-1"),
        UpdateExpression="REMOVE freelancer_id, history_key",
    )
    for kind in FeedbackKind:
        client("dynamodb").delete_item(TableName="feedback", Key=items.summary_row_key(FREELANCER.id, kind))
    assert marketplace.moderate("e-1").status == 200
    deliver(event("end-of-contract-feedback", at=NOW + SECOND))
    assert summary(marketplace)[END] == EMPTY
    marketplace.moderate("e-1", "visible")
    assert summary(marketplace)[END]["count"] == 1


# Recount


def set_summary(kind: FeedbackKind, **numbers: int) -> None:
    client("dynamodb").update_item(
        TableName="feedback",
        Key=items.summary_row_key(FREELANCER.id, kind),
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in numbers),
        ExpressionAttributeNames={f"#{name}": name for name in numbers},
        ExpressionAttributeValues={f":{name}": items.dynamo(number) for name, number in numbers.items()},
    )


def test_a_recount_of_exact_summaries_changes_nothing(marketplace: Marketplace, waits: list[str]) -> None:
    marketplace.submit_feedback()
    marketplace.publish_event("end-of-contract-feedback")
    before = marketplace.rows()
    assert summaries.recount(FREELANCER.id) == views.Recount(
        freelancer_id=FREELANCER.id,
        contracts=1,
        mid_contract=views.KindRecount(count=1, corrected={}),
        end_of_contract=views.KindRecount(count=1, corrected={}),
    )
    assert marketplace.rows() == before
    assert waits == []


def test_a_recount_corrects_what_is_wrong_and_says_what(marketplace: Marketplace, waits: list[str]) -> None:
    marketplace.submit_feedback(body=body(4))
    set_summary(FeedbackKind.MID_CONTRACT, skills=400, count=7)
    found = summaries.recount(FREELANCER.id)
    assert found.mid_contract == views.KindRecount(
        count=1,
        corrected={
            "skills": views.Difference(stored=400, counted=4),
            "count": views.Difference(stored=7, counted=1),
        },
    )
    assert found.end_of_contract.corrected == {}
    assert waits == ["waited"]
    assert summary(marketplace)[MID]["average"] == 4
    assert summaries.recount(FREELANCER.id).mid_contract.corrected == {}


def test_a_recount_makes_the_summaries_of_a_table_that_has_none(marketplace: Marketplace) -> None:
    """Such as one of a version before there were summaries."""
    marketplace.submit_feedback()
    marketplace.publish_event("end-of-contract-feedback")
    before = summary(marketplace)
    for kind in FeedbackKind:
        client("dynamodb").delete_item(TableName="feedback", Key=items.summary_row_key(FREELANCER.id, kind))
    found = summaries.recount(FREELANCER.id)
    assert (found.mid_contract.count, found.end_of_contract.count) == (1, 1)
    assert found.mid_contract.corrected["count"] == views.Difference(stored=0, counted=1)
    assert summary(marketplace) == before
    marketplace.clock.time = NOW + 31 * DAY
    marketplace.pay(paid_at=NOW + 30 * DAY)
    assert marketplace.submit_feedback().status == 201
    assert summary(marketplace)[MID]["count"] == 2


def test_a_recount_that_is_overtaken_counts_again(
    marketplace: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Feedback is given while the recount waits for the index."""
    marketplace.start_eligible_contract("c-2")
    marketplace.submit_feedback()
    set_summary(FeedbackKind.MID_CONTRACT, skills=400)
    statuses: list[int] = []
    monkeypatch.setattr(
        summaries, "await_index", lambda: statuses.append(marketplace.submit_feedback("c-2").status)
    )
    assert summaries.recount(FREELANCER.id).mid_contract.count == 2
    assert statuses[0] == 201
    assert summary(marketplace)[MID]["count"] == 2


@pytest.mark.parametrize("stored", ["a summary that is wrong", "no summary"])
def test_a_recount_never_overwrites_what_was_added_meanwhile(
    marketplace: Marketplace, sdk: SdkInterceptor, stored: str
) -> None:
    """Feedback is given just before the correction."""
    marketplace.start_eligible_contract("c-2")
    marketplace.submit_feedback()
    if stored != "no summary":
        set_summary(FeedbackKind.MID_CONTRACT, skills=400)
    else:
        key = items.summary_row_key(FREELANCER.id, FeedbackKind.MID_CONTRACT)
        client("dynamodb").delete_item(TableName="feedback", Key=key)

    def write(caller: Any, parameters: Any) -> Any:
        sdk.restore()
        assert marketplace.submit_feedback("c-2").status == 201
        return sdk.send(caller, "UpdateItem", parameters)

    sdk.respond("UpdateItem", write)
    assert summaries.recount(FREELANCER.id).mid_contract.count == 2
    assert summary(marketplace)[MID]["count"] == 2


def test_a_recount_that_never_comes_to_an_end_says_so(
    marketplace: Marketplace, sdk: SdkInterceptor, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[int] = []
    monkeypatch.setattr(table, "pause", pauses.append)
    marketplace.submit_feedback()
    set_summary(FeedbackKind.MID_CONTRACT, skills=400)
    sdk.respond_with_error("UpdateItem", "ConditionalCheckFailedException")
    with pytest.raises(Unavailable):
        summaries.recount(FREELANCER.id)
    assert len(pauses) == table.ATTEMPTS


def test_only_a_freelancer_can_be_recounted(marketplace: Marketplace) -> None:
    with pytest.raises(NotFound):
        summaries.recount("no id")
    unknown = summaries.recount("u-nobody")
    assert (unknown.contracts, unknown.mid_contract.count) == (0, 0)
