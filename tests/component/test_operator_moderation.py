"""`moderate` shows what was reported, and decides about it; `recount` repairs a summary."""

import json
from typing import Any

import boto3
import pytest

from mid_job_feedback.aws import client
from mid_job_feedback.storage import items
from tests.builders import CLIENT, FREELANCER, RATINGS
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import OperatorTool

REASON = ("--ground", "abusive", "--reason", "Insults a party.", "--operator", "Mara Lind")
COMMENT = "Rude words.\x1b[8m"


@pytest.fixture
def feedback_id(marketplace: Marketplace) -> str:
    """Feedback with a reply. The freelancer has reported the feedback, and the client the reply."""
    given: str = marketplace.submit_feedback(body={"ratings": RATINGS, "comment": COMMENT}).body["feedback_id"]
    marketplace.reply(given, "Rude words, too.")
    assert marketplace.report(given, "feedback").status == 201
    assert marketplace.report(given, "reply", person=CLIENT.id).status == 201
    return given


def shown(marketplace: Marketplace) -> dict[str, Any]:
    [contract] = marketplace.work_history().body["contracts"]
    feedback: dict[str, Any] = contract["feedback"][0]
    return feedback


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_it_lists_all_reports_with_the_text_as_it_reads(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.moderation.PAGE", 1)
    assert operator_tool.json("moderate", "list") == {"reports": marketplace.open_reports().body["reports"]}
    said = operator_tool("moderate", "list").out
    assert "Rude words.\\x1b[8m" in said  # never as a command to the terminal
    assert "Rude words, too." in said
    assert said.endswith("2 open reports.\n")


def test_it_removes_a_text_and_restores_it(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str
) -> None:
    before = shown(marketplace)
    about = ("c-1", feedback_id, "--target", "feedback", *REASON)
    decided = operator_tool.json("moderate", "decide", *about, "--state", "removed", "--yes")
    assert (decided["state"], decided["ground"]) == ("removed", "abusive")
    assert (shown(marketplace)["comment"], shown(marketplace)["removed"]["ground"]) == (None, "abusive")
    assert [report["target"] for report in operator_tool.json("moderate", "list")["reports"]] == ["reply"]
    said = operator_tool("moderate", "restore", *about, "--yes").out
    assert f"Feedback {feedback_id} is visible since" in unwrapped(said)
    assert shown(marketplace) == before


@pytest.mark.parametrize("how", [("--dry-run",), ()])
def test_it_says_first_what_it_would_do_and_does_nothing_unasked(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str, how: tuple[str, ...]
) -> None:
    before = shown(marketplace)
    answer = operator_tool(
        "moderate", "decide", "c-1", feedback_id, "--target", "reply", "--state", "removed", *REASON, *how
    )
    assert answer.code == (0 if how else 1)
    said = unwrapped(answer.out)
    assert "Rude words, too." in said
    assert f"The reply to feedback {feedback_id} is removed at once wherever it is shown." in said
    assert "Settles 1 open report; " in said
    assert shown(marketplace) == before
    assert "--yes" in answer.err or how


def test_a_dry_run_names_the_reports_that_would_be_settled(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str
) -> None:
    [report] = [of for of in operator_tool.json("moderate", "list")["reports"] if of["target"] == "feedback"]
    about = ("c-1", feedback_id, "--target", "feedback", "--state", "visible", *REASON)
    would = operator_tool.json("moderate", "decide", *about, "--dry-run")
    assert would["would_settle"] == [report["report_id"]]
    assert (would["would_decide"]["state"], would["would_decide"]["reason"]) == ("visible", "Insults a party.")


def test_the_audit_trail_says_who_decided_what_and_why(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str
) -> None:
    assert operator_tool("moderate", "decisions", "c-1", feedback_id).out.startswith(
        "Nothing was decided about it."
    )
    about = ("c-1", feedback_id, "--target", "feedback", *REASON)
    operator_tool.json("moderate", "decide", *about, "--state", "removed", "--yes")
    [decision] = operator_tool.json("moderate", "decisions", "c-1", feedback_id)["decisions"]
    assert (decision["operator"], decision["reason"], decision["changed"]) == (
        "Mara Lind",
        "Insults a party.",
        True,
    )
    said = unwrapped(operator_tool("moderate", "decisions", "c-1", feedback_id).out)
    assert "feedback removed, by Mara Lind" in said
    assert "abusive: Insults a party." in said


def test_the_operator_is_the_caller_unless_named(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str
) -> None:
    about = ("c-1", feedback_id, "--target", "feedback", "--state", "removed", *REASON[:4])
    operator_tool.json("moderate", "decide", *about, "--yes")
    [decision] = operator_tool.json("moderate", "decisions", "c-1", feedback_id)["decisions"]
    identity = boto3.client("sts", region_name="eu-west-1").get_caller_identity()["Arn"]
    assert decision["operator"] == identity


def test_a_refusal_is_told_in_a_sentence_with_its_code(
    operator_tool: OperatorTool, marketplace: Marketplace
) -> None:
    about = ("c-1", "f-unknown", "--target", "feedback", "--state", "removed", *REASON)
    refused = operator_tool("moderate", "decide", *about, "--yes")
    assert refused.code == 1
    assert "404 feedback_not_found" in unwrapped(refused.err)
    empty = operator_tool("moderate", "decide", *about, "--reason", "", "--yes", "--json")
    assert (empty.code, empty.out) == (1, "")
    assert "422 invalid_request): reason: " in json.loads(empty.err)["error"]


def test_a_recount_corrects_a_summary_and_says_what_was_wrong(
    operator_tool: OperatorTool, marketplace: Marketplace, feedback_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mid_job_feedback.storage.summaries.await_index", lambda: None)
    right = operator_tool("recount", FREELANCER.id)
    assert "mid-contract: 1, and the summary was right." in right.out
    key = {"PK": {"S": f"FREELANCER#{FREELANCER.id}"}, "SK": {"S": "SUMMARY#mid_contract"}}
    client("dynamodb").update_item(
        TableName="feedback",
        Key=key,
        UpdateExpression="SET skills = :wrong ADD version :one",
        ExpressionAttributeValues={":wrong": items.dynamo(1), ":one": items.dynamo(1)},
    )
    for _ in range(2):  # a dry run corrects nothing
        wrong = operator_tool.json("recount", FREELANCER.id, "--dry-run")
        assert (wrong["dry_run"], [*wrong["mid_contract"]["corrected"]]) == (True, ["skills"])
    assert "the summary would be corrected:" in operator_tool("recount", FREELANCER.id, "--dry-run").out
    corrected = operator_tool.json("recount", FREELANCER.id)
    assert corrected["mid_contract"]["corrected"] == {"skills": {"stored": 1, "counted": RATINGS["skills"]}}
    assert operator_tool.json("recount", FREELANCER.id)["mid_contract"]["corrected"] == {}


def test_the_tools_own_options_may_stand_anywhere(operator_tool: OperatorTool, marketplace: Marketplace) -> None:
    places = (
        ("--json", "--stack", "prod", "moderate", "list"),
        ("moderate", "--json", "list", "--stack=prod"),
        ("moderate", "list", "--stack", "prod", "--json"),
    )
    assert [operator_tool(*words).json for words in places] == [{"reports": []}] * 3
    assert [place.name for place in operator_tool.places[-3:]] == ["prod"] * 3
