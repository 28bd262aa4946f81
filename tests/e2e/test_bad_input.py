"""Bad input over real HTTP: a clear error in the documented shape, whatever is sent."""

from typing import Any

import pytest

from tests.builders import RATINGS
from tests.e2e.marketplace import Marketplace

FEEDBACK = {"ratings": RATINGS}
LONG = "x" * 1000


@pytest.fixture(scope="module")
def contract_id(marketplace: Marketplace) -> str:
    return marketplace.a_running_contract()


def problem(answer: Any) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    document = answer.json()
    assert {"type", "title", "status", "detail", "code"} <= document.keys()
    assert document["status"] == answer.status_code
    return answer.status_code, document["code"]


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x.y.z", "Basic abc"])
def test_without_a_good_token_the_authorizer_answers(
    marketplace: Marketplace, contract_id: str, token: str | None
) -> None:
    headers = {"Authorization": token} if token else {}
    answer = marketplace.call("GET", f"/contracts/{contract_id}/feedback", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


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
    marketplace: Marketplace, contract_id: str, content: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    answer = marketplace.call(
        "POST",
        f"/contracts/{contract_id}/feedback",
        marketplace.client,
        content=content,
        headers={"Content-Type": content_type},
    )
    assert problem(answer) == expected


@pytest.mark.parametrize("strange", ["nobody-knows-it", LONG, "a%20b", "%00", "%C3%A4", "a%3Ab"])
def test_contracts_there_cannot_be_are_the_same_404(marketplace: Marketplace, strange: str) -> None:
    answer = marketplace.call("GET", f"/contracts/{strange}/feedback", marketplace.client)
    assert problem(answer) == (404, "contract_not_found")
    answer = marketplace.call("POST", f"/contracts/{strange}/feedback", marketplace.client, json=FEEDBACK)
    assert problem(answer) == (404, "contract_not_found")


@pytest.mark.parametrize("token", ["x", LONG, "a.b.c", "%00", "%2e%2e"])
def test_links_we_did_not_sign_are_the_same_404(marketplace: Marketplace, token: str) -> None:
    assert problem(marketplace.look_at_link(token)) == (404, "link_invalid")
    assert problem(marketplace.answer(token)) == (404, "link_invalid")


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
def test_unknown_routes_and_methods(marketplace: Marketplace, method: str, path: str) -> None:
    assert problem(marketplace.call(method, path, marketplace.client)) == (404, "not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=", "cursor=x", "cursor="])
def test_queries(marketplace: Marketplace, query: str) -> None:
    answer = marketplace.call("GET", f"/freelancers/u-1/work-history?{query}")
    assert problem(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_roles_come_from_the_contract(marketplace: Marketplace, contract_id: str) -> None:
    path = f"/contracts/{contract_id}/feedback"
    rating_oneself = marketplace.call("POST", path, marketplace.freelancer, json=FEEDBACK)
    assert problem(rating_oneself) == (403, "not_the_client")
    asking_oneself = marketplace.call("POST", f"{path}-requests", marketplace.client, json={})
    assert problem(asking_oneself) == (403, "not_the_freelancer")
