"""Anything that is no route of ours, and what every answer carries."""

import pytest

from tests.component.http_calls import call
from tests.component.marketplace import InProcessMarketplace

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
READ_ONLY = ["PUT", "PATCH", "DELETE", "OPTIONS"]
SAFE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/", "/nothing/here", "/contracts", "/contracts/c-1", "/feedback-links/", "//", "/é"]
)
def test_an_unknown_route_is_not_found(path: str, method: str) -> None:
    assert call("list-unknown-route", method=method, path=path).refusal == (404, "not_found")


@pytest.mark.parametrize("method", READ_ONLY)
@pytest.mark.parametrize("path", ["/contracts/c-1/feedback", "/feedback-links/TOKEN", "/expirations"])
def test_a_known_path_by_another_method_is_not_found(path: str, method: str) -> None:
    assert call("list-unknown-route", method=method, path=path).refusal == (404, "not_found")


def test_an_unknown_route_takes_any_body() -> None:
    response = call("list-unknown-route", method="POST", body="{", headers={"content-type": "text/plain"})
    assert response.refusal == (404, "not_found")


def test_no_answer_is_kept_sniffed_or_told_to_other_sites(marketplace: InProcessMarketplace) -> None:
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
        assert response.headers.items() >= SAFE.items()
