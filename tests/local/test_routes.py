"""Routes and authorization of an `AWS::Serverless::HttpApi`."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.local.conftest import LocalCloud, function

ECHO = """
def handler(event, context):
    return {"route": event["routeKey"], "authorizer": event["requestContext"].get("authorizer")}
"""
ORIGIN = "https://marketplace.example"


def http_api(events: dict[str, Any], cors: dict[str, Any], code: str = ECHO) -> dict[str, Any]:
    return {
        "Pool": {"Type": "AWS::Cognito::UserPool"},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
            },
        },
        "Api": {
            "Type": "AWS::Serverless::HttpApi",
            "Properties": {
                "Auth": {
                    "DefaultAuthorizer": "Jwt",
                    "EnableIamAuthorizer": True,
                    "Authorizers": {
                        "Jwt": {
                            "IdentitySource": "$request.header.Authorization",
                            "JwtConfiguration": {
                                "issuer": {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}"},
                                "audience": [{"Ref": "Client"}],
                            },
                        }
                    },
                },
                **cors,
            },
        },
        "Echo": function(
            code,
            Events={
                name: {"Type": "HttpApi", "Properties": {"ApiId": {"Ref": "Api"}, **event}}
                for name, event in events.items()
            },
        ),
    }


ROUTES = {
    "Ask": {"Method": "POST", "Path": "/contracts/{contract_id}/requests"},
    "Sweep": {"Method": "POST", "Path": "/sweeps", "Auth": {"Authorizer": "AWS_IAM"}},
    "Rest": {"Auth": {"Authorizer": "NONE"}},
}
CORS = {"CorsConfiguration": {"AllowOrigins": [ORIGIN], "AllowMethods": ["GET", "POST"]}}
OUTPUTS = {"Api": {"Ref": "Api"}, "Pool": {"Ref": "Pool"}, "Client": {"Ref": "Client"}}


@pytest.fixture(scope="module")
def stack(cloud: LocalCloud) -> dict[str, str]:
    return cloud.deploy(http_api(ROUTES, CORS), OUTPUTS)


@pytest.fixture(scope="module")
def api(cloud: LocalCloud, stack: dict[str, str]) -> Iterator[httpx.Client]:
    with api_client(cloud, stack) as client:
        yield client


def api_client(cloud: LocalCloud, stack: dict[str, str]) -> httpx.Client:
    return httpx.Client(base_url=f"{cloud.endpoint_url}/_aws/execute-api/{stack['Api']}/$default", timeout=60)


@pytest.fixture(scope="module")
def tokens(cloud: LocalCloud, stack: dict[str, str]) -> dict[str, str]:
    cognito = cloud.client("cognito-idp")
    pool, person = stack["Pool"], {"USERNAME": "freelancer@example.com", "PASSWORD": "Correct-horse-1"}
    cognito.admin_create_user(UserPoolId=pool, Username=person["USERNAME"])
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=person["USERNAME"], Password=person["PASSWORD"], Permanent=True
    )
    response = cognito.admin_initiate_auth(
        UserPoolId=pool, ClientId=stack["Client"], AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=person
    )
    tokens: dict[str, str] = response["AuthenticationResult"]
    return tokens


@pytest.mark.parametrize("kind", ["IdToken", "AccessToken"])
def test_a_valid_token_passes_the_authorizer(api: httpx.Client, tokens: dict[str, str], kind: str) -> None:
    response = api.post("/contracts/c-1/requests", headers={"Authorization": f"Bearer {tokens[kind]}"})
    assert response.status_code == 200
    assert response.json()["route"] == "POST /contracts/{contract_id}/requests"
    assert response.json()["authorizer"]["jwt"]["claims"]["sub"]


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Bearer a.b.c"])
def test_without_a_valid_token_the_authorizer_refuses(api: httpx.Client, token: str) -> None:
    assert api.post("/contracts/c-1/requests", headers={"Authorization": token}).status_code == 401


def test_a_token_of_another_client_is_refused(cloud: LocalCloud, tokens: dict[str, str]) -> None:
    other = cloud.deploy(http_api(ROUTES, CORS), OUTPUTS)
    with api_client(cloud, other) as api:
        headers = {"Authorization": f"Bearer {tokens['IdToken']}"}
        assert api.post("/contracts/c-1/requests", headers=headers).status_code == 401


def test_an_iam_route_needs_a_signature(api: httpx.Client) -> None:
    assert api.post("/sweeps").status_code == 403
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/execute-api/aws4_request"}
    assert api.post("/sweeps", headers=signed).json()["route"] == "POST /sweeps"


def test_everything_else_reaches_the_default_route(api: httpx.Client) -> None:
    assert api.get("/no/such/thing").json() == {"route": "$default", "authorizer": None}


def test_an_allowed_origin_gets_cors_headers(api: httpx.Client) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    response = api.options("/contracts/c-1/requests", headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["access-control-allow-methods"] == "GET,POST"


def test_an_update_replaces_routes_and_cors(cloud: LocalCloud) -> None:
    before = cloud.deploy(http_api(ROUTES, CORS), OUTPUTS)
    events = {"Renamed": {"Method": "GET", "Path": "/renamed", "Auth": {"Authorizer": "NONE"}}}
    cors = {"CorsConfiguration": {"AllowOrigins": ["https://moved.example"]}}
    after = cloud.deploy(http_api(events, cors), OUTPUTS, before["StackName"])
    assert after["Api"] == before["Api"]
    with api_client(cloud, after) as api:
        assert api.get("/renamed").json()["route"] == "GET /renamed"
        assert api.post("/sweeps").status_code == 404
        headers = {"Origin": "https://moved.example", "Access-Control-Request-Method": "GET"}
        assert api.options("/renamed", headers=headers).status_code == 204


def test_a_failing_function_is_an_internal_server_error_without_details(cloud: LocalCloud) -> None:
    events = {"Rest": {"Auth": {"Authorizer": "NONE"}}}
    resources = http_api(events, {}, "def handler(event, context): raise ValueError('a secret')")
    with api_client(cloud, cloud.deploy(resources, OUTPUTS)) as api:
        response = api.get("/")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
