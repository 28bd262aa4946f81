"""Marketplaces that embed the elements call from their own origins; nobody else's pages can."""

import pytest

from tests.e2e.conftest import ALLOWED_ORIGINS
from tests.e2e.deployed_service import DeployedService

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def preflight(service: DeployedService, origin: str) -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    response = service.call("OPTIONS", "/contracts/c-1/feedback", headers=headers)
    return {name.lower(): value.lower() for name, value in response.headers.items()}


@pytest.mark.parametrize("origin", ALLOWED_ORIGINS)
def test_an_embedding_marketplace_may_call_with_a_token_and_a_key(service: DeployedService, origin: str) -> None:
    allowed = preflight(service, origin)
    assert allowed["access-control-allow-origin"] == origin
    assert "post" in allowed["access-control-allow-methods"]
    for header in ("authorization", "content-type", "idempotency-key"):
        assert header in allowed["access-control-allow-headers"]
    response = service.call(
        "GET", f"/freelancers/{service.freelancer.id}/work-history", headers={"Origin": origin}
    )
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (200, origin)


def test_no_other_origin_may(service: DeployedService) -> None:
    assert "access-control-allow-origin" not in preflight(service, "https://elsewhere.example.com")
