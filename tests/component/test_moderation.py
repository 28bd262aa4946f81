"""Texts that a party reports, and that the marketplace's staff remove and restore."""

from typing import Any

import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.storage import items
from tests import lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, RATINGS, SECOND
from tests.component.marketplace import Marketplace, Row
from tests.suite_clock import shifted

NOW = shifted("2026-06-15T12:00:00.000Z")
COMMENT = "Rude words about Ana."
TEXTS = {"feedback": COMMENT, "reply": "Rude words about Ben."}
both_texts = pytest.mark.parametrize("target", list(TEXTS))
both_parties = pytest.mark.parametrize("person", [CLIENT.id, FREELANCER.id])


@pytest.fixture
def feedback_id(marketplace: Marketplace) -> str:
    """Feedback, corrected once, with a reply."""
    given: str = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": "Rude."}).body["feedback_id"]
    marketplace.correct(given, {"ratings": RATINGS, "comment": COMMENT})
    marketplace.reply(given, TEXTS["reply"])
    return given


def public(marketplace: Marketplace) -> dict[str, Any]:
    [contract] = marketplace.work_history().body["contracts"]
    feedback: dict[str, Any] = contract["feedback"][0]
    return feedback


def everything(marketplace: Marketplace) -> str:
    """All that somebody can read of a contract."""
    tabs = [marketplace.feedback_tab(person=person).text for person in (CLIENT.id, FREELANCER.id)]
    return "".join((*tabs, marketplace.work_history().text))


def rows_of_contract(marketplace: Marketplace) -> list[Row]:
    """Without the audit trail."""
    rows = [row for row in marketplace.rows() if row["PK"]["S"].startswith("CONTRACT#")]
    return [row for row in rows if not row["SK"]["S"].startswith(items.DECISION)]


# Reports


@both_parties
@both_texts
def test_either_party_reports_either_text_and_nobody_but_the_staff_sees_it(
    marketplace: Marketplace, feedback_id: str, person: str, target: str
) -> None:
    before = everything(marketplace)
    body = {"target": target, "ground": "abusive", "details": " It insults me. "}
    response = marketplace.report(feedback_id, person=person, body=body)
    assert response.status == 201
    report = {
        "report_id": response.body["report_id"],
        "contract_id": "c-1",
        "feedback_id": feedback_id,
        "target": target,
        "ground": "abusive",
        "status": "open",
        "reported_at": NOW,
    }
    assert response.body == report
    text = public(marketplace) if target == "feedback" else public(marketplace)["reply"]
    [listed] = marketplace.open_reports().body["reports"]
    assert listed == report | {"details": "It insults me.", "text": text}
    assert everything(marketplace) == before


@both_texts
def test_a_party_reports_a_text_once(marketplace: Marketplace, feedback_id: str, target: str) -> None:
    assert marketplace.report(feedback_id, target).status == 201
    assert marketplace.report(feedback_id, target).refusal == (409, "already_reported")
    assert marketplace.report(feedback_id, target, person=CLIENT.id).status == 201
    marketplace.moderate(feedback_id, "visible", target)
    assert marketplace.report(feedback_id, target).refusal == (409, "already_reported")


@both_texts
def test_a_text_that_was_changed_after_the_decision_can_be_reported_again(
    marketplace: Marketplace, feedback_id: str, target: str
) -> None:
    marketplace.report(feedback_id, target)
    marketplace.moderate(feedback_id, "visible", target)
    marketplace.wait(SECOND)
    marketplace.correct(feedback_id, {"ratings": RATINGS, "comment": "Ruder words."})
    marketplace.reply(feedback_id, "Ruder words.")
    again = marketplace.report(feedback_id, target)
    assert again.status == 201
    assert [report["report_id"] for report in marketplace.open_reports().body["reports"]] == [
        again.body["report_id"]
    ]


def test_the_same_report_with_an_idempotency_key_counts_once(marketplace: Marketplace, feedback_id: str) -> None:
    key: dict[str, str | None] = {"idempotency-key": "k-report"}
    first = marketplace.report(feedback_id, headers=key)
    assert marketplace.report(feedback_id, headers=key) == first
    assert len(marketplace.open_reports().body["reports"]) == 1


def test_what_cannot_be_reported(marketplace: Marketplace, feedback_id: str) -> None:
    marketplace.take_back_reply(feedback_id)
    assert marketplace.report(feedback_id, "reply").refusal == (404, "feedback_not_found")
    assert marketplace.report("f-unknown").refusal == (404, "feedback_not_found")
    assert marketplace.report(feedback_id, person="u-nobody").refusal == (404, "contract_not_found")
    assert marketplace.report(feedback_id, person="").refusal == (404, "contract_not_found")
    assert marketplace.report(feedback_id, contract_id="c-unknown").refusal == (404, "contract_not_found")


