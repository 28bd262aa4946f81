"""Errors that should not happen show the request ID of the call, so that support can find it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mid_job_feedback.domain import refusals
from tests.builders import NOW
from tests.web.conftest import OpenPage
from tests.web.fake_api import UNAVAILABLE, FakeApi, Reply, problem
from tests.web.page_states import (
    CLIENT_ROOM,
    HISTORY,
    LINK,
    fill_in_and_publish,
    given_open_request,
    given_two_pages_of_history,
    press,
)

IN_HEADER = {"apigw-requestid": "header-id"}
FAILURE = Reply(500, {"message": "Internal Server Error"}, IN_HEADER)
BUSY = problem(UNAVAILABLE)


def expect_reference(page: Page, reference: str) -> None:
    line = page.get_by_text(f"If you contact support, mention reference {reference}.", exact=True)
    expect(line).to_be_visible()


def expect_no_reference(page: Page) -> None:
    expect(page.locator("[part~=reference]")).to_have_count(0)


@pytest.mark.parametrize(
    ("body", "reference"),
    [
        ({"reference": "body-id", "code": "unexpected"}, "body-id"),
        ({"message": "Internal Server Error"}, "header-id"),
        ("<html>", "header-id"),
    ],
)
def test_the_reference_is_taken_from_the_body_or_else_from_the_header(
    open_page: OpenPage, api: FakeApi, body: Any, reference: str
) -> None:
    api.fail_next("GET", Reply(500, body, IN_HEADER))
    expect_reference(open_page(CLIENT_ROOM), reference)


def test_a_form_that_could_not_be_sent_shows_the_reference(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    api.fail_next("POST", FAILURE)
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect_reference(page, "header-id")


def test_a_refusal_that_the_pages_do_not_know_shows_the_reference(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("GET", Reply(409, {"code": "market_closed", "detail": "The market is closed."}, IN_HEADER))
    expect_reference(open_page(CLIENT_ROOM), "header-id")


@pytest.mark.parametrize(
    "refusal", [refusals.LinkInvalid(), refusals.LinkExpired(NOW, "c-1", can_give_feedback=False)]
)
def test_a_refusal_that_the_pages_explain_shows_no_reference(
    open_page: OpenPage, api: FakeApi, refusal: refusals.Refusal
) -> None:
    api.fail_next("GET", problem(refusal))
    page = open_page(LINK)
    expect(page.locator("[part~=notice]")).to_be_visible()
    expect_no_reference(page)


def test_only_a_service_that_stays_busy_shows_the_reference(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("GET", BUSY)
    api.fail_next("GET", BUSY)
    page = open_page(CLIENT_ROOM)
    retry = page.get_by_role("button", name="Try again")
    retry.wait_for()
    expect_no_reference(page)
    retry.click()
    expect_reference(page, "request-2")


def test_a_success_in_between_ends_the_count_of_busy_responses(open_page: OpenPage, api: FakeApi) -> None:
    given_two_pages_of_history(api)
    api.fail_next("GET", BUSY, path="work-history")
    page = open_page(HISTORY)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="Show more").wait_for()
    api.fail_next("GET", BUSY, path="work-history")
    press("Show more")(page)
    expect(page.get_by_text("The service is busy")).to_be_visible()
    expect_no_reference(page)
    api.fail_next("GET", BUSY, path="work-history")
    press("Show more")(page)
    expect_reference(page, "request-6")


def test_without_any_response_there_is_no_reference(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("GET")
    page = open_page(CLIENT_ROOM)
    page.get_by_role("button", name="Try again").wait_for()
    expect_no_reference(page)


def test_a_success_that_is_not_json_shows_the_reference(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("GET", Reply(200, "<html>", IN_HEADER, content_type="text/html"))
    expect_reference(open_page(CLIENT_ROOM), "header-id")


def without_feedback(body: Any) -> None:
    """As if a release of the API had another shape, which these scripts cannot show."""
    if "feedback" in body:
        body["feedback"] = None


def test_an_error_while_a_response_is_shown_has_the_reference_of_that_response(
    open_page: OpenPage, api: FakeApi, console_errors: list[str]
) -> None:
    api.edit = without_feedback
    page = open_page(CLIENT_ROOM)
    expect_reference(page, "request-1")
    retry = page.get_by_role("button", name="Try again")
    with page.expect_event("pageerror"):
        retry.click()
    expect_reference(page, "request-2")
    assert len(console_errors) == 2, "the console shows each to developers"
    console_errors.clear()
    api.edit = None
    retry.click()
    expect_no_reference(page)
    expect(page.get_by_role("button", name="Give feedback")).to_be_visible()


def test_one_click_selects_the_reference(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("GET", FAILURE)
    page = open_page(CLIENT_ROOM)
    page.get_by_text("header-id", exact=True).click()
    assert page.evaluate("getSelection().toString()") == "header-id"
