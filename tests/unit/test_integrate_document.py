"""docs/integrate.md: its code is that of the examples, which have tests of their own, and its names exist."""

import json
import re

import pytest

from tests.template import ROOT, template

DOCUMENT = (ROOT / "docs/integrate.md").read_text()
EXAMPLES = [path.read_text() for path in (ROOT / "docs/examples").rglob("*.*") if path.suffix in {".py", ".js"}]
BLOCKS = re.findall(r"^ *```(\w*)\n(.*?)^ *```", DOCUMENT, re.DOTALL | re.MULTILINE)
PARAMETER = re.compile(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=[^`]*)?`")
NOT_OF_THE_STACK = {
    *("ContractStarted", "PaymentMade", "ContractEnded", "EndOfContractFeedbackProvided"),
    *("DetailType", "PutEvents", "FilterPolicy", "DashQueueUrl"),
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
