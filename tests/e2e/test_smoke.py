"""`smoke` passes a stack that is deployed as it should be, and finds what can go wrong in a deployment."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import jwt
import pytest
from click.testing import Result
from typer.testing import CliRunner

from cli import stacks
from cli.__main__ import app
from cli.smoke import alarms, check, routes, versions
from tests import template
from tests.e2e.deployed_service import DeployedService
from tests.e2e.iam_policies import event_sources_paused
from tests.e2e.live_versions import released


@pytest.fixture
def api(service: DeployedService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.stack.api_url, timeout=120, trust_env=False) as found:
        yield found


def wrong(api: httpx.Client) -> dict[str, str]:
    """What was found, by the check that did not pass."""
    return {found.what: found.found for found in routes.checks(api) if not found.passed}


@contextmanager
def changed(service: DeployedService, route: str, **change: Any) -> Iterator[None]:
    """Changes a route of the deployed API, and changes it back."""
    gateway = service.stack.client("apigatewayv2")
    [api_id] = {found["ApiId"] for found in gateway.get_apis()["Items"]}
    [found] = [found for found in gateway.get_routes(ApiId=api_id)["Items"] if found["RouteKey"] == route]
    known = {"RouteKey", "AuthorizationType", "AuthorizerId"} & found.keys()
    place = {"ApiId": api_id, "RouteId": found["RouteId"]}
    gateway.update_route(**place, **change)
    try:
        yield
    finally:
        gateway.update_route(**place, **{name: found[name] for name in known})


def test_a_stack_that_is_deployed_as_it_should_be_passes(api: httpx.Client) -> None:
    assert wrong(api) == {}


@pytest.mark.parametrize("route", ["GET /contracts/{contract_id}/feedback", "POST /expirations"])
def test_it_finds_a_route_that_asks_for_no_sign_in(
    service: DeployedService, api: httpx.Client, route: str
) -> None:
    with changed(service, route, AuthorizationType="NONE"):
        assert wrong(api).keys() == {route}


@pytest.mark.parametrize(
    ("route", "found"),
    [
        ("POST /contracts/{contract_id}/feedback-requests", "404 not_found"),
        ("GET /freelancers/{freelancer_id}/work-history", "404 not_found"),
        ("POST /feedback-links/{token}", "404 not_found"),
    ],
)
def test_it_finds_a_route_that_is_not_there(
    service: DeployedService, api: httpx.Client, route: str, found: str
) -> None:
    """Calls then reach the route that answers unknown addresses."""
    with changed(service, route, RouteKey="POST /elsewhere"):
        assert wrong(api) == {route: found}


def test_it_finds_pages_that_are_not_there(service: DeployedService, api: httpx.Client) -> None:
    with changed(service, "GET /app/{proxy+}", RouteKey="GET /elsewhere/{proxy+}"):
        assert wrong(api).keys() >= {f"GET /app/{page}" for page in (*routes.PAGES, *routes.ABOUT_THE_API)}


def test_it_finds_a_function_whose_last_deployment_is_not_live(service: DeployedService) -> None:
    """For example, somebody moved the alias back by hand, or changed the function without a deployment."""
    functions, name = service.stack.client("lambda"), service.stack.function_names["list"]

    def found() -> str:
        [found] = versions.checks(functions, {"ListFunctionName": name})
        return found.found

    assert found() == "yes"
    with released(service.stack, "list", MemorySize=512):
        functions.update_function_configuration(FunctionName=name, MemorySize=768, Timeout=7)
        assert found() == "other MemorySize, Timeout"
        functions.update_function_configuration(FunctionName=name, MemorySize=512, Timeout=15)
        assert found() == "yes"
        alias = {"FunctionName": name, "Name": versions.ALIAS}
        functions.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {"1": 0.9}})
        assert found() == "calls are still moving"
        functions.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {}})
    assert found() == "yes"


def smoke(*words: str) -> Result:
    """Runs the command as a shell would."""
    return CliRunner(mix_stderr=False).invoke(app, ["smoke", *words], prog_name="mid-job-feedback")


class Said(NamedTuple):
    code: int
    found: dict[str, str]
    wrong: dict[str, str]
    alarms: str


type Run = Callable[..., Said]


@pytest.fixture
def port(service: DeployedService, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("TOKEN", raising=False)
    return str(urlsplit(service.stack.endpoint_url).port)


@pytest.fixture
def run(port: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command with a contract; returns its exit code and what it found."""
    deployed = stacks.find(stacks.Place(None, None, None, int(port)))

    def run(**changed_outputs: str) -> Said:
        changed = replace(deployed, outputs={**deployed.outputs, **changed_outputs})
        monkeypatch.setattr(stacks, "find", lambda _: changed)
        result = smoke("--event", "--port", port, "--json")
        said = json.loads(result.stdout)
        assert said["contract_played_through"]
        found = {each["what"]: each["found"] for each in said["checks"]}
        wrong = {each["what"]: each["found"] for each in said["checks"] if not each["passed"]}
        return Said(result.exit_code, found, wrong, said["alarms"])

    return run


