"""The queries of the dashboard and of the documents name fields and messages that the logs have."""

import json
import re
from collections import defaultdict
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ReadTimeoutError

from mid_job_feedback.domain.refusals import Unavailable
from tests import email_events, lambda_runtime
from tests.builders import DAY, RATINGS
from tests.component import table_stream
from tests.component.log_lines import LogOutput
from tests.component.marketplace import Marketplace
from tests.contract_queue import deliver
from tests.sdk_interceptor import SdkInterceptor
from tests.template import ROOT, resources, template

# Lambda's own lines: "Telemetry API event schema", `platform.report`; and an exception that a handler raised.
OF_LAMBDA = {
    "type",
    "record.status",
    "errorType",
    "level",
    "message",
}
OF_LOGS_INSIGHTS = {"@timestamp", "@logStream", "@message"}
LANGUAGE = {
    *("fields", "filter", "limit", "parse", "sort", "stats"),
    *("coalesce", "count", "count_distinct", "floor", "ispresent", "max", "pct", "strcontains", "sum"),
    *("and", "as", "asc", "bin", "by", "desc", "in", "like", "not", "or"),
}
OUR_MESSAGE = re.compile(r'"([\w -]+ (?:accepted|refused|failed|replayed|dead-lettered))"')


class Query(NamedTuple):
    place: str
    group: str
    text: str


def of_dashboard() -> list[Query]:
    body = template()["Resources"]["FeedbackDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    found = [
        w["properties"] for w in json.loads(body.replace("${FurtherAlarms}", ""))["widgets"] if w["type"] == "log"
    ]
    return [
        Query(widget["title"], " ".join(re.findall(r"SOURCE '\$\{(\w+)}'", widget["query"])), in_groups[2])
        for widget in found
        if (in_groups := re.fullmatch(r"((?:SOURCE '\S+' \| )+)(.+)", widget["query"]))
    ]


def of_documents() -> list[Query]:
    runbook, operations = ((ROOT / f"docs/{name}.md").read_text() for name in ("runbook", "operations"))
    found = [
        Query("docs/runbook.md", group or "FunctionsLogGroup", re.sub(r"'\"\$.+?\"'", "name", text))
        for text, group in re.findall(r"^ *ask '(.+?)'(?: (\w+LogGroup))?$", runbook, re.MULTILINE)
    ]
    inline = re.findall(r"`(filter .+?)`", operations)
    blocks = [
        Query(f"docs/{name}.md", "FunctionsLogGroup", text)
        for name in ("operations", "funnel")
        for text in re.findall(
            r"^```\n(fields .+?)^```$", (ROOT / f"docs/{name}.md").read_text(), re.MULTILINE | re.DOTALL
        )
    ]
    return found + blocks + [Query("docs/operations.md", "FunctionsLogGroup", text) for text in inline]


QUERIES = [*of_dashboard(), *of_documents()]


def fields(query: str) -> set[str]:
    """The fields that a query reads, without those that it makes."""
    made = set(re.findall(r"\bas (\w+)", query))
    for names in re.findall(r'parse @?\w+ "[^"]*" as ([\w, ]+)', query):
        made |= set(re.split(r", ?", names.strip()))
    bare = re.sub(r'"[^"]*"|(?<=like )/[^/]+/|(?<![.\w])\d+[hmd]?\b', " ", query)
    words = set(re.findall(r"@?[A-Za-z_][\w.]*", bare))
    return words - made - LANGUAGE


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """As Logs Insights names the fields of a JSON line: `reasons.0`."""
    match value:
        case dict():
            parts = value.items()
        case list():
            parts = dict(enumerate(value)).items()
        case _:
            return {path: value}
    return {
        name: leaf
        for key, part in parts
        for name, leaf in flat(part, f"{path}.{key}" if path else str(key)).items()
    }


