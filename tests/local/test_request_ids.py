"""A call of an HTTP API has one request id."""

import re

from tests.local.conftest import LocalCloud
from tests.local.test_routes import OUTPUTS, ROUTES, api_client, http_api

RETURNS_ITS_REQUEST_ID = """
def handler(event, context):
    headers = {"Apigw-Requestid": "made up"}
    return {"statusCode": 200, "headers": headers, "body": event["requestContext"]["requestId"]}
"""


def test_the_header_has_the_request_id_of_the_functions_event(cloud: LocalCloud) -> None:
    stack = cloud.deploy(http_api(ROUTES, {}, RETURNS_ITS_REQUEST_ID), OUTPUTS)
    with api_client(cloud, stack) as api:
        responses = [api.get("/anything") for _ in range(2)]
        refused = api.post("/sweeps")
    for response in responses:
        assert response.headers.get_list("apigw-requestid") == [response.text]
    ids = {response.headers["apigw-requestid"] for response in (*responses, refused)}
    assert refused.status_code == 403
    assert len(ids) == 3
    assert all(re.fullmatch("[A-Za-z0-9+/]{15}=", id_) for id_ in ids)