@pytest.fixture
def _only_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves out what the other tests look at, since there is a call for each route."""
    monkeypatch.setattr(routes, "checks", lambda _: ())
    monkeypatch.setattr(versions, "checks", lambda *_: ())


def test_it_says_what_it_found_and_leaves_no_user(service: DeployedService, run: Run) -> None:
    said = run()
    assert (said.code, said.wrong) == (0, {})
    expected = {
        "every alarm notifies AlarmTopicArn": "yes",
        "a token of the issuer is accepted": "404 contract_not_found",
        "a contract event reaches the work history": "yes",
        "a contract event reaches the tab": "200",
        "its freelancer can ask for feedback": "201",
        "the request's e-mail": "accepted by SES",
    }
    assert expected.items() <= said.found.items()
    assert said.alarms == "alarms reach no subscribers of AlarmTopicArn"
    users = service.stack.client("cognito-idp").list_users(UserPoolId=service.stack.user_pool_id)["Users"]
    assert not [user for user in users if user["Username"].startswith("smoke-")]


def test_it_fails_if_something_is_wrong_and_shows_each_check(service: DeployedService, port: str) -> None:
    route = "POST /contracts/{contract_id}/feedback"
    with changed(service, route, AuthorizationType="NONE"):
        result = smoke("--port", port)
    said = " ".join(result.stdout.split())
    assert result.exit_code == 3
    assert said.count("WRONG") == 1
    assert f"WRONG {route}: 404 contract_not_found, expected 401" in said
    assert "ok every alarm notifies AlarmTopicArn: yes" in said
    assert "note no contract was played through; --event does that" in said


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_a_token_that_is_not_accepted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", jwt.encode({"sub": "ana"}, "of another issuer, which nobody knows"))
    monkeypatch.setattr(check, "TIMEOUT_SECONDS", 2)
    assert run().wrong == {
        "a token of the issuer is accepted": "401",
        "a contract event reaches the tab": "401",
        "its freelancer can ask for feedback": "401",
    }


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_an_event_that_is_not_applied(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "TIMEOUT_SECONDS", 2)
    assert run(EventBusName="default").wrong == {"a contract event reaches the work history": "not yet"}


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_an_email_that_is_not_sent(
    service: DeployedService, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "TIMEOUT_SECONDS", 4)
    with event_sources_paused(service.stack, "dynamodb"):
        said = run()
    assert said.wrong == {"the request's e-mail": "not sent yet"}


def test_it_finds_an_alarm_that_nobody_hears(service: DeployedService, port: str) -> None:
    cloudwatch = service.stack.client("cloudwatch")
    deployed = stacks.find(stacks.Place(None, None, None, int(port)))
    stack, topic = deployed.name, deployed.outputs["AlarmTopicArn"]

    def found() -> str:
        [found] = alarms.checks(service.stack.client("cloudformation"), cloudwatch, stack, topic)
        return found.found

    assert found() == "yes"
    name = cloudwatch.describe_alarms()["MetricAlarms"][0]["AlarmName"]
    cloudwatch.disable_alarm_actions(AlarmNames=[name])
    try:
        assert found() == f"not {name}"
    finally:
        cloudwatch.enable_alarm_actions(AlarmNames=[name])


def test_a_stack_is_found_by_its_name_as_on_aws(service: DeployedService, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the shell's AWS configuration. Only AWS's name for the API leads nowhere."""
    settings = {"AWS_ENDPOINT_URL": service.stack.endpoint_url, "AWS_DEFAULT_REGION": service.stack.region}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {**settings, **credentials, "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    found = stacks.find(stacks.Place(service.stack.stack_name, None, None, None))
    assert found.outputs["TableName"] == service.stack.table_name
    assert found.api_url == found.outputs["ApiUrl"]
    missing = smoke("--stack", "elsewhere")
    assert missing.exit_code == 1
    assert " ".join(missing.stderr.split()).startswith("The stack elsewhere could not be read: ")


def test_it_knows_every_route_of_the_api() -> None:
    deployed = template.routes().keys()
    pages = {route for route in deployed if route[1].startswith("/app/")}
    assert routes.expected_answers().keys() == deployed - pages | {routes.UNKNOWN}
