"""Partial batch responses of a queue: failed messages are retried, and then go to the dead-letter queue."""

from pathlib import Path

from tests.local.conftest import LocalCloud, eventually, function

REPORTING_HANDLER = """
import os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        for record in event["Records"]:
            print(record["body"], file=seen)
    failed = [record["messageId"] for record in event["Records"] if record["body"].isupper()]
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}
"""


def test_a_poison_pill_goes_to_the_dead_letter_queue_and_other_messages_are_handled(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    log = tmp_path / "seen"
    source = {
        "Queue": {"Fn::GetAtt": "Queue.Arn"},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": {"Ref": "Concurrency"}},
    }
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": "Dead.Arn"}, "maxReceiveCount": 2}
    stack = cloud.deploy(
        {
            "Dead": {"Type": "AWS::SQS::Queue"},
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"RedrivePolicy": redrive, "VisibilityTimeout": 2},
            },
            "Reader": function(
                REPORTING_HANDLER,
                Timeout=2,
                Environment={"Variables": {"SEEN": str(log)}},
                Events={"Messages": {"Type": "SQS", "Properties": source}},
            ),
        },
        {name: {"Ref": name} for name in ("Dead", "Queue", "Reader")},
        Concurrency="2",
    )
    functions, warm = cloud.client("lambda"), {"FunctionName": stack["Reader"], "Payload": '{"Records": []}'}
    # On a busy machine a cold start may exceed the timeout, and then every message of the batch would fail.
    eventually(lambda: "FunctionError" not in functions.invoke(**warm))
    sqs = cloud.client("sqs")
    entries = [{"Id": body, "MessageBody": body} for body in ("a", "B", "c")]
    sqs.send_message_batch(QueueUrl=stack["Queue"], Entries=entries)
    [dead] = eventually(lambda: sqs.receive_message(QueueUrl=stack["Dead"]).get("Messages"))
    assert dead["Body"] == "B"
    assert set(log.read_text().split()) == {"a", "B", "c"}
