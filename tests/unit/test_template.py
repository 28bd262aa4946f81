"""House rules of template.yaml, beyond what cfn-lint knows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mid_job_feedback.domain.models import Policy
from mid_job_feedback.settings import IngestSettings, NotifySettings, Settings, StreamSettings
from tests.template import ROOT, resources, rollout_flags, template

FUNCTIONS = resources("AWS::Serverless::Function")
QUEUES = resources("AWS::SQS::Queue")
ALARMS = resources("AWS::CloudWatch::Alarm")
LOG_GROUPS = resources("AWS::Logs::LogGroup")
ASYNCHRONOUS = {"Schedule", "ScheduleV2", "SNS", "S3", "EventBridgeRule", "CloudWatchEvent"}
STREAMS = {"DynamoDB", "Kinesis"}
PARAMETERS = {
    "MinimumContractAge": "P30D",
    "PaymentWindow": "P30D",
    "FeedbackInterval": "P30D",
    "RequestLifetime": "P14D",
    "ExpirySchedule": "rate(5 minutes)",
    "RequestRolloutPercent": 0,
    "SelectedFreelancers": "",
    "AppBaseUrl": "",
    "JwtIssuer": "",
    "JwtAudience": "",
    "EventBusName": "",
    "Architecture": "arm64",
}


def events(function: dict[str, Any]) -> list[dict[str, Any]]:
    return list(function["Properties"].get("Events", {}).values())


def statements(function: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in function["Properties"].get("Policies", []):
        yield from policy["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_all_functions_log_json_to_the_same_group() -> None:
    group = {"Ref": "FunctionsLogGroup"}
    assert template()["Globals"]["Function"]["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": group}
    assert not [name for name, function in FUNCTIONS.items() if "LoggingConfig" in function["Properties"]]


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_every_log_group_keeps_its_lines_for_30_days_and_is_an_output(name: str) -> None:
    assert LOG_GROUPS[name]["Properties"]["RetentionInDays"] == 30
    assert template()["Outputs"][name]["Value"] == {"Ref": name}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_alarm(name: str) -> None:
    watched = [alarm["Properties"]["Dimensions"][0]["Value"] for alarm in ALARMS.values()]
    assert {"Ref": name} in watched


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_invoked_asynchronously_has_somewhere_to_fail_to(name: str) -> None:
    function = FUNCTIONS[name]
    for event in events(function):
        properties = event["Properties"]
        if event["Type"] in ASYNCHRONOUS:
            assert function["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
            assert properties["DeadLetterConfig"]["Arn"]
        if event["Type"] in STREAMS:
            on_failure = properties["DestinationConfig"]["OnFailure"]
            assert on_failure["Destination"]
            assert on_failure["Type"] == "SQS"  # without it, SAM gives the role no right to send there
            assert properties["MaximumRetryAttempts"] <= 10
            assert properties["BisectBatchOnFunctionError"] is True
        if event["Type"] in STREAMS | {"SQS"}:
            assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_queue_of_contract_events_gives_up_after_a_few_receives() -> None:
    queue = QUEUES["ContractEventsQueue"]["Properties"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    timeout = FUNCTIONS["IngestFunction"]["Properties"]["Timeout"]
    assert queue["VisibilityTimeout"] == 6 * timeout


@pytest.mark.parametrize("name", [name for name in QUEUES if name != "ContractEventsQueue"])
def test_every_failure_queue_is_kept_long_encrypted_and_watched(name: str) -> None:
    assert QUEUES[name]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert QUEUES[name]["Properties"]["SqsManagedSseEnabled"] is True
    watched = [alarm["Properties"]["Dimensions"][0]["Value"] for alarm in ALARMS.values()]
    assert {"Fn::GetAtt": [name, "QueueName"]} in watched


@pytest.mark.parametrize("name", FUNCTIONS)
def test_permissions_name_their_actions_and_resources(name: str) -> None:
    for statement in statements(FUNCTIONS[name]):
        assert statement["Sid"]
        for action in as_list(statement["Action"]):
            assert re.fullmatch(r"[a-z]+:[A-Za-z]+", action), action
        for resource in as_list(statement["Resource"]):
            assert "*" not in str(resource) or "Condition" in statement, resource


def test_mail_is_sent_from_one_address_only_to_whomever() -> None:
    [mailing] = [s for s in statements(FUNCTIONS["NotifyFunction"]) if s["Action"] == "ses:SendEmail"]
    assert mailing["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "SenderEmail"}}}


def test_no_alarm_waits_for_an_age_that_sqs_does_not_tell_of_what_is_tried_again() -> None:
    """A message received three times no longer counts as the oldest, AWS says of ApproximateAgeOfOldestMessage."""
    retried = [{"Fn::GetAtt": [name, "QueueName"]} for name in QUEUES if name.endswith("RetryQueue")]
    watched = [a["Properties"] for a in ALARMS.values() if a["Properties"]["Dimensions"][0]["Value"] in retried]
    assert len(watched) == len(retried) == 2
    assert {alarm["MetricName"] for alarm in watched} == {"ApproximateNumberOfMessagesNotVisible"}


def test_somebody_hears_of_it_when_people_get_no_answer() -> None:
    alarm = ALARMS["ApiErrorsAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "HttpApi"}}]


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_tells_the_people_on_call(name: str) -> None:
    assert ALARMS[name]["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_reading_an_index_is_not_reading_the_table(name: str) -> None:
    for statement in statements(FUNCTIONS[name]):
        resources = [str(resource) for resource in as_list(statement["Resource"])]
        assert not [resource for resource in resources if resource.endswith("index/*")]


def test_the_public_index_holds_public_attributes_only() -> None:
    indexes = template()["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
    history = next(index for index in indexes if index["IndexName"] == "work_history")
    assert history["Projection"]["ProjectionType"] == "INCLUDE"
    public = set(history["Projection"]["NonKeyAttributes"])
    assert not [name for name in public if "client" in name or "email" in name or "request" in name]
    assert "last_payment_at" not in public


def test_the_table_is_kept_encrypted_and_restorable() -> None:
    table = template()["Resources"]["Table"]
    assert table["DeletionPolicy"] == "RetainExceptOnCreate"
    assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["Properties"]["SSESpecification"] == {"SSEEnabled": True}
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_access_logs_have_the_reference_and_the_functions_request_id_but_never_the_path() -> None:
    """A path may contain a link's token."""
    written = json.loads(template()["Resources"]["HttpApi"]["Properties"]["AccessLogSettings"]["Format"])
    assert written == {
        "reference": "$context.requestId",
        "function_request_id": "$context.integration.requestId",
        "route": "$context.routeKey",
        "status": "$context.status",
        "latency_ms": "$context.responseLatency",
        "integration_error": "$context.integrationErrorMessage",
        "authorizer_error": "$context.authorizer.error",
    }


