"""Marketplaces that embed the elements call from their own origins; nobody else's pages can."""

import pytest

from tests.e2e.conftest import EMBEDDING
from tests.e2e.marketplace import Marketplace

ALLOWED = "Access-Control-Allow-Origin"


def preflight(marketplace: Marketplace, origin: str) -> dict[str, str]:
    asks = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = marketplace.call("OPTIONS", "/contracts/c-1/feedback", headers=asks)
    return {name.lower(): value.lower() for name, value in answer.headers.items()}


@pytest.mark.parametrize("origin", EMBEDDING)
def test_an_embedding_marketplace_may_call_with_a_token_and_a_key(marketplace: Marketplace, origin: str) -> None:
    allowed = preflight(marketplace, origin)
    assert allowed["access-control-allow-origin"] == origin
    assert "post" in allowed["access-control-allow-methods"]
    for header in ("authorization", "content-type", "idempotency-key"):
        assert header in allowed["access-control-allow-headers"]
    answer = marketplace.call(
        "GET", f"/freelancers/{marketplace.freelancer.id}/work-history", headers={"Origin": origin}
    )
    assert (answer.status_code, answer.headers[ALLOWED]) == (200, origin)


def test_no_other_origin_may(marketplace: Marketplace) -> None:
    assert "access-control-allow-origin" not in preflight(marketplace, "https://elsewhere.example.com")
