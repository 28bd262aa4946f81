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


@pytest.mark.parametrize("file", ["contract-feedback.js", "elements.css"])
def test_an_embedding_marketplace_may_load_scripts_and_styles(marketplace: Marketplace, file: str) -> None:
    """Browsers refuse an answer with two of these headers."""
    answer = marketplace.http.get(f"{marketplace.stack.api_url}/app/{file}", headers={"Origin": EMBEDDING[0]})
    assert answer.status_code == 200
    assert answer.headers.get_list(ALLOWED) == [EMBEDDING[0]]


def test_an_embedding_marketplace_may_read_the_reference_of_its_call(marketplace: Marketplace) -> None:
    answer = marketplace.call("GET", "/freelancers/u-nobody/work-history", headers={"Origin": EMBEDDING[0]})
    assert answer.headers["apigw-requestid"]
    assert "apigw-requestid" in answer.headers["Access-Control-Expose-Headers"]


def test_no_other_origin_may(marketplace: Marketplace) -> None:
    assert "access-control-allow-origin" not in preflight(marketplace, "https://elsewhere.example.com")
