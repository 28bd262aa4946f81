"""`make smoke` passes a stack that is deployed as it should be, and finds what can go wrong in a deployment."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import jwt
import pytest
from typer import Exit

from local.smoke import __main__ as command
from local.smoke import alarms, check, routes, versions
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


@pytest.fixture
def shell(service: DeployedService, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The AWS configuration of whoever runs the check, for the local cloud."""
    settings = {"AWS_ENDPOINT_URL": service.stack.endpoint_url, "AWS_DEFAULT_REGION": service.stack.region}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {**settings, **credentials, "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("TOKEN", raising=False)
    return monkeypatch


type Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(service: DeployedService, shell: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command; returns its exit code and what it said."""
    deployed = command.read(service.stack.stack_name)

    def run(**changed_outputs: str) -> tuple[int, str]:
        outputs = {**deployed.outputs, "ApiUrl": service.stack.api_url, **changed_outputs}  # ApiUrl is AWS's
        shell.setattr(command, "read", lambda _: deployed._replace(outputs=outputs))
        with pytest.raises(Exit) as ended:
            command.main(service.stack.stack_name, event=True)
        return ended.value.exit_code, capsys.readouterr().out

    return run


@pytest.fixture
def _only_what_happens(shell: pytest.MonkeyPatch) -> None:
    """Leaves out what the other tests look at, since there is a call for each route."""
    shell.setattr(routes, "checks", lambda _: ())
    shell.setattr(versions, "checks", lambda *_: ())


def found_wrong(said: str) -> dict[str, str]:
    return dict(re.findall(r"^WRONG (.+?): (.+), expected", said, re.MULTILINE))


def test_it_says_what_it_found_and_leaves_no_user(service: DeployedService, run: Run) -> None:
    code, said = run()
    assert (code, found_wrong(said)) == (0, {})
    for line in (
        "ok    every alarm notifies AlarmTopicArn: yes",
        "ok    a token of the issuer is accepted: 404 contract_not_found",
        "ok    a contract event reaches the work history: yes",
        "ok    a contract event reaches the tab: 200",
        "ok    its freelancer can ask for feedback: 201",
        "ok    the request's e-mail: accepted by SES",
        "note  alarms reach no subscribers of AlarmTopicArn",
    ):
        assert line in said
    users = service.stack.client("cognito-idp").list_users(UserPoolId=service.stack.user_pool_id)["Users"]
    assert not [user for user in users if user["Username"].startswith("smoke-")]


def test_it_fails_if_something_is_wrong(service: DeployedService, run: Run) -> None:
    route = "POST /contracts/{contract_id}/feedback"
    with changed(service, route, AuthorizationType="NONE"):
        code, said = run()
    assert (code, [*found_wrong(said)]) == (1, [route])


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_a_token_that_is_not_accepted(run: Run, shell: pytest.MonkeyPatch) -> None:
    shell.setenv("TOKEN", jwt.encode({"sub": "ana"}, "of another issuer, which nobody knows"))
    shell.setattr(check, "TIMEOUT_SECONDS", 2)
    _, said = run()
    assert found_wrong(said) == {
        "a token of the issuer is accepted": "401",
        "a contract event reaches the tab": "401",
        "its freelancer can ask for feedback": "401",
    }


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_an_event_that_is_not_applied(run: Run, shell: pytest.MonkeyPatch) -> None:
    shell.setattr(check, "TIMEOUT_SECONDS", 2)
    _, said = run(EventBusName="default")
    assert found_wrong(said) == {"a contract event reaches the work history": "not yet"}


@pytest.mark.usefixtures("_only_what_happens")
def test_it_finds_an_email_that_is_not_sent(service: DeployedService, run: Run, shell: pytest.MonkeyPatch) -> None:
    shell.setattr(check, "TIMEOUT_SECONDS", 4)
    with event_sources_paused(service.stack, "dynamodb"):
        _, said = run()
    assert found_wrong(said) == {"the request's e-mail": "not sent yet"}


def test_it_finds_an_alarm_that_nobody_hears(service: DeployedService, shell: pytest.MonkeyPatch) -> None:
    cloudwatch = service.stack.client("cloudwatch")
    stack, topic = service.stack.stack_name, command.read(service.stack.stack_name).outputs["AlarmTopicArn"]

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


def test_a_stack_that_is_not_there_is_named(shell: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as ended:
        command.main("elsewhere")
    assert ended.value.exit_code == 1
    assert "The stack elsewhere could not be read" in capsys.readouterr().out


def test_it_knows_every_route_of_the_api() -> None:
    deployed = template.routes().keys()
    pages = {route for route in deployed if route[1].startswith("/app/")}
    assert routes.expected_answers().keys() == deployed - pages | {routes.UNKNOWN}
