"""Addresses of pages as API Gateway passes them on: spoiled links, the root, and scripts of another release."""

import re

import httpx
import pytest

from tests.e2e.deployed_service import DeployedService

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TOKEN = "WyJjLTEiLCJyLTEiLDAsMF0.x-_9AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCd"


def get(service: DeployedService, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    service.logs.forbid(TOKEN)
    return service.http.get(f"{service.stack.api_url}{path}", headers=headers or BROWSER)


@pytest.mark.parametrize(
    "path", ["/", "/app", "/app/", "/app/nothing", "/app/nothing/", "/nothing", "/contracts/"]
)
def test_who_opens_an_address_that_leads_nowhere_sees_a_page(service: DeployedService, path: str) -> None:
    page = get(service, path)
    assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address." in page.text
    assert page.headers["apigw-requestid"] in page.text
    program = get(service, path, {"Accept": "*/*"})
    assert (program.status_code, program.json()["code"]) == (404, "not_found")
    assert program.json()["reference"] == program.headers["apigw-requestid"]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/app/feedback/", "/app/feedback"),
        ("/app/Feedback", "/app/feedback"),
        ("/app/contract/?id=auth0%7Cabc", "/app/contract?id=auth0%7Cabc"),
        (f"/app/feedback%23t={TOKEN}", f"/app/feedback#t={TOKEN}"),
        (f"/app/feedback%23t={TOKEN}%26rating=4", f"/app/feedback#t={TOKEN}&rating=4"),
        (f"/app/feedback%2523t={TOKEN}", f"/app/feedback#t={TOKEN}"),
        (f"/app/feedback/%23t={TOKEN}", f"/app/feedback#t={TOKEN}"),
        (f"/app/feedback%23t={TOKEN}).", f"/app/feedback#t={TOKEN}"),
        (f"/app/feedback%23t={TOKEN}&amp;rating=1", f"/app/feedback#t={TOKEN}&rating=1"),
    ],
)
def test_a_spoiled_address_leads_to_the_page(service: DeployedService, path: str, target: str) -> None:
    """Below whatever path the API is served. The end of the run searches all logs for the token."""
    moved = get(service, path)
    assert moved.status_code == 302
    assert moved.headers["Cache-Control"] == "no-store"
    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert str(moved.url.join(moved.headers["Location"])) == f"{service.stack.api_url}{target}"
    page = get(service, target.partition("#")[0])
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_script_of_another_release_leads_to_the_one_that_the_pages_name(service: DeployedService) -> None:
    [script] = set(re.findall(r'src="(elements-[A-Z2-7]{8}\.js)"', get(service, "/app/contract").text))
    moved = get(service, "/app/elements-OTHER234.js", {"Accept": "*/*", "Origin": "https://elsewhere.example.com"})
    assert (moved.status_code, moved.headers["Location"]) == (302, script)
    found = get(service, f"/app/{script}")
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")


def test_a_language_of_another_release_is_not_found(service: DeployedService) -> None:
    assert get(service, "/app/de-OTHER234.js", {"Accept": "*/*"}).status_code == 404
