"""The test clock: functions, TTL, schedules, waiting messages and all timestamps follow it, ahead and back."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.local.conftest import LocalCloud, eventually, function
from tests.local.test_routes import OUTPUTS, ROUTES, api_client, http_api
from tests.local.test_ttl import TABLE

type SetClock = Callable[[int], dict[str, Any]]

HOUR = 60 * 60
DAY = 24 * HOUR
FAR = 400 * DAY  # longer than a queue or a stream keeps anything, by real time
CLOCK = "from datetime import UTC, datetime\ndef now(): return datetime.now(UTC)\n"
TELLS_THE_TIME = """
import os
from botocore.compat import get_current_datetime
from mid_job_feedback import clock
def handler(event, context):
    return {"pid": os.getpid(), "now": clock.now().timestamp(), "signed": get_current_datetime().timestamp()}
"""
COUNTS = """
import os
def handler(event, context):
    with open(os.environ["SEEN"], "a") as seen:
        print("run", file=seen)
"""
WAITS = """
import os, time
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    with open(os.environ["SEEN"], "a") as seen:
        for record in event["Records"]:
            print(record["body"], record["attributes"]["SentTimestamp"], file=seen)
    while "slow" in bodies and not os.path.exists(os.environ["SEEN"] + "-go"):
        time.sleep(0.05)
