"""House rules of template.yaml, beyond what cfn-lint knows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mid_job_feedback.domain.contract_events import DETAIL_TYPES
from mid_job_feedback.domain.models import Policy
from mid_job_feedback.domain.refusals import Cause
from mid_job_feedback.domain.views import PublicFeedbackView
from mid_job_feedback.http import static_files
from mid_job_feedback.settings import DeliverySettings, IngestSettings, NotifySettings, Settings, StreamSettings
from tests.template import events, resources, routes, template

FUNCTIONS = resources("AWS::Serverless::Function")
QUEUES = resources("AWS::SQS::Queue")
ALARMS = resources("AWS::CloudWatch::Alarm")
LOG_GROUPS = resources("AWS::Logs::LogGroup")
ASYNCHRONOUS = {"Schedule", "ScheduleV2", "SNS", "S3", "EventBridgeRule", "CloudWatchEvent"}
STREAMS = {"DynamoDB", "Kinesis"}


def events_of(function: dict[str, Any]) -> list[dict[str, Any]]:
    return list(function["Properties"].get("Events", {}).values())


def statements(function: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in function["Properties"].get("Policies", []):
        yield from policy["Statement"]


def watched() -> list[Any]:
    """What the alarms watch: the values of their first dimensions."""
    dimensions = [alarm["Properties"].get("Dimensions") for alarm in ALARMS.values()]
    return [found[0]["Value"] for found in dimensions if found]


def test_all_functions_log_json_to_the_same_group() -> None:
    config = template()["Globals"]["Function"]["LoggingConfig"]
    assert (config["LogFormat"], config["LogGroup"]) == ("JSON", {"Ref": "FunctionsLogGroup"})
    assert not [name for name, function in FUNCTIONS.items() if "LoggingConfig" in function["Properties"]]


@pytest.mark.parametrize("name", LOG_GROUPS)
def test_every_log_group_keeps_its_lines_for_30_days_and_is_an_output(name: str) -> None:
    assert LOG_GROUPS[name]["Properties"]["RetentionInDays"] == 30
    assert template()["Outputs"][name]["Value"] == {"Ref": name}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_an_alarm(name: str) -> None:
    assert {"Ref": name} in watched()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_asynchronous_source_has_a_failure_destination(name: str) -> None:
    function = FUNCTIONS[name]
    for event in events_of(function):
        properties = event["Properties"]
        if event["Type"] in ASYNCHRONOUS:
            assert function["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"]
            dead_letters = properties.get("DeadLetterConfig") or properties["RedrivePolicy"]  # the latter of SNS
            assert all(dead_letters.values())
        if event["Type"] in STREAMS:
            on_failure = properties["DestinationConfig"]["OnFailure"]
            assert on_failure["Destination"]
            assert on_failure["Type"] == "SQS"  # without it, SAM gives the role no right to send there
            assert properties["MaximumRetryAttempts"] <= 10
            assert properties["BisectBatchOnFunctionError"] is True
        if event["Type"] in STREAMS | {"SQS"}:
            assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_contract_event_is_retried_for_hours_before_it_is_a_dead_letter() -> None:
    queue = QUEUES["ContractEventsQueue"]["Properties"]
    timeout = FUNCTIONS["IngestFunction"]["Properties"]["Timeout"]
    assert queue["VisibilityTimeout"] == 6 * timeout
    hours = queue["RedrivePolicy"]["maxReceiveCount"] * queue["VisibilityTimeout"] / 3600
    assert 4 <= hours < queue["MessageRetentionPeriod"] / 3600


def test_a_notification_is_retried_for_three_days_before_it_goes_to_the_failure_queue() -> None:
    """SES's daily quota covers the last 24 hours, and on a weekend nobody may ask for more."""
    queue = QUEUES["NotifyRetryQueue"]["Properties"]
    tries = queue["RedrivePolicy"]["maxReceiveCount"]
    assert tries <= 1000  # what SQS accepts
    assert tries * queue["VisibilityTimeout"] == 3 * 24 * 3600


