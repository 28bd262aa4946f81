"""What a function reads as now, and what it does not: its own code and Powertools', with the offset of a file."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from local.cloud import function_clock

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers/mid_job_feedback"
OFFSET = 400 * 24 * 60 * 60
REMEMBERED = 60 * 60
# Reads the time wherever a function of the service does, and prints what it was.
READS_THE_TIME = """
import importlib, json, logging, pkgutil, sys
from pathlib import Path
from types import SimpleNamespace
import function_clock
function_clock.OFFSET_FILE = Path(sys.argv[1])
function_clock.install()
record = logging.makeLogRecord({})  # as in `web`, which does not import Powertools

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer, IdempotencyConfig, idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
from mid_job_feedback import aws, clock, observability

observability.logger.info("any")
observability.metrics.add_metric("Any", MetricUnit.Count, 1)
observability.metrics.flush_metrics()

dynamodb, sent = aws.client("dynamodb"), []
def answer(params, **_):
    sent.append(params)
    return SimpleNamespace(status_code=200), {}
dynamodb.meta.events.register("before-call.dynamodb", answer)
table = DynamoDBPersistenceLayer(table_name="any", boto3_client=dynamodb)
context = SimpleNamespace(get_remaining_time_in_millis=lambda: 0)
config = IdempotencyConfig(expires_after_seconds=int(sys.argv[2]), lambda_context=context)
@idempotent_function(data_keyword_argument="call", persistence_store=table, config=config)
def run(*, call):
    return None
run(call={"key": "any"})
put, update = (json.loads(params["body"]) for params in sent)

import mid_job_feedback, aws_lambda_powertools.utilities.parameters
for module in pkgutil.walk_packages(mid_job_feedback.__path__, "mid_job_feedback."):
    importlib.import_module(module.name)
ours = ("mid_job_feedback", "aws_lambda_powertools")
modules = {name: module.__file__ for name, module in sys.modules.items() if name.startswith(ours)}

now = clock.now().timestamp()
print(json.dumps({
    "now": now,
    "record": record.created,
    "expired": [DataRecord("key", "COMPLETED", int(now) + seconds).is_expired for seconds in (-60, 60)],
    "put": put,
    "update": update,
    "modules": modules,
}))
"""
# Modules that are imported and read real time, and why that is right.
REAL_TIME = {
    "aws_lambda_powertools.utilities.parameters.base": "the age of cached keys",
    "aws_lambda_powertools.metrics.functions": "checks timestamps that a caller sets; the service sets none",
    "aws_lambda_powertools.metrics.base": "its class is not used",
    "aws_lambda_powertools.logging.buffer.functions": "log lines are not buffered",
    "aws_lambda_powertools.event_handler.bedrock_agent_function": "an example in its documentation",
}
READS = re.compile(r"(?<!clock)\.(?:utc)?now\(|\btime\.time(?:_ns)?\(|\btime\(\)")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The lines that the program prints: of the log, of the metrics, and its own."""
    offset = tmp_path_factory.mktemp("clock") / "offset"
    offset.write_text(str(OFFSET))
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": os.pathsep.join((str(LAYER), str(Path(function_clock.__file__).parent))),
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "POWERTOOLS_SERVICE_NAME": "any",
        "POWERTOOLS_METRICS_NAMESPACE": "any",
    }
    command = [sys.executable, "-c", READS_THE_TIME, str(offset), str(REMEMBERED)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def ahead(timestamp: float, offset: int = OFFSET) -> bool:
    return abs(timestamp - time.time() - offset) < 60


def test_the_services_own_code_takes_the_shifted_time_as_now(printed: list[dict[str, Any]]) -> None:
    *_, told = printed
    assert ahead(told["now"])


def test_log_lines_and_metrics_have_the_shifted_time(printed: list[dict[str, Any]]) -> None:
    line, metrics, told = printed
    assert ahead(told["record"])
    assert ahead(datetime.fromisoformat(line["timestamp"]).timestamp())
    assert ahead(metrics["_aws"]["Timestamp"] / 1000)


def test_records_of_idempotency_expire_by_the_shifted_time(printed: list[dict[str, Any]]) -> None:
    *_, told = printed
    item, compared = told["put"]["Item"], told["put"]["ExpressionAttributeValues"]
    assert ahead(int(item["in_progress_expiration"]["N"]) / 1000)
    assert ahead(int(compared[":now"]["N"]))
    assert ahead(int(compared[":now_in_millis"]["N"]) / 1000)
    for expiry in (item["expiration"], told["update"]["ExpressionAttributeValues"][":expiry"]):
        assert ahead(int(expiry["N"]), OFFSET + REMEMBERED)
    assert told["expired"] == [True, False]


def test_every_module_that_reads_the_time_is_known(printed: list[dict[str, Any]]) -> None:
    *_, told = printed
    readers = {name for name, file in told["modules"].items() if READS.search(Path(file).read_text())}
    handlers = list((ROOT / "functions").glob("*/app.py"))
    assert readers == {*function_clock.SHIFTED, *REAL_TIME}
    assert handlers
    assert not [str(file) for file in handlers if READS.search(file.read_text())]
