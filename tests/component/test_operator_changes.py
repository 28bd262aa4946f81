"""`rollout`, `rotate-link-key` and `tail`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from mid_job_feedback import observability
from mid_job_feedback.aws import client
from tests import lambda_runtime
from tests.component.marketplace import Marketplace
from tests.component.operator_tool import OperatorTool
from tests.template import template

BEFORE = {"RequestRolloutPercent": "10", "SelectedFreelancers": "u-1", "SenderEmail": "feedback@example.com"}


class CloudFormation:
    """Keeps the updates of the stack."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.failing = False

    def update_stack(self, **update: Any) -> None:
        self.updates.append(update)

    def get_waiter(self, name: str) -> "CloudFormation":
        assert name == "stack_update_complete"
        return self

    def wait(self, **_: Any) -> None:
        if self.failing:
            raise WaiterError(name="StackUpdateComplete", reason="rolled back", last_response={})


@pytest.fixture
def cloudformation(operator_tool: OperatorTool) -> CloudFormation:
    operator_tool.parameters.update(BEFORE)
    operator_tool.clients["cloudformation"] = found = CloudFormation()
    return found


def changed(update: dict[str, Any]) -> dict[str, str]:
    return {of["ParameterKey"]: of["ParameterValue"] for of in update["Parameters"] if "ParameterValue" in of}


def test_the_rollout_changes_two_parameters_and_keeps_all_others(
    operator_tool: OperatorTool, cloudformation: CloudFormation
) -> None:
    said = operator_tool.json("rollout", "50", "--yes")
    [update] = cloudformation.updates
    assert (update["StackName"], update["UsePreviousTemplate"]) == ("in-process", True)
    assert changed(update) == {"RequestRolloutPercent": "50", "SelectedFreelancers": "u-1"}
    assert {"ParameterKey": "SenderEmail", "UsePreviousValue": True} in update["Parameters"]
    assert said["changed"]
    assert {"RequestRolloutPercent", "SelectedFreelancers"} <= template()["Parameters"].keys()


@pytest.mark.parametrize(
    ("options", "selected"),
    [(("--select", "u-2", "--select", "auth0|3"), "u-2,auth0|3"), (("--select-nobody",), "")],
)
def test_the_list_of_the_selected_is_replaced(
    operator_tool: OperatorTool, cloudformation: CloudFormation, options: tuple[str, ...], selected: str
) -> None:
    operator_tool.json("rollout", "10", *options, "--yes")
    assert changed(cloudformation.updates[0])["SelectedFreelancers"] == selected


@pytest.mark.parametrize(
    ("words", "code"),
    [(("10", "--yes"), 0), (("50", "--dry-run"), 0), (("50",), 1), (("101",), 2), (("1", "--select", "a,b"), 1)],
)
def test_the_rollout_is_left_alone(
    operator_tool: OperatorTool, cloudformation: CloudFormation, words: tuple[str, ...], code: int
) -> None:
    assert operator_tool("rollout", *words).code == code
    assert cloudformation.updates == []


def test_an_update_that_is_rolled_back_is_told(
    operator_tool: OperatorTool, cloudformation: CloudFormation
) -> None:
    cloudformation.failing = True
    failed = operator_tool("rollout", "50", "--yes")
    assert (failed.code, "rolled back" in failed.err) == (1, True)


# The signing key


@pytest.fixture
def keys(marketplace: Marketplace) -> Any:
    """Reads the secret. Afterwards it has the key of all other tests again."""
    secrets = client("secretsmanager")

    def read() -> dict[str, str]:
        found: dict[str, str] = json.loads(secrets.get_secret_value(SecretId="link-key")["SecretString"])
        return found

    yield read
    secrets.put_secret_value(SecretId="link-key", SecretString=json.dumps({"current": "k" * 64}))


def test_links_that_were_sent_work_with_the_new_key(
    operator_tool: OperatorTool, marketplace: Marketplace, keys: Any
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    old = keys()["current"]
    assert operator_tool.json("rotate-link-key", "--yes") == {"rotated": True, "links_keep_working": True}
    assert (keys()["previous"], len(keys()["current"])) == (old, 64)
    lambda_runtime.cold_start()
    assert marketplace.open_link(token).status == 200


def test_it_refuses_to_break_links_that_are_still_open(
    operator_tool: OperatorTool, marketplace: Marketplace, keys: Any
) -> None:
    operator_tool.json("rotate-link-key", "--yes")
    first = keys()
    marketplace.clock.time = datetime.now(UTC) + timedelta(days=13, hours=23)
    refused = operator_tool("rotate-link-key", "--yes")
    assert (refused.code, "may be open until" in " ".join(refused.err.split()), keys()) == (1, True, first)
    marketplace.clock.time = datetime.now(UTC) + timedelta(days=14, minutes=6)
    operator_tool.json("rotate-link-key", "--yes")
    assert keys()["previous"] == first["current"]


def test_a_leaked_key_is_accepted_no_more(
    operator_tool: OperatorTool, marketplace: Marketplace, keys: Any
) -> None:
    marketplace.request_feedback()
    token = marketplace.link_token()
    assert operator_tool("rotate-link-key", "--leaked").code == 1  # not unasked
    assert operator_tool.json("rotate-link-key", "--leaked", "--dry-run")["rotated"] is False
    operator_tool.json("rotate-link-key", "--leaked", "--yes")
    assert keys()["previous"] == ""
    lambda_runtime.cold_start()
    assert marketplace.open_link(token).refusal == (404, "link_invalid")


def test_a_secret_without_a_key_is_replaced_only_as_a_leaked_one_is(
    operator_tool: OperatorTool, keys: Any
) -> None:
    client("secretsmanager").put_secret_value(SecretId="link-key", SecretString='{"current": "k",}')
    refused = operator_tool("rotate-link-key", "--yes")
    assert (refused.code, "no current key" in refused.err) == (1, True)
    operator_tool.json("rotate-link-key", "--leaked", "--yes")
    assert len(keys()["current"]) == 64


# The log


def test_it_shows_what_all_functions_logged_about_a_contract(operator_tool: OperatorTool) -> None:
    now = datetime.now(UTC)

    def logged(ago: int, message: str, **fields: str) -> None:
        operator_tool.log.add(now - timedelta(minutes=ago), level="INFO", message=message, **fields)

    logged(90, "request accepted", contract_id="c-1")
    logged(5, "notify accepted", contract_id="c-1", message_id="email:feedback_requested:r-1:d1")
    logged(4, "submit accepted", contract_id="c-12")
    logged(3, "submit refused", contract_id="c-1", code="not_eligible", reference="Rq1=")
    operator_tool.log.events.append((now, "START of the runtime c-1"))

    def messages(*words: str) -> list[str]:
        return [json.loads(line)["message"] for line in operator_tool("tail", *words, "--json").out.splitlines()]

    assert messages("c-1") == ["notify accepted", "submit refused"]
    assert messages("c-1", "--since", "120") == ["request accepted", "notify accepted", "submit refused"]
    assert messages("r-1") == ["notify accepted"]
    assert messages("Rq1=") == ["submit refused"]
    said = " ".join(operator_tool("tail", "Rq1=").out.split())
    assert said.endswith("INFO submit refused code=not_eligible contract_id=c-1 reference=Rq1=")


def test_an_id_that_is_an_address_is_looked_for_by_its_hash(operator_tool: OperatorTool) -> None:
    hashed = observability._hash("ana@example.com")
    operator_tool.log.add(datetime.now(UTC), level="INFO", message="list refused", user_id=hashed)
    assert "list refused" in operator_tool("tail", "ana@example.com").out
