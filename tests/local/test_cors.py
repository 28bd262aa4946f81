"""CORS rules of an HTTP API: where they come from, and that they replace the function's CORS headers."""

from typing import Any

import pytest

from tests.local.conftest import LocalCloud
from tests.local.test_routes import CORS, ORIGIN, OUTPUTS, ROUTES, api_client, http_api

ALLOWS_EVERYBODY = """
def handler(event, context):
    headers = {"access-control-allow-origin": "*", "access-control-max-age": "5", "x-other": "kept"}
    return {"statusCode": 200, "headers": headers}
"""


@pytest.mark.parametrize(
    ("rules", "origin", "allowed"),
    [
        (CORS, ORIGIN, [ORIGIN]),
        (CORS, "https://elsewhere.example", []),
        ({}, ORIGIN, ["*"]),
    ],
    ids=["an allowed origin", "another origin", "no rules"],
)
def test_the_apis_cors_headers_replace_the_functions(
    cloud: LocalCloud, rules: dict[str, Any], origin: str, allowed: list[str]
) -> None:
    stack = cloud.deploy(http_api(ROUTES, rules, ALLOWS_EVERYBODY), OUTPUTS)
    with api_client(cloud, stack) as api:
        response = api.get("/anything", headers={"Origin": origin})
    assert response.headers.get_list("access-control-allow-origin") == allowed
    assert ("access-control-max-age" in response.headers) == (not rules)
    assert response.headers["x-other"] == "kept"


def test_cors_rules_have_the_value_of_the_parameter_not_its_default(cloud: LocalCloud) -> None:
    cors = {"AllowOrigins": {"Fn::Split": [",", {"Ref": "Origins"}]}, "AllowMethods": ["GET"]}
    rules = {"CorsConfiguration": {"Fn::If": ["Embedded", cors, {"Ref": "AWS::NoValue"}]}}
    stack = cloud.deploy(
        http_api(ROUTES, rules),
        OUTPUTS,
        conditions={"Embedded": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Origins"}, ""]}]}},
        Origins="https://a.example.com,https://b.example.com",
    )
    api = cloud.client("apigatewayv2").get_api(ApiId=stack["Api"])
    assert api["CorsConfiguration"]["AllowOrigins"] == ["https://a.example.com", "https://b.example.com"]