@both_texts
def test_a_removed_text_cannot_be_reported_and_the_other_one_can(
    marketplace: Marketplace, feedback_id: str, target: str
) -> None:
    marketplace.moderate(feedback_id, "removed", target)
    [other] = TEXTS.keys() - {target}
    assert marketplace.report(feedback_id, target).refusal == (409, "feedback_removed")
    assert marketplace.report(feedback_id, other).status == 201


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["target", "ground"]),
        ({"target": "comment", "ground": "abusive"}, ["target"]),
        ({"target": "reply", "ground": "rude"}, ["ground"]),
        ({"target": "reply", "ground": "abusive", "details": "x" * 2001}, ["details"]),
        ({"target": "reply", "ground": "abusive", "reporter_id": "u-1"}, ["reporter_id"]),
    ],
)
def test_an_invalid_report_is_refused_field_by_field(
    marketplace: Marketplace, feedback_id: str, body: Any, wrong: list[str]
) -> None:
    assert marketplace.report(feedback_id, body=body).wrong_fields == wrong


def test_blank_details_are_none(marketplace: Marketplace, feedback_id: str) -> None:
    body = {"target": "reply", "ground": "abusive", "details": " \u200b "}
    assert marketplace.report(feedback_id, body=body).status == 201
    assert marketplace.open_reports().body["reports"][0]["details"] is None


# The list of open reports


def test_open_reports_are_listed_oldest_first_page_by_page(marketplace: Marketplace, feedback_id: str) -> None:
    made = []
    for person, target in ((CLIENT.id, "reply"), (FREELANCER.id, "feedback"), (CLIENT.id, "feedback")):
        made.append(marketplace.report(feedback_id, target, person=person).body["report_id"])
        marketplace.wait(SECOND)
    found: list[str] = []
    cursor: dict[str, str] = {}
    pages = 0
    while pages == 0 or cursor["cursor"]:
        page = marketplace.open_reports(limit=2, **cursor).body
        found += [report["report_id"] for report in page["reports"]]
        cursor = {"cursor": page["next_cursor"]}
        pages += 1
    assert found == made
    assert pages == 2


def test_a_cursor_of_another_list_is_refused(marketplace: Marketplace) -> None:
    marketplace.start_eligible_contract("c-2")
    cursor = marketplace.work_history(limit=1).body["next_cursor"]
    assert cursor
    assert marketplace.open_reports(cursor=cursor).wrong_fields == ["cursor"]
    assert marketplace.open_reports(limit=101).wrong_fields == ["limit"]


