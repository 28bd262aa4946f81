"""`make smoke` passes a stack that is deployed as it should be, and finds what can go wrong in a deployment."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import httpx
import pytest
from typer import Exit

from local import smoke
from tests.e2e.deployed_service import DeployedService
from tests.template import resources


@pytest.fixture
def api(service: DeployedService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.stack.api_url, timeout=120, trust_env=False) as found:
        yield found


def wrong(api: httpx.Client) -> dict[str, str]:
    """What was found, by the check that did not pass."""
    return {check.what: check.found for check in smoke.checks(api) if not check.passed}


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


def test_a_stack_that_is_deployed_as_it_should_be_passes(service: DeployedService, api: httpx.Client) -> None:
    assert wrong(api) == {}
    assert smoke.check_event(
        api, service.stack.client("events"), service.stack.event_bus_name, service.stack.event_source
    ).passed


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
        assert wrong(api).keys() >= {f"GET /app/{page}" for page in smoke.PAGES}


def test_it_finds_an_event_that_is_not_applied(
    service: DeployedService, api: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smoke, "TIMEOUT_SECONDS", 2)
    assert not smoke.check_event(api, service.stack.client("events"), "default").passed


@pytest.fixture
def shell(service: DeployedService, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The AWS configuration of whoever runs the check, for the local cloud."""
    settings = {"AWS_ENDPOINT_URL": service.stack.endpoint_url, "AWS_DEFAULT_REGION": service.stack.region}
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in {**settings, **credentials, "NO_PROXY": "127.0.0.1"}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize(
    "route", [None, "POST /contracts/{contract_id}/feedback"], ids=["nothing wrong", "public"]
)
def test_it_says_what_is_wrong_and_fails(
    service: DeployedService,
    shell: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    route: str | None,
) -> None:
    known = smoke.outputs(service.stack.stack_name)
    shell.setattr(smoke, "outputs", lambda _: {**known, "ApiUrl": service.stack.api_url})  # ApiUrl is AWS's
    with (
        changed(service, route, AuthorizationType="NONE") if route else nullcontext(),
        pytest.raises(Exit) as ended,
    ):
        smoke.main(service.stack.stack_name, event=True)
    said = capsys.readouterr().out
    assert ended.value.exit_code == (1 if route else 0)
    assert re.findall(r"^WRONG (.+):", said, re.MULTILINE) == ([route] if route else [])
    assert "ok    a contract event reaches the work history" in said


def test_a_stack_that_is_not_there_is_named(shell: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exit) as ended:
        smoke.main("elsewhere")
    assert ended.value.exit_code == 1
    assert "The stack elsewhere could not be read" in capsys.readouterr().out


def test_it_knows_every_route_of_the_api() -> None:
    deployed = {
        (event["Properties"]["Method"], event["Properties"]["Path"])
        for function in resources("AWS::Serverless::Function").values()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi" and "Path" in event["Properties"]
    }
    pages = {route for route in deployed if route[1].startswith("/app/")}
    assert smoke.expected_answers().keys() == deployed - pages | {smoke.UNKNOWN}