@pytest.fixture
def logged(marketplace: Marketplace, sdk: SdkInterceptor, log_output: LogOutput) -> dict[str, set[str]]:
    """The fields of the lines with each message, after a story in which everything that is queried happens."""
    marketplace.publish_event("payment-made", contract_id="c-1")
    marketplace.start_contract("c-2")
    marketplace.submit_feedback("c-2")  # not eligible
    marketplace.start_eligible_contract("c-3")
    marketplace.request_feedback()
    marketplace.open_link(marketplace.link_token())
    sdk.raise_error("SendEmail", ReadTimeoutError(endpoint_url="https://example.com"))
    table_stream.deliver("notify", marketplace.stream.new_records())
    sdk.restore()
    link = marketplace.link_token()
    key = {"idempotency-key": "k-1"}
    for _ in range(2):
        marketplace.submit_by_link(link, body={"ratings": RATINGS}, headers=key)
    marketplace.request_feedback("c-3")
    marketplace.process_stream()
    sdk.respond_with_error("Query", "ProvisionedThroughputExceededException")
    marketplace.feedback_tab()
    with pytest.raises(Unavailable):
        marketplace.sweep()
    with pytest.raises(Unavailable):
        lambda_runtime.invoke("privacy", lambda_runtime.event("privacy-export"))
    sdk.respond_with_error("PutItem", "ThrottlingException")
    email_events.deliver(email_events.event("bounced", about=email_events.some_tags()))
    sdk.restore()
    email_events.deliver(email_events.event("delivered", about=email_events.some_tags()))
    for command in ("export", "erasure"):
        lambda_runtime.invoke("privacy", lambda_runtime.event(f"privacy-{command}"))
    marketplace.wait(14 * DAY)
    marketplace.sweep()
    marketplace.process_stream()
    deliver("{")
    email_events.deliver("{")
    lines: defaultdict[str, set[str]] = defaultdict(set)
    for line in (json.loads(text) for text in log_output().splitlines()):
        if "_aws" not in line:
            lines[line["message"]] |= flat(line).keys()
    return dict(lines)


def test_every_query_reads_fields_that_the_lines_have(logged: dict[str, set[str]]) -> None:
    access_log = json.loads(template()["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]).keys()
    ours = set().union(*logged.values())
    assert len(QUERIES) > 40
    for query in QUERIES:
        messages = set(OUR_MESSAGE.findall(query.text))
        assert messages <= logged.keys(), query
        if query.group == "ApiLogGroup":
            known = set(access_log)
        elif query.group == "FunctionsLogGroup ApiLogGroup":
            known = ours | access_log
        elif "platform.report" in query.text:
            known = OF_LAMBDA | {"function_name"}
        else:
            known = set().union(*(logged[message] for message in messages)) if messages else ours
        assert fields(query.text) <= known | OF_LOGS_INSIGHTS, query


def test_every_metric_filter_reads_fields_that_the_lines_have(logged: dict[str, set[str]]) -> None:
    access_log = json.loads(template()["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"]).keys()
    known = {"FunctionsLogGroup": OF_LAMBDA | set().union(*logged.values()), "ApiLogGroup": set(access_log)}
    filters = resources("AWS::Logs::MetricFilter").values()
    assert len(filters) == 6
    for found in (each["Properties"] for each in filters):
        assert set(re.findall(r"\$\.([\w.]+)", found["FilterPattern"])) <= known[found["LogGroupName"]["Ref"]]
        assert set(OUR_MESSAGE.findall(found["FilterPattern"])) <= logged.keys()


def test_an_answer_says_which_request_it_answers_and_after_how_long(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    request_id = marketplace.request_feedback().body["request_id"]
    marketplace.wait(DAY)
    log_output()
    marketplace.submit_feedback()
    line = json.loads(log_output().splitlines()[0])
    assert (line["message"], line["request_id"]) == ("submit accepted", request_id)
    assert line["seconds_to_answer"] == DAY.total_seconds()


def test_unprompted_feedback_answers_no_request(marketplace: Marketplace, log_output: LogOutput) -> None:
    marketplace.request_feedback()
    marketplace.wait(14 * DAY)  # the request expires, and its row is still there
    marketplace.pay("c-1", marketplace.clock.now() - DAY)
    log_output()
    marketplace.submit_feedback()
    line = json.loads(log_output().splitlines()[0])
    assert line["message"] == "submit accepted"
    assert not {"request_id", "seconds_to_answer"} & line.keys()


def test_a_sweep_says_how_long_the_longest_overdue_request_was_due(
    marketplace: Marketplace, log_output: LogOutput
) -> None:
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback()
    marketplace.wait(DAY)
    marketplace.request_feedback("c-2")
    marketplace.wait(14 * DAY)
    log_output()
    assert [marketplace.sweep(), marketplace.sweep()] == [2, 0]
    lines = [json.loads(line) for line in log_output().splitlines()]
    lags = [line["lag_seconds"] for line in lines if line.get("message") == "expire accepted"]
    assert lags == [8 * DAY.total_seconds(), 0]  # since the first reminder was due, a week before the deadline
