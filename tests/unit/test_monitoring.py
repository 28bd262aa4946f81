"""Alarms, runbook and dashboard: what they name exists, each alarm is explained, standing still stays cheap."""

import json
import re
import subprocess
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import jmespath  # type: ignore[import-untyped]
import pytest

from mid_job_feedback.domain.refusals import Cause, Dependency
from tests.template import ROOT, events, resources, template

# Those of a version that is being deployed are not for people in the first place: tests/static/test_versions.py.
ALARMS = {
    name: alarm
    for name, alarm in resources("AWS::CloudWatch::Alarm").items()
    if alarm.get("Condition") != "MovesInSteps"
}
FILTERS = resources("AWS::Logs::MetricFilter")
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
OWN_NAMESPACE = "MidJobFeedback/${AWS::StackName}"

BY_FUNCTION, OF_ACCOUNT = ("FunctionName",), ()
BY_TABLE, BY_INDEX = ("TableName",), ("TableName", "GlobalSecondaryIndexName")
# The metrics that we use, with the dimensions under which AWS's documentation lists them.
DOCUMENTED: dict[str, dict[str, set[tuple[str, ...]]]] = {
    "AWS/ApiGateway": {  # "Monitor CloudWatch metrics for HTTP APIs": not 4XXError and 5XXError, as for REST APIs
        name: {("ApiId",), ("ApiId", "Stage")} for name in ("4xx", "5xx", "Count", "IntegrationLatency", "Latency")
    },
    "AWS/Lambda": {  # "Types of metrics for Lambda functions"
        "AsyncEventsReceived": {BY_FUNCTION},
        "Duration": {BY_FUNCTION, OF_ACCOUNT},
        "ConcurrentExecutions": {BY_FUNCTION, OF_ACCOUNT},
        "Errors": {BY_FUNCTION, OF_ACCOUNT},
        "IteratorAge": {BY_FUNCTION},
        "Throttles": {BY_FUNCTION, OF_ACCOUNT},
    },
    "AWS/SQS": {  # "Available CloudWatch metrics for Amazon SQS"
        name: {("QueueName",)}
        for name in (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        )
    },
    "AWS/DynamoDB": {  # "DynamoDB metrics and dimensions"
        name: {BY_TABLE, BY_INDEX}
        for name in (
            "ConsumedReadCapacityUnits",
            "ConsumedWriteCapacityUnits",
            "ReadThrottleEvents",
            "WriteThrottleEvents",
        )
    },
    "AWS/SES": {  # "Retrieving Amazon SES event data from CloudWatch", "Creating reputation monitoring alarms"
        name: {OF_ACCOUNT}
        for name in ("Send", "Bounce", "Complaint", "Reputation.BounceRate", "Reputation.ComplaintRate")
    },
    "AWS/Logs": {"IncomingBytes": {("LogGroupName",)}},  # "Monitoring with CloudWatch metrics"
}
# What a dimension holds must be a resource of this kind; `Ref` or the attribute of the resource is its value.
KINDS = {
    "ApiId": "AWS::Serverless::HttpApi",
    "FunctionName": "AWS::Serverless::Function",
    "LogGroupName": "AWS::Logs::LogGroup",
    "QueueName": "AWS::SQS::Queue",
    "TableName": "AWS::DynamoDB::Table",
}
# "Dashboard Body Structure and Syntax"
WIDGET_PROPERTIES = {
    "alarm": {"title", "alarms"},
    "log": {"title", "region", "view", "query"},
    "metric": {"title", "region", "view", "stat", "period", "metrics"},
    "text": {"markdown"},
}
VIEWS = {
    "log": {"table", "timeSeries", "bar", "pie"},
    "metric": {"timeSeries", "singleValue", "gauge", "bar", "pie"},
}
GRID_COLUMNS = 24
METRICS_OF_A_FREE_DASHBOARD = 50

