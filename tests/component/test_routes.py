"""Unknown routes, and the headers of every response."""

import pytest

from tests.component.http_calls import call
from tests.component.marketplace import Marketplace

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
WITHOUT_A_ROUTE = ["PUT", "PATCH", "DELETE", "OPTIONS"]
NOT_FOUND = (404, "not_found")
SAFE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize(
    "path", ["/", "/nothing/here", "/contracts", "/contracts/c-1", "/feedback-links/", "//", "/é"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    for method in METHODS:
        assert (method, call("list-unknown-route", method=method, path=path).refusal) == (method, NOT_FOUND)


@pytest.mark.parametrize("path", ["/contracts/c-1/feedback", "/feedback-links/TOKEN", "/expirations"])
def test_a_known_path_with_another_method_is_not_found(path: str) -> None:
    for method in WITHOUT_A_ROUTE:
        assert (method, call("list-unknown-route", method=method, path=path).refusal) == (method, NOT_FOUND)


def test_an_unknown_route_accepts_any_body() -> None:
    response = call("list-unknown-route", method="POST", body="{", headers={"content-type": "text/plain"})
    assert response.refusal == NOT_FOUND


def test_no_response_is_cached_sniffed_or_sent_as_a_referrer(marketplace: Marketplace) -> None:
    responses = [
        marketplace.request_feedback(),
        marketplace.request_feedback(),
        marketplace.request_feedback(body="{"),
        marketplace.feedback_tab(),
        marketplace.work_history(),
        marketplace.open_link(marketplace.link_token()),
        marketplace.open_link("TOKEN"),
        marketplace.submit_by_link(marketplace.link_token()),
        marketplace.sweep_by_hand(),
        call("list-unknown-route"),
    ]
    assert {response.status for response in responses} == {200, 201, 400, 404, 409}
    for response in responses:
        assert response.headers.items() >= SAFE_HEADERS.items()
