"""What `smoke` says of its checks, in words and as JSON. tests/e2e/test_smoke.py runs them."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from cli.smoke import command
from cli.smoke.check import Check
from tests.component.operator_tool import OperatorTool

PASSED, WRONG = Check("GET /smoke", "404 not_found", "404 not_found"), Check("POST /expirations", "403", "200")


@pytest.fixture
def found(operator_tool: OperatorTool, monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """What is found, in the order of the checks. Two people get the alarms; one has not confirmed it."""
    found = [PASSED, WRONG]
    monkeypatch.setattr(command, "checks", lambda *_, **__: iter(found))
    operator_tool.outputs["AlarmTopicArn"] = "arn:aws:sns:eu-west-1:123456789012:alarms"
    operator_tool.clients["sns"] = sns = MagicMock()
    subscriptions = [{"SubscriptionArn": "arn:aws:sns:1"}, {"SubscriptionArn": "PendingConfirmation"}]
    sns.get_paginator.return_value.paginate.return_value = [{"Subscriptions": subscriptions}]
    return found


def test_each_check_is_a_line(operator_tool: OperatorTool, found: list[Check]) -> None:
    answer = operator_tool("smoke")
    assert answer.code == 3
    assert answer.out.splitlines() == [
        "ok    GET /smoke: 404 not_found",
        "WRONG POST /expirations: 200, expected 403",
        "note  alarms reach 1 subscriber of AlarmTopicArn, and 1 has not confirmed yet",
        "note  no contract was played through; --event does that",
    ]


def test_the_checks_as_json(operator_tool: OperatorTool, found: list[Check]) -> None:
    answer = operator_tool("smoke", "--event", "--json")
    assert (answer.code, answer.err) == (3, "")
    said: dict[str, Any] = answer.json
    assert (said["stack"], said["contract_played_through"]) == ("in-process", True)
    passed = {each["what"]: each["passed"] for each in said["checks"]}
    assert passed == {"GET /smoke": True, "POST /expirations": False}
    found.remove(WRONG)
    assert operator_tool("smoke", "--json").code == 0