ALARM_PRICE, SECRET_PRICE = 0.10, 0.40  # dollars a month
SQS_PRICE = 0.40 / 1_000_000
POLLS_PER_MONTH = 5 * 3 * 60 * 730  # Lambda keeps five pollers for each queue, and each waits 20 seconds
SWEEPS = 0.05  # scheduler, Lambda, reads of the empty index and log lines of a sweep every five minutes
TARGET = 2.00


class Metric(NamedTuple):
    namespace: str
    name: str
    dimensions: dict[str, str]


def dashboard() -> tuple[dict[str, Any], str]:
    """The body as JSON, with `${…}` as they are, and the text that Monitoring=full adds to the alarms."""
    body, variables = template()["Resources"]["FeedbackDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    condition, further, nothing = variables["FurtherAlarms"]["Fn::If"]
    assert (condition, nothing) == ("FullMonitoring", "")
    text = "".join(each["Fn::Sub"] for each in further["Fn::Join"][1])
    full: dict[str, Any] = json.loads(body.replace("${FurtherAlarms}", text))
    assert json.loads(body.replace("${FurtherAlarms}", "")).keys() == full.keys()
    return full, text


def widgets(kind: str) -> list[dict[str, Any]]:
    return [widget["properties"] for widget in dashboard()[0]["widgets"] if widget["type"] == kind]


def named(value: Any) -> str:
    """What a dimension refers to: the same text for `!Ref X` and `${X}`, for `!GetAtt X.Y` and `${X.Y}`."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(text)} | str(text):
            return text
        case unknown:
            pytest.fail(f"a value of an unknown form: {unknown}")


def of_alarms() -> Iterator[Metric]:
    for alarm in (alarm["Properties"] for alarm in ALARMS.values()):
        dimensions = {found["Name"]: named(found["Value"]) for found in alarm.get("Dimensions", [])}
        yield Metric(named(alarm["Namespace"]), alarm["MetricName"], dimensions)


def of_dashboard() -> Iterator[Metric]:
    for namespace, name, *rest in (metric for widget in widgets("metric") for metric in widget["metrics"]):
        pairs = [part for part in rest if isinstance(part, str)]
        yield Metric(namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True)))


@pytest.mark.parametrize("metric", [*of_alarms(), *of_dashboard()], ids=str)
def test_every_metric_exists_with_its_dimensions(metric: Metric) -> None:
    if metric.namespace == OWN_NAMESPACE:
        written = [one for found in FILTERS.values() for one in found["Properties"]["MetricTransformations"]]
        assert metric.name in {one["MetricName"] for one in written}
        assert {named(one["MetricNamespace"]) for one in written} == {OWN_NAMESPACE}
        assert not metric.dimensions
        return
    assert tuple(metric.dimensions) in DOCUMENTED[metric.namespace][metric.name]
    for dimension, value in metric.dimensions.items():
        if dimension == "GlobalSecondaryIndexName":
            indexes = template()["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
            assert value in {index["IndexName"] for index in indexes}
        else:
            [name, attribute] = re.findall(r"^\$\{(\w+)(\.QueueName)?}$", value)[0]
            assert template()["Resources"][name]["Type"] == KINDS[dimension]
            assert bool(attribute) == (dimension == "QueueName")


# Runbook


def entries() -> dict[str, str]:
    """The runbook's entries by the alarms' names."""
    found = re.split(r"^### (\w+Alarm)$", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_every_alarm_has_an_entry_and_every_entry_an_alarm() -> None:
    assert entries().keys() == ALARMS.keys()
    assert len(re.findall(r"^### ", RUNBOOK, re.MULTILINE)) == len(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_points_to_its_entry(name: str) -> None:
    description = ALARMS[name]["Properties"]["AlarmDescription"]
    assert description.endswith(f" See docs/runbook.md#{name.lower()}")
    assert len(description) <= 1024


@pytest.mark.parametrize("name", ALARMS)
def test_an_entry_says_what_to_look_at_and_how_to_prove_that_nothing_is_lost(name: str) -> None:
    entry = entries()[name]
    for part in ("**Meaning.**", "**Look at first.**", "**Then.**", "**Nothing lost?**"):
        assert entry.count(part) == 1, part
    assert "```sh" in entry or "```\n" in entry, "a command or query that can be pasted"


def test_the_runbook_says_which_alarms_are_always_there() -> None:
    always, _, only_full = RUNBOOK.partition("## Only with `Monitoring=full`")
    assert only_full
    for name, alarm in ALARMS.items():
        section = only_full if "Condition" in alarm else always
        assert f"\n### {name}\n" in section, name
        assert alarm.get("Condition", "FullMonitoring") == "FullMonitoring"


def test_the_commands_of_the_runbook_are_a_shell_program_and_their_queries_are_jmespath() -> None:
    blocks = re.findall(r"^```sh\n(.+?)^```$", RUNBOOK, re.MULTILINE | re.DOTALL)
    checked = subprocess.run(["bash", "-n"], input="".join(blocks), capture_output=True, text=True, check=False)  # noqa: S607
    assert checked.stderr == ""
    queries = re.findall(r"--query (?:\"([^\"]+)\"|([A-Za-z]\S*))", "".join(blocks))
    commands = re.findall(r"^mid-job-feedback [a-z].+$", "".join(blocks), re.MULTILINE)
    assert len(queries) + len(commands) > len(ALARMS)
    for quoted, bare in queries:
        jmespath.compile(quoted or bare)


def test_the_function_for_queries_prints_a_line_for_each_result() -> None:
    [expression] = re.findall(r"get-query-results .*--query \"([^\"]+)\"", RUNBOOK)
    results = [[{"field": "calls", "value": "2"}, {"field": "route", "value": "GET /app"}], []]
    assert jmespath.search(expression, {"results": results}) == [["calls=2 route=GET /app"], [""]]


# Dashboard


def test_widgets_have_the_documented_properties_and_do_not_overlap() -> None:
    body, _ = dashboard()
    assert body.keys() == {"start", "widgets"}
    for widget in body["widgets"]:
        kind, properties = widget["type"], widget["properties"]
        assert properties.keys() == WIDGET_PROPERTIES[kind]
        assert kind not in VIEWS or properties["view"] in VIEWS[kind]
        assert properties.get("region", "${AWS::Region}") == "${AWS::Region}"
        assert widget["x"] + widget["width"] <= GRID_COLUMNS
    for one, other in combinations(body["widgets"], 2):
        apart = (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        )
        assert apart, (one["properties"], other["properties"])


def test_the_dashboard_shows_every_alarm() -> None:
    [widget] = widgets("alarm")
    assert sorted(widget["alarms"]) == sorted(f"${{{name}.Arn}}" for name in ALARMS)
    _, only_full = dashboard()
    shown = set(re.findall(r"\$\{(\w+)\.Arn}", only_full))
    assert shown == {name for name, alarm in ALARMS.items() if "Condition" in alarm}


def test_the_dashboard_shows_the_age_of_every_queue_and_of_the_stream_at_each_reader() -> None:
    shown = {(metric.name, *metric.dimensions.values()) for metric in of_dashboard()}
    queues = {("ApproximateAgeOfOldestMessage", f"${{{name}.QueueName}}") for name in resources("AWS::SQS::Queue")}
    readers = {
        ("IteratorAge", f"${{{name}}}")
        for name, function in resources("AWS::Serverless::Function").items()
        if any(event["Type"] == "DynamoDB" for event in function["Properties"].get("Events", {}).values())
    }
    assert len(queues) == 7
    assert len(readers) == 2
    assert queues | readers <= shown


def test_the_dashboard_shows_what_every_function_costs() -> None:
    shown = {metric.dimensions["FunctionName"] for metric in of_dashboard() if metric.name == "Duration"}
    assert shown == {f"${{{name}}}" for name in resources("AWS::Serverless::Function")}


# Cost


def test_the_dashboard_is_one_that_an_account_gets_free_and_reads_no_metric_that_costs() -> None:
    metrics = list(of_dashboard())
    assert len(metrics) <= METRICS_OF_A_FREE_DASHBOARD
    assert OWN_NAMESPACE not in {metric.namespace for metric in metrics}


def test_standing_still_costs_at_most_two_dollars_a_month() -> None:
    """Before all free tiers except that of dashboards. Metrics of our own exist only while something happens."""
    always = [name for name, alarm in ALARMS.items() if "Condition" not in alarm]
    cost = (
        len(always) * ALARM_PRICE
        + len(resources("AWS::SecretsManager::Secret")) * SECRET_PRICE
        + len(events("SQS")) * POLLS_PER_MONTH * SQS_PRICE
        + SWEEPS
    )
    assert cost <= TARGET
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_DISABLED"] == {"Fn::If": ["FullMonitoring", "false", "true"]}
    assert template()["Parameters"]["Monitoring"]["Default"] == "essential"
    defaults = [one for found in FILTERS.values() for one in found["Properties"]["MetricTransformations"]]
    assert not [one for one in defaults if "DefaultValue" in one]  # would be published every minute
    for found in FILTERS.values():
        silent = found["Properties"]["LogGroupName"] == {"Ref": "FunctionsLogGroup"}
        assert silent or found["Condition"] == "FullMonitoring"


def test_an_alarm_needs_one_metric() -> None:
    """An alarm on an expression is charged for each metric in it, and the local cloud cannot create it."""
    assert not [name for name, alarm in ALARMS.items() if "Metrics" in alarm["Properties"]]


# Alarms of failing work


def test_a_record_that_keeps_failing_fails_in_every_period_of_the_alarm() -> None:
    alarm = ALARMS["FailuresAlarm"]["Properties"]
    retried = [
        queue["Properties"]["VisibilityTimeout"]
        for queue in resources("AWS::SQS::Queue").values()
        if "VisibilityTimeout" in queue["Properties"]
    ]
    assert len(retried) == 3
    assert max(retried) < alarm["Period"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] < 20 * 60


def test_the_filter_of_table_throttles_looks_for_causes_and_dependencies_that_exist() -> None:
    pattern = FILTERS["TableThrottles"]["Properties"]["FilterPattern"]
    assert re.findall(r'\$\.cause = "(\w+)"', pattern) == [Cause.THROTTLED]
    assert set(re.findall(r'\$\.dependency = "(\w+)"', pattern)) == {
        Dependency.TABLE,
        Dependency.IDEMPOTENCY_TABLE,
    }


def test_only_the_schedule_and_the_sweep_itself_invoke_expire_asynchronously() -> None:
    """So the alarm can count asynchronous events to learn that the schedule has started sweeps."""
    alarm = ALARMS["SweepMissedAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["TreatMissingData"]) == ("AsyncEventsReceived", "breaching")
    events = template()["Resources"]["ExpireFunction"]["Properties"]["Events"].values()
    assert [event["Type"] for event in events if event["Type"] not in {"HttpApi", "DynamoDB", "SQS"}] == [
        "ScheduleV2"
    ]


# Parameters


def test_alarms_are_sent_to_an_address_only_if_one_is_given() -> None:
    [subscription] = resources("AWS::SNS::Subscription").values()
    assert subscription["Condition"] == "SendAlarms"
    assert template()["Conditions"]["SendAlarms"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]}
    assert subscription["Properties"] == {
        "TopicArn": {"Ref": "AlarmTopic"},
        "Protocol": "email",
        "Endpoint": {"Ref": "AlarmEmail"},
    }


def test_every_stack_has_a_metrics_namespace_of_its_own() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == {"Fn::Sub": OWN_NAMESPACE}
