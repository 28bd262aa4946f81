"""Bad input over real HTTP: a clear error in the documented shape, whatever is sent."""

from typing import Any

import pytest

from tests.builders import RATINGS
from tests.e2e.deployed_service import DeployedService

FEEDBACK = {"ratings": RATINGS}
LONG = "x" * 1000


@pytest.fixture(scope="module")
def contract_id(service: DeployedService) -> str:
    return service.an_eligible_contract()


def problem(response: Any) -> tuple[int, str]:
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    document = response.json()
    assert {"type", "title", "status", "detail", "code"} <= document.keys()
    assert document["status"] == response.status_code
    return response.status_code, document["code"]


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x.y.z", "Basic abc"])
def test_without_a_good_token_the_authorizer_answers(
    service: DeployedService, contract_id: str, token: str | None
) -> None:
    headers = {"Authorization": token} if token else {}
    response = service.call("GET", f"/contracts/{contract_id}/feedback", headers=headers)
    assert (response.status_code, response.json()) == (401, {"message": "Unauthorized"})


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "not_json")),
        (b"", "application/json", (400, "not_json")),
        (b'{"ratings": NaN}', "application/json", (400, "not_json")),
        (b"[" * 50_000, "application/json", (400, "not_json")),
        (b"{}", "text/plain", (400, "not_json")),
        (b"ratings=5", "application/x-www-form-urlencoded", (400, "not_json")),
        (b"[]", "application/json", (422, "invalid_request")),
        (b"null", "application/json", (422, "invalid_request")),
        (b"{}", "application/json", (422, "invalid_request")),
        (b'{"comment": "' + b"x" * 1_000_000 + b'"}', "application/json", (413, "body_too_large")),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else None,
)
def test_bodies(
    service: DeployedService, contract_id: str, content: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    response = service.call(
        "POST",
        f"/contracts/{contract_id}/feedback",
        service.client,
        content=content,
        headers={"Content-Type": content_type},
    )
    assert problem(response) == expected


@pytest.mark.parametrize("strange", ["nobody-knows-it", LONG, "a%20b", "%00", "%C3%A4", "a%3Ab"])
def test_contracts_there_cannot_be_are_the_same_404(service: DeployedService, strange: str) -> None:
    response = service.call("GET", f"/contracts/{strange}/feedback", service.client)
    assert problem(response) == (404, "contract_not_found")
    response = service.call("POST", f"/contracts/{strange}/feedback", service.client, json=FEEDBACK)
    assert problem(response) == (404, "contract_not_found")


@pytest.mark.parametrize("token", ["x", LONG, "a.b.c", "%00", "%2e%2e"])
def test_links_we_did_not_sign_are_the_same_404(service: DeployedService, token: str) -> None:
    assert problem(service.open_link(token)) == (404, "link_invalid")
    assert problem(service.submit_by_link(token)) == (404, "link_invalid")


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
def test_unknown_routes_and_methods(service: DeployedService, method: str, path: str) -> None:
    assert problem(service.call(method, path, service.client)) == (404, "not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "cursor=x", "cursor="])
def test_queries(service: DeployedService, query: str) -> None:
    response = service.call("GET", f"/freelancers/u-1/work-history?{query}")
    assert problem(response) == (422, "invalid_request")
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]


def test_roles_come_from_the_contract(service: DeployedService, contract_id: str) -> None:
    path = f"/contracts/{contract_id}/feedback"
    rating_oneself = service.call("POST", path, service.freelancer, json=FEEDBACK)
    assert problem(rating_oneself) == (403, "not_the_client")
    asking_oneself = service.call("POST", f"{path}-requests", service.client, json={})
    assert problem(asking_oneself) == (403, "not_the_freelancer")
