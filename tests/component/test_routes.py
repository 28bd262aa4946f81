"""Unknown routes, and the headers of every response."""

from typing import Any

import pytest

from tests.builders import CLIENT
from tests.component.http_calls import call
from tests.component.marketplace import Marketplace

pytestmark = pytest.mark.usefixtures("pages")

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
WITHOUT_A_ROUTE = {"PUT", "PATCH", "DELETE", "OPTIONS"}
CORRECTED = {"/feedback-links/TOKEN"}  # by PUT
NOT_FOUND = (404, "not_found")
SAFE_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def refused(method: str, path: str) -> tuple[int, str]:
    """The status and the code. HEAD has no body, and nothing else differs."""
    if method != "HEAD":
        return call("web-unknown-route", method=method, path=path).refusal
    head, got = (call("web-unknown-route", method=each, path=path) for each in ("HEAD", "GET"))
    assert (head.status, head.headers, head.text) == (got.status, got.headers, "")
    return got.refusal


@pytest.mark.parametrize(
    "path", ["/", "/nothing/here", "/contracts", "/contracts/c-1", "/feedback-links/", "//", "/é", "/app", "/app/"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    for method in METHODS:
        assert (method, refused(method, path)) == (method, NOT_FOUND)


@pytest.mark.parametrize(
    "path", ["/contracts/c-1/feedback", "/feedback-links/TOKEN", "/feedback-requests", "/expirations"]
)
def test_a_known_path_with_another_method_is_not_found(path: str) -> None:
    for method in WITHOUT_A_ROUTE - ({"PUT"} if path in CORRECTED else set()):
        assert (method, refused(method, path)) == (method, NOT_FOUND)


def test_a_head_is_answered_as_the_get_without_the_body(marketplace: Marketplace) -> None:
    link = marketplace.link_token() if marketplace.request_feedback().status == 201 else ""
    calls: dict[str, tuple[dict[str, Any], ...]] = {
        "list-feedback-tab": ({"person": CLIENT.id}, {"person": "u-stranger"}),
        "list-open-requests": ({"person": CLIENT.id}, {"query": {"limit": "0"}}),
        "list-work-history": ({}, {"query": {"limit": "0"}}, {"freelancer_id": ".."}),
        "list-feedback-summary": ({}, {"freelancer_id": ".."}),
        "list-feedback-link": ({"token": link}, {"token": "TOKEN"}),
        "list-email-preferences": ({"token": marketplace.preferences_token()}, {"token": "TOKEN"}),
    }
    for case, how in calls.items():
        for given in how:
            got, head = (call(case, method=method, **given) for method in ("GET", "HEAD"))
            assert got.text
            assert (head.status, head.headers, head.text) == (got.status, got.headers, "")


def test_who_opens_an_unknown_address_in_a_browser_gets_a_page() -> None:
    response = call("web-unknown-route", path="/", headers={"accept": "text/html,*/*;q=0.8"})
    assert (response.status, response.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address." in response.text


def test_an_unknown_route_accepts_any_body() -> None:
    response = call("web-unknown-route", method="POST", body="{", headers={"content-type": "text/plain"})
    assert response.refusal == NOT_FOUND


def test_no_response_is_sniffed_or_sent_as_a_referrer_and_only_public_ones_are_cached(
    marketplace: Marketplace,
) -> None:
    responses = [
        marketplace.request_feedback(),
        marketplace.request_feedback(),
        marketplace.request_feedback(body="{"),
        marketplace.feedback_tab(),
        marketplace.feedback_tab(person=CLIENT.id),
        marketplace.open_requests(),
        marketplace.work_history("."),
        marketplace.work_history(cursor="CURSOR"),
        marketplace.feedback_summary("."),
        marketplace.open_link(marketplace.link_token()),
        marketplace.open_link("TOKEN"),
        marketplace.submit_by_link(marketplace.link_token()),
        marketplace.sweep_by_hand(),
        call("web-unknown-route"),
    ]
    assert {response.status for response in responses} == {200, 201, 400, 404, 409, 422}
    for response in responses:
        assert response.headers.items() >= SAFE_HEADERS.items()
    for public in (marketplace.work_history(), marketplace.feedback_summary()):
        assert public.headers.items() >= {**SAFE_HEADERS, "Cache-Control": "public, max-age=60"}.items()


def test_a_cache_keeps_public_responses_apart_for_each_site_that_embeds_them(marketplace: Marketplace) -> None:
    """API Gateway allows the origin that asks, and no other, to read the response."""
    for public in (marketplace.work_history(), marketplace.feedback_summary()):
        assert public.headers["Vary"] == "Origin"
