"""Pages of allowed origins, which embed the elements, may call the API. Pages of other origins may not."""

import re

import pytest

from tests.e2e.conftest import ALLOWED_ORIGINS
from tests.e2e.deployed_service import DeployedService

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def preflight(service: DeployedService, origin: str) -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match",
    }
    response = service.call("OPTIONS", "/contracts/c-1/feedback", headers=headers)
    return {name.lower(): value.lower() for name, value in response.headers.items()}


@pytest.mark.parametrize("origin", ALLOWED_ORIGINS)
def test_an_embedding_marketplace_may_call_with_a_token_and_a_key(service: DeployedService, origin: str) -> None:
    allowed = preflight(service, origin)
    assert allowed["access-control-allow-origin"] == origin
    assert "post" in allowed["access-control-allow-methods"]
    for header in ("authorization", "content-type", "idempotency-key", "if-match"):
        assert header in allowed["access-control-allow-headers"]
    response = service.call(
        "GET", f"/freelancers/{service.freelancer.id}/work-history", headers={"Origin": origin}
    )
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, origin)


def test_a_cache_may_keep_the_public_history_for_a_minute_for_each_site_that_embeds_it(
    service: DeployedService,
) -> None:
    history = f"/freelancers/{service.freelancer.id}/work-history"
    for origin in ALLOWED_ORIGINS:
        response = service.call("GET", history, headers={"Origin": origin})
        assert response.headers["Cache-Control"] == "public, max-age=60"
        assert response.headers[ALLOW_ORIGIN] == origin
        assert "origin" in response.headers["Vary"].lower()


@pytest.mark.parametrize("file", ["elements.js", "contract-feedback.js"])
def test_an_embedding_marketplace_may_load_the_script(service: DeployedService, file: str) -> None:
    """Browsers refuse a response with two of these headers."""
    app, headers = f"{service.stack.api_url}/app", {"Origin": ALLOWED_ORIGINS[0]}
    stable = service.http.get(f"{app}/{file}", headers=headers)
    [script] = re.findall(r'from "\./(.+)"', stable.text)
    for response in (stable, service.http.get(f"{app}/{script}", headers=headers)):
        assert response.status_code == 200
        assert response.headers.get_list(ALLOW_ORIGIN) == [ALLOWED_ORIGINS[0]]


def test_an_embedding_marketplace_may_read_the_reference_of_its_call(service: DeployedService) -> None:
    response = service.call("GET", "/freelancers/u-nobody/work-history", headers={"Origin": ALLOWED_ORIGINS[0]})
    assert response.headers["apigw-requestid"]
    assert "apigw-requestid" in response.headers["Access-Control-Expose-Headers"]


def test_another_origin_may_not_call(service: DeployedService) -> None:
    assert "access-control-allow-origin" not in preflight(service, "https://elsewhere.example.com")
