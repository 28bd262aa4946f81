"""Ids that cannot exist, links that were not signed, and unknown routes, as API Gateway passes them on."""

import httpx
import pytest

from tests.builders import RATINGS
from tests.e2e.deployed_service import DeployedService

LONG = "x" * 1000


def refusal(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("contract_id", ["unknown", LONG, "a%20b", "%00", "%C3%A4", "auth0%7Cb", "%2E%2E"])
def test_an_impossible_contract_id_is_an_unknown_contract(service: DeployedService, contract_id: str) -> None:
    path = f"/contracts/{contract_id}/feedback"
    for method, body in (("GET", None), ("POST", {"ratings": RATINGS})):
        response = service.call(method, path, service.client, json=body)
        assert refusal(response) == (404, "contract_not_found")


@pytest.mark.parametrize("token", ["x", LONG, "a.b.c", "%00", "%2e%2e"])
def test_a_link_that_was_not_signed_is_invalid(service: DeployedService, token: str) -> None:
    assert refusal(service.open_link(token)) == (404, "link_invalid")
    assert refusal(service.submit_by_link(token)) == (404, "link_invalid")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/contracts"),
        ("DELETE", "/contracts/c-1/feedback"),
        ("PUT", "/expirations"),
        ("GET", "/expirations"),
        ("POST", "/contracts/c-1/unknown"),
        ("GET", "/feedback-links/a/b"),
        ("PATCH", "/freelancers/u/work-history"),
    ],
)
def test_an_unknown_route_or_method_is_not_found(service: DeployedService, method: str, path: str) -> None:
    assert refusal(service.call(method, path, service.client)) == (404, "not_found")