def test_an_alarm_says_that_ses_sends_nothing_for_the_account_as_long_as_that_is_so() -> None:
    counting = resources("AWS::Logs::MetricFilter")["EmailsHeldBack"]["Properties"]
    assert counting["LogGroupName"] == {"Ref": "FunctionsLogGroup"}
    causes = " || ".join(f'$.cause = "{cause}"' for cause in (Cause.DAILY_QUOTA, Cause.SENDING_PAUSED))
    assert counting["FilterPattern"] == f'{{ $.message = "record failed" && ({causes}) }}'
    [counted] = counting["MetricTransformations"]
    alarm = ALARMS["EmailsHeldBackAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (counted["MetricNamespace"], counted["MetricName"])
    assert (alarm["Statistic"], alarm["Threshold"], alarm["EvaluationPeriods"]) == ("Sum", 1, 1)
    assert alarm["Period"] >= 2 * QUEUES["NotifyRetryQueue"]["Properties"]["VisibilityTimeout"]


def test_no_queue_can_take_the_concurrency_of_the_account() -> None:
    assert len(events("SQS")) == 3
    for event in events("SQS"):
        assert event["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "QueueConcurrency"}}
    given = template()["Parameters"]["QueueConcurrency"]
    assert (given["MinValue"], given["MaxValue"]) == (2, 1000)  # what Lambda accepts


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_is_encrypted_and_kept_14_days(name: str) -> None:
    assert QUEUES[name]["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert QUEUES[name]["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("name", QUEUES)
def test_every_queue_has_an_alarm(name: str) -> None:
    """Retry queues are noticed by the failures of what is in them: the age that SQS reports ignores messages that
    were received more than three times."""
    retried = name.endswith("RetryQueue")
    assert retried != ({"Fn::GetAtt": [name, "QueueName"]} in watched())


def test_only_contract_events_of_the_source_reach_the_queue() -> None:
    """A shared bus carries others, too. They must not wait in the dead-letter queue and keep its alarm raised."""
    rule = template()["Resources"]["ContractEventsRule"]["Properties"]
    assert rule["EventPattern"] == {"source": [{"Ref": "EventSource"}], "detail-type": [*DETAIL_TYPES]}
    assert template()["Parameters"]["EventSource"]["Default"] == "marketplace.contracts"


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        ("EventSource", ("marketplace.contracts", "com.example/contracts_2"), ("", "aws.s3", "a b", "x" * 257)),
        ("JwtUserClaim", ("sub", "custom:id", "https://www.example.com/user_id"), ("", "user id", "x" * 129)),
    ],
)
def test_a_source_and_a_claim_are_names(
    parameter: str, accepted: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    pattern = template()["Parameters"][parameter]["AllowedPattern"]
    assert all(re.fullmatch(pattern, name) for name in accepted)
    assert not any(re.fullmatch(pattern, name) for name in refused)


def test_head_is_routed_wherever_get_is() -> None:
    of_get, of_head = (
        {path: found.get("Auth") for (method, path), found in routes().items() if method == wanted}
        for wanted in ("GET", "HEAD")
    )
    assert of_get
    assert of_get == of_head


def test_emails_can_be_sent_from_one_address_only() -> None:
    [mailing] = [s for s in statements(FUNCTIONS["NotifyFunction"]) if s["Action"] == "ses:SendEmail"]
    assert mailing["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "SenderEmail"}}}


def test_an_alarm_watches_the_5xx_responses_of_the_api() -> None:
    alarm = ALARMS["ApiErrorsAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/ApiGateway", "5xx")
    assert alarm["Dimensions"] == [{"Name": "ApiId", "Value": {"Ref": "HttpApi"}}]


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_notifies_the_alarm_topic(name: str) -> None:
    assert ALARMS[name]["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_the_public_index_holds_only_public_attributes() -> None:
    indexes = template()["Resources"]["Table"]["Properties"]["GlobalSecondaryIndexes"]
    history = next(index for index in indexes if index["IndexName"] == "work_history")
    assert history["Projection"]["ProjectionType"] == "INCLUDE"
    public = set(history["Projection"]["NonKeyAttributes"])
    assert not [name for name in public if "client" in name or "email" in name or "request" in name]
    assert "last_payment_at" not in public
    computed = {"counts_towards_job_success_score"}
    assert public >= PublicFeedbackView.model_fields.keys() - computed


def test_the_table_survives_its_stack_and_is_encrypted_and_restorable() -> None:
    table = template()["Resources"]["Table"]
    assert table["DeletionPolicy"] == "Retain"
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


def test_pages_of_other_origins_can_read_the_reference_and_the_time_of_their_calls() -> None:
    _, cors, _ = template()["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"]["Fn::If"]
    assert cors["ExposeHeaders"] == ["location", "retry-after", "apigw-requestid", "date"]


def test_a_new_stack_needs_a_sender_and_its_rollout_includes_nobody() -> None:
    parameters = template()["Parameters"]
    assert "Default" not in parameters["SenderEmail"]
    assert parameters["RequestRolloutPercent"]["Default"] == 0
    assert parameters["SelectedFreelancers"]["Default"] == ""


DURATIONS = [name.title().replace("_", "") for name in Policy.model_fields]


@pytest.mark.parametrize("duration", ["P30D", "PT4S", "P1DT12H", "PT0S", "P0D", "PT1H30M"])
def test_a_duration_that_the_template_accepts_is_valid_for_the_code(duration: str) -> None:
    for name in DURATIONS:
        assert re.fullmatch(template()["Parameters"][name]["AllowedPattern"], duration), name
    Policy.model_validate(dict.fromkeys(Policy.model_fields, duration))


@pytest.mark.parametrize("duration", ["", "P", "PT", "30D", "P1M", "P1Y", "P1W", "-P1D", "P1DT", "30"])
def test_the_template_refuses_an_invalid_duration(duration: str) -> None:
    for name in DURATIONS:
        is_optional = name == "ReminderBefore" and duration == ""
        matches = re.fullmatch(template()["Parameters"][name]["AllowedPattern"], duration) is not None
        assert matches is is_optional, name


@pytest.mark.parametrize("listed", ["P7D,P2D", "P7D,PT12H,PT0S", "P1DT12H,P1D", "P1D" + ",P1D" * 4])
def test_several_reminders_can_be_chosen(listed: str) -> None:
    assert re.fullmatch(template()["Parameters"]["ReminderBefore"]["AllowedPattern"], listed)


@pytest.mark.parametrize(
    "listed", [",", "P7D,", ",P7D", "P7D;P2D", "P7D,,P2D", "P7D,2D", "P7D,P1W", "P7D,P,P2D", "P1D" + ",P1D" * 5]
)
def test_a_malformed_list_of_reminders_is_refused(listed: str) -> None:
    assert not re.fullmatch(template()["Parameters"]["ReminderBefore"]["AllowedPattern"], listed)


@pytest.mark.parametrize(
    ("parameter", "placeholder"), [("ContractUrl", "contract_id"), ("SignInUrl", "return_url")]
)
def test_a_url_of_the_marketplace_has_its_placeholder_behind_the_host(parameter: str, placeholder: str) -> None:
    described = template()["Parameters"][parameter]
    assert described["Default"] == ""
    pattern = described["AllowedPattern"]
    for url in (
        "",
        f"https://www.example.com/x/{{{placeholder}}}",
        f"https://www.example.com/x?to={{{placeholder}}}&y=1",
        f"https://www.example.com/#/x/{{{placeholder}}}/feedback",
        f"http://localhost:3000/x/{{{placeholder}}}",
    ):
        assert re.fullmatch(pattern, url), url
    for url in (
        "https://www.example.com/x",
        "https://www.example.com/x/{other}",
        f"http://www.example.com/{{{placeholder}}}",
        f"http://localhost.example.com/{{{placeholder}}}",
        f"https://{{{placeholder}}}.example.com/",
        f"javascript:alert({{{placeholder}}})",
        f"/x/{{{placeholder}}}",
        f"https://www.example.com/a b/{{{placeholder}}}",
        f"https:///{{{placeholder}}}",
    ):
        assert not re.fullmatch(pattern, url), url


def test_each_function_gets_the_settings_that_the_code_reads_and_no_others() -> None:
    everywhere = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    needed = {name.upper() for name in (*Settings.model_fields, *Policy.model_fields)} - {"POLICY"}
    assert everywhere == needed | {
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
        "POWERTOOLS_METRICS_DISABLED",
        "SETTINGS_VERSION",
    }
    for name, models in (
        ("NotifyFunction", (NotifySettings, StreamSettings)),
        ("ExpireFunction", (StreamSettings,)),
        ("IngestFunction", (IngestSettings,)),
        ("DeliveryFunction", (DeliverySettings,)),
    ):
        own = set(FUNCTIONS[name]["Properties"]["Environment"]["Variables"])
        assert own == {field.upper() for model in models for field in model.model_fields}
    own = set(FUNCTIONS["WebFunction"]["Properties"]["Environment"]["Variables"])
    assert own == set(static_files.SETTINGS.values())


def test_only_the_public_routes_need_no_token() -> None:
    without_token = {
        (found.get("Method"), found.get("Path"))
        for found in events("HttpApi")
        if found.get("Auth") == {"Authorizer": "NONE"}
    }
    pages = {route for route in without_token if str(route[1]).startswith("/app/")}
    assert without_token - pages == {
        ("GET", "/freelancers/{freelancer_id}/work-history"),
        ("HEAD", "/freelancers/{freelancer_id}/work-history"),
        ("GET", "/freelancers/{freelancer_id}/feedback-summary"),
        ("HEAD", "/freelancers/{freelancer_id}/feedback-summary"),
        ("GET", "/feedback-links/{token}"),
        ("HEAD", "/feedback-links/{token}"),
        ("POST", "/feedback-links/{token}"),
        ("PUT", "/feedback-links/{token}"),
        ("POST", "/feedback-links/{token}/decline"),
        ("GET", "/email-preferences/{token}"),
        ("HEAD", "/email-preferences/{token}"),
        ("POST", "/email-preferences/{token}"),
        (None, None),  # any other route: a 404
    }
    assert template()["Resources"]["HttpApi"]["Properties"]["Auth"]["DefaultAuthorizer"] == "Jwt"


def test_only_iam_callers_can_start_a_sweep_or_moderate() -> None:
    by_iam = {
        (found["Method"], found["Path"])
        for found in events("HttpApi")
        if found.get("Auth") == {"Authorizer": "AWS_IAM"}
    }
    moderation = ("PUT", "/contracts/{contract_id}/feedback/{feedback_id}/moderation")
    assert by_iam == {("POST", "/expirations"), ("GET", "/reports"), ("HEAD", "/reports"), moderation}