def test_reports_that_the_index_still_names_are_not_listed_once_they_are_settled(
    marketplace: Marketplace, feedback_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index lags behind the table: it may name a report whose row says that it is settled."""
    marketplace.report(feedback_id)
    stale = client("dynamodb").query(
        TableName="feedback",
        IndexName="reports",
        KeyConditionExpression="open_reports = :open",
        ExpressionAttributeValues={":open": {"S": items.OPEN_REPORTS}},
    )
    marketplace.moderate(feedback_id)
    monkeypatch.setattr("mid_job_feedback.storage.table.query", lambda **_: stale)
    assert marketplace.open_reports().body == {"reports": [], "next_cursor": None}


def test_a_report_on_a_reply_that_was_taken_back_can_be_settled(
    marketplace: Marketplace, feedback_id: str
) -> None:
    marketplace.report(feedback_id, "reply", person=CLIENT.id)
    marketplace.take_back_reply(feedback_id)
    assert marketplace.open_reports().body["reports"][0]["text"] is None
    assert marketplace.moderate(feedback_id, "visible", "reply").status == 200
    assert marketplace.open_reports().body["reports"] == []
    assert marketplace.moderate(feedback_id, "visible", "reply").refusal == (404, "feedback_not_found")


# Decisions


def test_removed_feedback_is_gone_everywhere_at_once_and_a_tombstone_stays(
    marketplace: Marketplace, feedback_id: str
) -> None:
    before = marketplace.feedback_tab().body["feedback"][0]
    marketplace.wait(SECOND)
    response = marketplace.moderate(feedback_id, ground="private_information")
    assert response.body == {
        "contract_id": "c-1",
        "feedback_id": feedback_id,
        "target": "feedback",
        "state": "removed",
        "ground": "private_information",
        "decided_at": shifted("2026-06-15T12:00:01.000Z"),
    }
    tombstone = {"at": response.body["decided_at"], "ground": "private_information"}
    gone = {"ratings": None, "score": None, "comment": None, "removed": tombstone}
    hidden: Row = {"earlier_versions": [], "correctable_until": None, "replyable_until": None}
    for person in (CLIENT.id, FREELANCER.id):
        tab = marketplace.feedback_tab(person=person).body
        assert tab["feedback"] == [before | gone | hidden]
    assert public(marketplace).items() >= gone.items()
    assert "Rude." not in everything(marketplace)
    assert COMMENT not in everything(marketplace)


def test_no_index_has_a_removed_text(marketplace: Marketplace, feedback_id: str) -> None:
    for target in TEXTS:
        marketplace.moderate(feedback_id, "removed", target)
    found = client("dynamodb").query(
        TableName="feedback",
        IndexName="work_history",
        KeyConditionExpression="freelancer_id = :id",
        ExpressionAttributeValues={":id": {"S": FREELANCER.id}},
    )["Items"]
    assert [row for row in found if "feedback_id" in row]
    assert "Rude" not in str(found)
    assert "withheld" not in str(found)


def test_a_removed_reply_is_gone_everywhere_at_once_and_a_tombstone_stays(
    marketplace: Marketplace, feedback_id: str
) -> None:
    before = marketplace.feedback_tab().body["feedback"][0]
    marketplace.moderate(feedback_id, "removed", "reply", ground="extortion")
    removed = {"text": None, "replied_at": NOW, "edited_at": None, "removed": {"at": NOW, "ground": "extortion"}}
    changed = {"reply": removed, "replyable_until": None}
    assert marketplace.feedback_tab().body["feedback"] == [before | changed]
    assert public(marketplace)["reply"] == removed
    assert TEXTS["reply"] not in everything(marketplace)
    assert COMMENT in everything(marketplace)


@both_texts
def test_a_restored_text_is_exactly_as_it_was(marketplace: Marketplace, feedback_id: str, target: str) -> None:
    texts, rows = everything(marketplace), rows_of_contract(marketplace)
    marketplace.moderate(feedback_id, "removed", target)
    assert everything(marketplace) != texts
    marketplace.wait(DAY)
    assert marketplace.moderate(feedback_id, "visible", target).body["state"] == "visible"
    assert everything(marketplace) == texts
    assert rows_of_contract(marketplace) == rows


def test_both_texts_are_removed_and_restored_on_their_own(marketplace: Marketplace, feedback_id: str) -> None:
    texts = everything(marketplace)
    for state, target in (
        ("removed", "reply"),
        ("removed", "feedback"),
        ("visible", "reply"),
        ("removed", "reply"),
        ("visible", "feedback"),
        ("visible", "reply"),
    ):
        marketplace.moderate(feedback_id, state, target)
        shown = public(marketplace)
        removed = shown["removed"] if target == "feedback" else shown["reply"].get("removed")
        assert bool(removed) is (state == "removed")
    assert everything(marketplace) == texts


def test_a_removal_leaves_the_interval_and_the_requests_as_they_were(
    marketplace: Marketplace, feedback_id: str
) -> None:
    before = marketplace.feedback_tab(person=CLIENT.id).body
    marketplace.moderate(feedback_id)
    after = marketplace.feedback_tab(person=CLIENT.id).body
    assert {name: after[name] for name in after if name != "feedback"} == {
        name: before[name] for name in before if name != "feedback"
    }


def test_end_of_contract_feedback_can_be_reported_and_removed(marketplace: Marketplace) -> None:
    marketplace.publish_event("end-of-contract-feedback")
    [feedback] = marketplace.feedback_tab().body["feedback"]
    assert marketplace.report(feedback["feedback_id"]).status == 201
    assert marketplace.moderate(feedback["feedback_id"]).status == 200
    assert public(marketplace)["score"] is None
    marketplace.moderate(feedback["feedback_id"], "visible")
    assert marketplace.feedback_tab().body["feedback"] == [feedback]


def test_a_decision_settles_the_open_reports_on_that_text_alone(
    marketplace: Marketplace, feedback_id: str
) -> None:
    for person in (CLIENT.id, FREELANCER.id):
        marketplace.report(feedback_id, person=person)
    other = marketplace.report(feedback_id, "reply").body["report_id"]
    marketplace.moderate(feedback_id, "visible")
    assert [report["report_id"] for report in marketplace.open_reports().body["reports"]] == [other]
    rows = [row for row in marketplace.rows() if row["SK"]["S"].startswith(items.REPORT)]
    assert sorted(row["status"]["S"] for row in rows) == ["open", "settled", "settled"]
    assert {row["outcome"]["S"] for row in rows if "outcome" in row} == {"visible"}


@both_texts
@pytest.mark.parametrize("state", ["removed", "visible"])
def test_an_equal_decision_changes_nothing_and_answers_the_standing_one(
    marketplace: Marketplace, feedback_id: str, target: str, state: str
) -> None:
    first = marketplace.moderate(feedback_id, state, target)
    rows = marketplace.rows()
    marketplace.wait(DAY)
    repeated = marketplace.moderate(feedback_id, state, target, operator="Somebody else", reason="The same.")
    assert repeated.body == first.body
    assert marketplace.rows() == rows


def test_another_ground_is_another_decision_and_the_removal_stays_as_old_as_it_is(
    marketplace: Marketplace, feedback_id: str
) -> None:
    marketplace.moderate(feedback_id)
    marketplace.wait(DAY)
    marketplace.moderate(feedback_id, ground="extortion")
    assert public(marketplace)["removed"] == {"at": NOW, "ground": "extortion"}
    assert [decision["changed"] for decision in marketplace.decisions(feedback_id)] == [True, False]


def test_the_audit_trail_has_every_decision_and_only_operators_see_it(
    marketplace: Marketplace, feedback_id: str
) -> None:
    marketplace.moderate(feedback_id, operator="Mara Lind", reason="It insults.")
    marketplace.wait(SECOND)
    marketplace.moderate(feedback_id, "removed", "reply")
    marketplace.wait(SECOND)
    marketplace.moderate(feedback_id, "visible", operator="Jo Ade", reason="A quotation.", ground="off_topic")
    trail = marketplace.decisions(feedback_id)
    assert [(one["target"], one["state"], one["ground"], one["operator"], one["reason"]) for one in trail] == [
        ("feedback", "removed", "abusive", "Mara Lind", "It insults."),
        ("reply", "removed", "abusive", "Mara Lind", "It insults."),
        ("feedback", "visible", "off_topic", "Jo Ade", "A quotation."),
    ]
    for secret in ("Mara Lind", "Jo Ade", "It insults.", "A quotation."):
        assert secret not in everything(marketplace)
    assert marketplace.decisions("f-unknown") == []


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"state": "hidden"}, ["state"]),
        ({"target": "comment"}, ["target"]),
        ({"ground": None}, ["ground"]),
        ({"reason": " "}, ["reason"]),
        ({"reason": "x" * 501}, ["reason"]),
        ({"operator": ""}, ["operator"]),
        ({"operator": "x" * 201}, ["operator"]),
        ({"note": "x"}, ["note"]),
    ],
)
def test_an_invalid_decision_is_refused_field_by_field(
    marketplace: Marketplace, feedback_id: str, wrong: dict[str, Any], fields: list[str]
) -> None:
    assert marketplace.moderate(feedback_id, **wrong).wrong_fields == fields
    assert public(marketplace)["removed"] is None


def test_what_there_is_nothing_to_decide_about(marketplace: Marketplace, feedback_id: str) -> None:
    assert marketplace.moderate("f-unknown").refusal == (404, "feedback_not_found")
    assert marketplace.moderate(feedback_id, contract_id="c-unknown").refusal == (404, "contract_not_found")
    marketplace.take_back_reply(feedback_id)
    assert marketplace.moderate(feedback_id, "removed", "reply").refusal == (404, "feedback_not_found")


# Direct invocations


@pytest.mark.parametrize(
    "event",
    [{}, {"command": "erase"}, {"command": "recount"}, {"command": "decisions", "contract_id": "c 1"}],
)
def test_an_invocation_that_is_no_command_says_what_is_wrong(event: dict[str, Any]) -> None:
    answer = lambda_runtime.invoke("moderate", event)
    assert answer["error"] == "invalid_request"
    assert answer["detail"]


def test_a_recount_adds_up_what_is_visible(marketplace: Marketplace, feedback_id: str) -> None:
    command = lambda_runtime.event("moderate-recount")
    assert lambda_runtime.invoke("moderate", command)["mid_contract"]["count"] == 1
    marketplace.moderate(feedback_id)
    assert lambda_runtime.invoke("moderate", command)["mid_contract"]["count"] == 0
