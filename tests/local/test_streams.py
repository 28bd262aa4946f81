"""Event source mappings of a table's stream: retries, bisection, filters and failure destinations."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import LocalCloud, eventually, function

# Each invocation logs a line with the letters of its records. A capital letter is a poison pill.
REPORTING_HANDLER = """
import os
def handler(event, context):
    letters = [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
    with open(os.environ["SEEN"], "a") as seen:
        print(*letters, sep="", file=seen)
    failed = [r["dynamodb"]["SequenceNumber"] for r, letter in zip(event["Records"], letters) if letter.isupper()]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in failed]}
"""
RAISING_HANDLER = REPORTING_HANDLER.replace("    return", "    if failed: raise ValueError(failed)\n    return")

TABLE: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
}


class Reader:
    """A function that reads a stream with one record for each of the letters."""

    def __init__(self, cloud: LocalCloud, directory: Path, letters: str, code: str, **rules: Any) -> None:
        self.cloud = cloud
        self.log = directory / "seen"
        self.stack = cloud.deploy({"Table": TABLE}, {"Table": {"Ref": "Table"}})
        self.write(letters)
        self.stack = cloud.deploy(
            {"Table": TABLE, "Failures": {"Type": "AWS::SQS::Queue"}, "Reader": self.function(code, rules)},
            {"Table": {"Ref": "Table"}, "Failures": {"Ref": "Failures"}},
            self.stack["StackName"],
        )

    def function(self, code: str, rules: dict[str, Any]) -> dict[str, Any]:
        destination = {"OnFailure": {"Destination": {"Fn::GetAtt": "Failures.Arn"}}}
        source = {
            "Stream": {"Fn::GetAtt": "Table.StreamArn"},
            "StartingPosition": "TRIM_HORIZON",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "DestinationConfig": destination,
        }
        return function(
            code,
            Environment={"Variables": {"SEEN": str(self.log)}},
            Events={"Changes": {"Type": "DynamoDB", "Properties": source | rules}},
        )

    def write(self, letters: str) -> None:
        for letter in letters:
            self.cloud.client("dynamodb").put_item(TableName=self.stack["Table"], Item={"id": {"S": letter}})

    def batches_until(self, last: str) -> list[str]:
        """Waits until the last batch is `last`; returns all batches."""
        return eventually(lambda: self.batches() if self.batches()[-1:] == [last] else None)

    def batches(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def failures(self) -> list[dict[str, Any]]:
        response = self.cloud.client("sqs").receive_message(
            QueueUrl=self.stack["Failures"], MaxNumberOfMessages=10
        )
        return [json.loads(message["Body"]) for message in response.get("Messages", [])]


def test_a_reported_failure_is_retried_from_that_record_on(cloud: LocalCloud, tmp_path: Path) -> None:
    reader = Reader(cloud, tmp_path, "abCd", REPORTING_HANDLER, MaximumRetryAttempts=1)
    assert reader.batches_until("Cd") == ["abCd", "Cd"]


def test_after_the_last_retry_the_position_of_the_batch_goes_to_the_failure_queue(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    reader = Reader(cloud, tmp_path, "A", REPORTING_HANDLER, MaximumRetryAttempts=2)
    [failure] = eventually(reader.failures)
    assert reader.batches() == ["A", "A", "A"]
    assert failure["DDBStreamBatchInfo"]["batchSize"] == 1
    assert failure["requestContext"]["condition"] == "RetryAttemptsExhausted"
    reader.write("b")
    assert reader.batches_until("b")[-1] == "b"


@pytest.mark.parametrize("code", [REPORTING_HANDLER, RAISING_HANDLER], ids=["reported", "raised"])
def test_bisecting_isolates_the_poison_pill_and_other_records_are_handled(
    cloud: LocalCloud, tmp_path: Path, code: str
) -> None:
    rules = {"MaximumRetryAttempts": 1, "BisectBatchOnFunctionError": True}
    reader = Reader(cloud, tmp_path, "abCd", code, **rules)
    [failure] = eventually(reader.failures)
    assert failure["DDBStreamBatchInfo"]["batchSize"] == 1
    batches = reader.batches_until("d")
    assert batches.count("C") == 2
    assert batches[-3:] == ["C", "C", "d"]


def test_without_reports_only_an_exception_is_a_failure(cloud: LocalCloud, tmp_path: Path) -> None:
    reader = Reader(cloud, tmp_path, "A", REPORTING_HANDLER, FunctionResponseTypes=[])
    reader.batches_until("A")
    reader.write("b")
    assert reader.batches_until("b") == ["A", "b"]


def test_a_function_gets_only_the_records_that_match_its_filter(cloud: LocalCloud, tmp_path: Path) -> None:
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": [{"prefix": "b"}]}}}})
    rules = {"FilterCriteria": {"Filters": [{"Pattern": pattern}]}}
    reader = Reader(cloud, tmp_path, "abc", REPORTING_HANDLER, **rules)
    assert reader.batches_until("b") == ["b"]


def test_a_failing_function_does_not_block_another_function(cloud: LocalCloud, tmp_path: Path) -> None:
    for name in ("stuck", "well"):
        (tmp_path / name).mkdir()
    failing = Reader(cloud, tmp_path / "stuck", "A", RAISING_HANDLER, MaximumRetryAttempts=1000)
    healthy = Reader(cloud, tmp_path / "well", "a", REPORTING_HANDLER)
    assert healthy.batches_until("a") == ["a"]
    assert set(failing.batches_until("A")) == {"A"}