def test_pages_of_other_origins_can_read_the_reference_of_their_calls() -> None:
    _, cors, _ = template()["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"]["Fn::If"]
    assert cors["ExposeHeaders"] == ["location", "retry-after", "apigw-requestid"]


@pytest.mark.parametrize(("name", "default"), PARAMETERS.items())
def test_parameters_have_their_documented_defaults(name: str, default: object) -> None:
    assert template()["Parameters"][name]["Default"] == default


def test_the_sender_has_no_default_because_it_must_be_set() -> None:
    assert "Default" not in template()["Parameters"]["SenderEmail"]


@pytest.mark.parametrize("duration", ["P30D", "PT4S", "P1DT12H", "PT0S", "P0D", "PT1H30M"])
def test_durations_the_template_takes_are_durations_to_the_code(duration: str) -> None:
    pattern = template()["Parameters"]["RequestLifetime"]["AllowedPattern"]
    assert re.fullmatch(pattern, duration)
    Policy.model_validate(dict.fromkeys(Policy.model_fields, duration))


@pytest.mark.parametrize("duration", ["", "P", "PT", "30D", "P1M", "P1Y", "P1W", "-P1D", "P1DT", "30"])
def test_durations_that_are_none_are_refused_by_the_template(duration: str) -> None:
    assert not re.fullmatch(template()["Parameters"]["RequestLifetime"]["AllowedPattern"], duration)


def test_every_setting_the_code_needs_is_set_and_every_one_set_is_needed() -> None:
    everywhere = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    needed = {name.upper() for name in (*Settings.model_fields, *Policy.model_fields)} - {"POLICY"}
    assert everywhere == needed | {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}
    for name, models in (
        ("NotifyFunction", (NotifySettings, StreamSettings)),
        ("ExpireFunction", (StreamSettings,)),
        ("IngestFunction", (IngestSettings,)),
    ):
        own = set(FUNCTIONS[name]["Properties"]["Environment"]["Variables"])
        assert own == {field.upper() for model in models for field in model.model_fields}


@pytest.mark.parametrize("percent", [0, 35, 100])
def test_the_rollout_flag_is_well_formed_json_for_any_list(percent: int) -> None:
    rules = rollout_flags(percent, ["u-1", "u-2"])["feedback_requests"]["rules"]
    assert rules["selected freelancers"]["conditions"][0]["value"] == ["u-1", "u-2"]
    assert rules["percentage of all freelancers"]["conditions"][0]["value"] == percent


def test_only_the_public_routes_can_be_called_without_signing_in() -> None:
    open_to_all = {
        (event["Properties"].get("Method"), event["Properties"].get("Path"))
        for function in FUNCTIONS.values()
        for event in events(function)
        if event["Type"] == "HttpApi" and event["Properties"].get("Auth") == {"Authorizer": "NONE"}
    }
    pages = {route for route in open_to_all if str(route[1]).startswith("/app/")}
    assert open_to_all - pages == {
        ("GET", "/freelancers/{freelancer_id}/work-history"),
        ("GET", "/feedback-links/{token}"),
        ("POST", "/feedback-links/{token}"),
        (None, None),  # anything else: our 404
    }
    assert template()["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Jwt"


def test_the_sweep_is_for_operators() -> None:
    by_hand = FUNCTIONS["ExpireFunction"]["Properties"]["Events"]["ByHand"]["Properties"]
    assert by_hand["Auth"] == {"Authorizer": "AWS_IAM"}


def test_each_function_is_where_its_name_says() -> None:
    for name in FUNCTIONS:
        assert (ROOT / "functions" / name.removesuffix("Function").lower() / "app.py").exists()