"""


def ahead(timestamp: float, offset: int) -> bool:
    """Whether the timestamp is as far ahead as the clock; the seconds allowed are for a busy machine."""
    return abs(timestamp - time.time() - offset) < 60


def create_function(cloud: LocalCloud, files: dict[str, str]) -> str:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    name = f"function-{uuid4().hex[:8]}"
    cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/any",
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
    )
    return name


def test_the_clock_is_real_until_it_is_set_and_can_go_back(cloud: LocalCloud, set_clock: SetClock) -> None:
    for offset in (0, DAY, HOUR, 0):
        answers = [set_clock(offset), cloud.control("GET", "clock")]
        for answer in answers:
            assert answer["offset_seconds"] == offset
            assert answer["now"].endswith("Z")
            assert ahead(datetime.fromisoformat(answer["now"]).timestamp(), offset)


@pytest.mark.parametrize(
    "body", ['{"offset_seconds": -1}', '{"offset_seconds": 1.5}', '{"offset_seconds": true}', "[]", "{"]
)
def test_a_wrong_offset_is_refused_in_a_sentence(cloud: LocalCloud, body: str) -> None:
    response = httpx.put(f"{cloud.endpoint_url}/_local/clock", content=body, trust_env=False)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/problem+json")
    assert response.json()["detail"].endswith(".")
    assert cloud.control("GET", "clock")["offset_seconds"] == 0


def test_a_running_function_takes_the_clocks_time_as_now_but_signs_with_real_time(
    cloud: LocalCloud, set_clock: SetClock
) -> None:
    name = create_function(
        cloud,
        {"index.py": TELLS_THE_TIME, "mid_job_feedback/clock.py": CLOCK, "mid_job_feedback/__init__.py": ""},
    )
    told = []
    for offset in (0, FAR, DAY, 0):
        set_clock(offset)
        told.append(json.load(cloud.client("lambda").invoke(FunctionName=name)["Payload"]))
        assert ahead(told[-1]["now"], offset)
        assert ahead(told[-1]["signed"], 0)
    assert len({each["pid"] for each in told}) == 1


def test_ttl_deletes_at_once_what_has_expired_by_the_clock(cloud: LocalCloud, set_clock: SetClock) -> None:
    table = cloud.deploy({"Table": TABLE}, {"Table": {"Ref": "Table"}})["Table"]
    client = cloud.client("dynamodb")

    def put(name: str, days: int) -> None:
        expires_at = {"N": str(int(time.time()) + days * DAY)}
        client.put_item(TableName=table, Item={"id": {"S": name}, "expires_at": expires_at})

    def names() -> list[str]:
        return [item["id"]["S"] for item in client.scan(TableName=table)["Items"]]

    put("soon", days=1)
    put("later", days=3)
    set_clock(2 * DAY)
    cloud.control("POST", "ttl")
    assert names() == ["later"]

    def removed_one() -> bool:
        """Once this call is faster than the sweep in the background."""
        put("again", days=1)
        return cloud.control("POST", "ttl") == {"removed": 1}

    assert eventually(removed_one)


def test_a_schedule_that_fell_due_runs_once_and_runs_again_after_the_clock_went_back(
    cloud: LocalCloud, set_clock: SetClock, tmp_path: Path
) -> None:
    log = tmp_path / "seen"
    log.touch()
    schedule = {"Name": "hourly", "ScheduleExpression": "rate(5 hours)"}
    counter = function(
        COUNTS,
        Environment={"Variables": {"SEEN": str(log)}},
        Events={"Hourly": {"Type": "ScheduleV2", "Properties": schedule}},
    )
    cloud.deploy({"Counter": counter}, {})

    def runs(number: int) -> bool:
        return log.read_text().count("run") == number

    assert runs(0)
    set_clock(10 * DAY)
    eventually(lambda: runs(1))
    set_clock(20 * DAY)
    eventually(lambda: runs(2))  # so the jump before caused one run only
    set_clock(0)
    set_clock(DAY)
    eventually(lambda: runs(3))


@pytest.fixture(scope="module")
def queue(cloud: LocalCloud) -> str:
    """A queue that gets what is sent to the topic and the bus of `stack`."""
    queue: str = cloud.client("sqs").create_queue(QueueName=f"queue-{uuid4().hex[:8]}")["QueueUrl"]
    return queue


def arn_of(cloud: LocalCloud, queue: str) -> str:
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn: str = attributes["Attributes"]["QueueArn"]
    return arn


def receive(cloud: LocalCloud, queue: str) -> dict[str, Any]:
    """The next message, once there is one; deletes it."""
    sqs = cloud.client("sqs")
    request = {"QueueUrl": queue, "MessageSystemAttributeNames": ["All"]}
    [message] = eventually(lambda: sqs.receive_message(**request).get("Messages"))
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    found: dict[str, Any] = message
    return found


def sent_at(message: dict[str, Any]) -> float:
    return int(message["Attributes"]["SentTimestamp"]) / 1000


def test_an_answer_of_an_http_api_has_the_clocks_date(cloud: LocalCloud, set_clock: SetClock) -> None:
    stack = cloud.deploy(http_api(ROUTES, {}), OUTPUTS)
    with api_client(cloud, stack) as api:
        for offset in (FAR, 0):
            set_clock(offset)
            [date] = api.get("/anything").headers.get_list("date")
            assert ahead(parsedate_to_datetime(date).timestamp(), offset)


def test_events_of_the_bus_and_notices_of_topics_have_the_clocks_time(
    cloud: LocalCloud, queue: str, set_clock: SetClock
) -> None:
    events, sns = cloud.client("events"), cloud.client("sns")
    source, arn = f"source-{uuid4().hex[:8]}", arn_of(cloud, queue)
    events.put_rule(Name=source, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=source, Targets=[{"Id": "queue", "Arn": arn}])
    topic = sns.create_topic(Name=source)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    for offset in (FAR, 0):
        set_clock(offset)
        events.put_events(Entries=[{"Source": source, "DetailType": "any", "Detail": "{}"}])
        event = receive(cloud, queue)
        sns.publish(TopicArn=topic, Message="notice")
        notice = receive(cloud, queue)
        for message, name in ((event, "time"), (notice, "Timestamp")):
            assert ahead(datetime.fromisoformat(json.loads(message["Body"])[name]).timestamp(), offset)
            assert ahead(sent_at(message), offset)


def test_a_jump_loses_no_message_and_does_not_change_when_it_was_sent(
    cloud: LocalCloud, queue: str, set_clock: SetClock
) -> None:
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="before")
    set_clock(FAR)
    assert ahead(sent_at(receive(cloud, queue)), 0)


def test_a_message_that_waits_becomes_visible_when_its_time_has_passed(
    cloud: LocalCloud, queue: str, set_clock: SetClock
) -> None:
    cloud.client("sqs").send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
    set_clock(HOUR)
    assert receive(cloud, queue)["Body"] == "later"


def test_a_message_that_a_function_is_processing_is_not_delivered_again(
    cloud: LocalCloud, set_clock: SetClock, tmp_path: Path
) -> None:
    log = tmp_path / "seen"
    log.touch()
    reader = function(
        WAITS,
        Timeout=60,
        Environment={"Variables": {"SEEN": str(log)}},
        Events={"Messages": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": "Queue.Arn"}}}},
    )
    waiting = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 600}}
    stack = cloud.deploy({"Queue": waiting, "Reader": reader}, {"Queue": {"Ref": "Queue"}})
    sqs = cloud.client("sqs")
    sqs.send_message(QueueUrl=stack["Queue"], MessageBody="slow")
    eventually(lambda: log.read_text().endswith("\n"))
    set_clock(DAY)
    sqs.send_message(QueueUrl=stack["Queue"], MessageBody="next")
    eventually(lambda: "next" in log.read_text())
    Path(f"{log}-go").touch()
    slow, following = (line.split() for line in log.read_text().splitlines())
    assert [slow[0], following[0]] == ["slow", "next"]
    assert ahead(int(slow[1]) / 1000, 0)
    assert ahead(int(following[1]) / 1000, DAY)


def test_stream_records_and_emails_have_the_clocks_time(cloud: LocalCloud, set_clock: SetClock) -> None:
    table = cloud.deploy({"Table": TABLE}, {"Table": {"Ref": "Table"}})["Table"]
    text = {"Data": "text"}
    cloud.client("sesv2").create_email_identity(EmailIdentity="clock@example.com")
    for offset in (FAR, 0):
        set_clock(offset)
        cloud.client("dynamodb").put_item(TableName=table, Item={"id": {"S": str(offset)}})
        message_id = cloud.client("sesv2").send_email(
            FromEmailAddress="clock@example.com",
            Destination={"ToAddresses": ["to@example.com"]},
            Content={"Simple": {"Subject": text, "Body": {"Text": text}}},
        )["MessageId"]
        sent = httpx.get(f"{cloud.endpoint_url}/_ministack/ses/messages", trust_env=False).json()["messages"]
        [email] = [each for emails in sent.values() for each in emails if each["MessageId"] == message_id]
        assert ahead(email["Timestamp"], offset)
    created = [record["dynamodb"]["ApproximateCreationDateTime"] for record in records_of(cloud, table)]
    assert [ahead(instant.timestamp(), offset) for instant, offset in zip(created, (FAR, 0), strict=True)] == [
        True
    ] * 2


def records_of(cloud: LocalCloud, table: str) -> list[dict[str, Any]]:
    stream = cloud.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = cloud.client("dynamodbstreams")
    [shard] = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    return records
