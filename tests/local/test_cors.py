"""With CORS rules, an HTTP API's answers have the API's CORS headers and none of the function's."""

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
        answer = api.get("/anything", headers={"Origin": origin})
    assert answer.headers.get_list("access-control-allow-origin") == allowed
    assert ("access-control-max-age" in answer.headers) == (not rules)
    assert answer.headers["x-other"] == "kept"
