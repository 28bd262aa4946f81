"""docs/integrate.md: its code is that of the examples, which have tests of their own, and its names exist."""

import json
import re
from typing import Any

import pytest
import yaml

from mid_job_feedback.domain.contract_events import DETAIL_TYPES
from tests.template import ROOT, template

DOCUMENT = (ROOT / "docs/integrate.md").read_text()
EXAMPLES = [path.read_text() for path in (ROOT / "docs/examples").rglob("*.*") if path.suffix in {".py", ".js"}]
# tests/static/test_schemas.py has the examples of this section.
BLOCKS = re.findall(
    r"^ *```(\w*)\n(.*?)^ *```",
    re.sub(r"^## Schemas\n.*?(?=^## )", "", DOCUMENT, flags=re.DOTALL | re.MULTILINE),
    re.DOTALL | re.MULTILINE,
)
PARAMETER = re.compile(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=[^`]*)?`")
NOT_OF_THE_STACK = {
    *("ContractStarted", "PaymentMade", "ContractEnded", "EndOfContractFeedbackProvided"),
    *("DetailType", "PutEvents", "FilterPolicy", "DashQueueUrl", "DomainEventsQueueUrl"),
    *("FeedbackRequested", "FeedbackRequestClosed", "FeedbackRequestUndeliverable", "FeedbackProvided"),
    "FeedbackRestored",
}


@pytest.mark.parametrize("code", [code for language, code in BLOCKS if language in {"python", "js"}])
def test_code_is_a_part_of_an_example(code: str) -> None:
    assert any(code in example for example in EXAMPLES)


def test_every_other_block_is_of_a_kind_that_is_tested() -> None:
    """Commands by test_deploying.py, queries by test_log_queries.py, and JSON here."""
    assert {language for language, _ in BLOCKS} == {"", "sh", "json", "js", "python"}


@pytest.mark.parametrize("text", [code for language, code in BLOCKS if language == "json"])
def test_json_is_valid(text: str) -> None:
    assert json.loads(text if text.startswith("{") else f"{{{text}}}")


def test_the_parameters_outputs_and_alarms_that_it_names_exist() -> None:
    named = {name for name in PARAMETER.findall(DOCUMENT) if name not in NOT_OF_THE_STACK}
    named |= set(re.findall(r"\$\(output (\w+)\)", DOCUMENT))
    known = template()["Parameters"].keys() | template()["Outputs"].keys() | template()["Resources"].keys()
    assert len(named) > 15
    assert named - known == set()


def test_the_stages_that_it_names_are_those_of_the_settings() -> None:
    settings = (ROOT / "samconfig.toml").read_text()
    stacks = set(re.findall(r"`(mid-job-feedback-\w+)`", DOCUMENT))
    assert stacks == set(re.findall(r'^stack_name = "(.+-.+-.+-.+)"', settings, re.MULTILINE))


def test_every_file_of_the_examples_is_in_the_document_or_used_by_one_that_is() -> None:
    for folder in ("django", "node"):
        files = {
            path.name: path.read_text()
            for path in (ROOT / "docs/examples" / folder).rglob("*")
            if path.suffix in {".py", ".js", ".sql", ".json"} and path.stem != "__init__"
        }
        texts = [DOCUMENT, *files.values()]
        for name in files.keys() - {"package.json"}:
            stem = name.rpartition(".")[0]
            assert any(re.search(rf"\b{re.escape(stem)}\b", text) for text in texts if text is not files[name]), (
                name
            )


# Templates; `make check` lints them


class Loader(yaml.SafeLoader):
    """Of CloudFormation's short forms, keeps the values."""


Loader.add_multi_constructor("!", lambda _, __, node: node.value)


def an_example(name: str) -> Any:
    return yaml.load((ROOT / "docs/examples" / name).read_text(), Loader)  # noqa: S506


def test_what_is_forwarded_are_the_contract_events() -> None:
    rule = an_example("forward-contract-events.yaml")["Resources"]["ContractEventsRule"]["Properties"]
    assert rule["EventPattern"] == {"source": ["EventSource"], "detail-type": list(DETAIL_TYPES)}
    assert rule["EventBusName"] == "EventBusName"


def test_the_queue_takes_messages_as_they_are_and_only_of_the_topic() -> None:
    resources = an_example("dash-queue.yaml")["Resources"]
    assert resources["DashSubscription"]["Properties"]["RawMessageDelivery"] is True
    [statement] = resources["DashQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": "DashTopicArn"}}


def test_the_commands_give_the_templates_what_they_ask_for() -> None:
    for name in re.findall(r"--template-file docs/examples/([\w-]+\.yaml)", DOCUMENT):
        [given] = re.findall(rf"{name} .*--parameter-overrides (.+)$", DOCUMENT, re.MULTILINE)
        parameters = an_example(name)["Parameters"]
        required = {name for name, parameter in parameters.items() if "Default" not in parameter}
        assert set(re.findall(r"(\w+)=", given)) == required
