"""Faults on demand: calls of functions to a dependency fail, those of everybody else do not."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.local.conftest import LocalCloud, function

CALLS = """
from functools import cache
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session
session = get_session()
@cache
def client(service, attempts):
    retries = {"mode": "standard", "total_max_attempts": attempts}
    return session.create_client(service, config=Config(retries=retries))
def handler(event, context):
    try:
        getattr(client(event["service"], event["attempts"]), event["operation"])(**event["parameters"])
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return ["none", 200]
"""
CACHES = """
from botocore.session import get_session
secrets, cached = get_session().create_client("secretsmanager"), {}
def handler(event, context):
    if event["id"] not in cached:
        cached[event["id"]] = secrets.get_secret_value(SecretId=event["id"])["SecretString"]
    return cached[event["id"]]
"""
WORKS = ["none", 200]
SENDER = "faults@example.com"


@pytest.fixture(scope="module")
def stack(cloud: LocalCloud) -> dict[str, str]:
    resources = {"Calls": function(CALLS, Timeout=60), "Caches": function(CACHES, Timeout=60)}
    return cloud.deploy(resources, {name: {"Ref": name} for name in resources})


@pytest.fixture(autouse=True)
def mended(cloud: LocalCloud) -> Iterator[None]:
    yield
    for fault in cloud.control("GET", "faults")["faults"]:
        cloud.control("DELETE", f"faults/{fault['dependency']}")


@pytest.fixture(scope="module")
def calls(cloud: LocalCloud) -> dict[str, dict[str, Any]]:
    """A call to each dependency that succeeds: service, operation, parameters."""
    name, text = f"faults-{uuid4().hex[:8]}", {"Data": "text"}
    cloud.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    topic = cloud.client("sns").create_topic(Name=name)["TopicArn"]
    cloud.client("secretsmanager").create_secret(Name=name, SecretString="the key")
    email = {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": ["to@example.com"]},
        "Content": {"Simple": {"Subject": text, "Body": {"Text": text}}},
    }
    event = {"Source": "any", "DetailType": "any", "Detail": "{}"}
    return {
        "ses": {"service": "sesv2", "operation": "send_email", "parameters": email},
        "sns": {"service": "sns", "operation": "publish", "parameters": {"TopicArn": topic, "Message": "any"}},
        "bus": {"service": "events", "operation": "put_events", "parameters": {"Entries": [event]}},
        "table": {"service": "dynamodb", "operation": "list_tables", "parameters": {}},
        "signing_key": {
            "service": "secretsmanager",
            "operation": "get_secret_value",
            "parameters": {"SecretId": name},
        },
    }


def invoke(cloud: LocalCloud, function: str, payload: dict[str, Any]) -> Any:
    response = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))
    return json.load(response["Payload"])


@pytest.mark.parametrize(
    ("dependency", "error"),
    [
        ("ses", ["ServiceUnavailable", 503]),
        ("sns", ["InternalError", 500]),
        ("bus", ["InternalException", 500]),
        ("table", ["InternalServerError", 500]),
        ("signing_key", ["InternalServiceError", 500]),
    ],
)
def test_the_next_calls_of_functions_fail_and_those_of_tools_do_not(
    cloud: LocalCloud,
    stack: dict[str, str],
    calls: dict[str, dict[str, Any]],
    dependency: str,
    error: list[Any],
) -> None:
    call = calls[dependency]
    broken = cloud.control("PUT", f"faults/{dependency}", calls=2)
    assert broken == {"faults": [{"dependency": dependency, "calls_left": 2, "failed": 0}]}
    getattr(cloud.client(call["service"]), call["operation"])(**call["parameters"])
    once = {**call, "attempts": 1}
    assert invoke(cloud, stack["Calls"], once) == error
    left = {"dependency": dependency, "calls_left": 1, "failed": 1}
    assert cloud.control("GET", "faults") == {"faults": [left]}
    assert invoke(cloud, stack["Calls"], once) == error
    assert cloud.control("GET", "faults") == {"faults": []}
    assert invoke(cloud, stack["Calls"], once) == WORKS


def test_a_dependency_fails_until_it_is_mended_and_alone(
    cloud: LocalCloud, stack: dict[str, str], calls: dict[str, dict[str, Any]]
) -> None:
    cloud.control("PUT", "faults/sns", calls=None)
    once = {**calls["sns"], "attempts": 1}
    assert [invoke(cloud, stack["Calls"], once)[1] for _ in range(3)] == [500] * 3
    assert invoke(cloud, stack["Calls"], {**calls["bus"], "attempts": 1}) == WORKS
    assert cloud.control("DELETE", "faults/sns") == {"faults": []}
    assert invoke(cloud, stack["Calls"], once) == WORKS


@pytest.mark.parametrize(("failing", "outcome"), [(1, WORKS), (2, ["InternalServerError", 500])])
def test_each_retry_of_the_sdk_counts(
    cloud: LocalCloud,
    stack: dict[str, str],
    calls: dict[str, dict[str, Any]],
    failing: int,
    outcome: list[Any],
) -> None:
    cloud.control("PUT", "faults/table", calls=failing)
    assert invoke(cloud, stack["Calls"], {**calls["table"], "attempts": 2}) == outcome
    assert cloud.control("GET", "faults") == {"faults": []}


def test_a_signing_key_that_a_function_has_cached_fails_too(
    cloud: LocalCloud, stack: dict[str, str], calls: dict[str, dict[str, Any]]
) -> None:
    secret = {"id": calls["signing_key"]["parameters"]["SecretId"]}
    assert invoke(cloud, stack["Caches"], secret) == "the key"
    cloud.control("PUT", "faults/signing_key", calls=None)
    assert "InternalServiceError" in invoke(cloud, stack["Caches"], secret)["errorMessage"]
    cloud.control("DELETE", "faults/signing_key")
    assert invoke(cloud, stack["Caches"], secret) == "the key"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults/ses", '{"calls": 0}', 400),
        ("faults/ses", '{"calls": "3"}', 400),
        ("faults/ses", "{}", 400),
        ("faults/s3", '{"calls": 3}', 404),
        ("nothing", "{}", 404),
    ],
)
def test_what_is_wrong_is_refused_in_a_sentence(cloud: LocalCloud, path: str, body: str, status: int) -> None:
    response = httpx.put(f"{cloud.endpoint_url}/_local/{path}", content=body, trust_env=False)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert response.json()["detail"].endswith(".")
    assert cloud.control("GET", "faults") == {"faults": []}
