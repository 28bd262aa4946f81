"""The form behind the e-mail's link: what it shows, how it is sent, and that nothing typed is lost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from mid_job_feedback.domain import refusals
from tests.builders import DAY, NOW, SECOND, a_request
from tests.web.browser import in_the_oldest_too
from tests.web.conftest import OpenPage
from tests.web.fake_api import UNAVAILABLE, Call, FakeApi, Reply, problem
from tests.web.page_states import (
    CATEGORIES,
    COMMENT,
    LINK,
    fill_in,
    fill_in_and_publish,
    given_open_request,
    press,
    rate,
)

pytestmark = in_the_oldest_too

KEYS = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")


@pytest.fixture(autouse=True)
def _asked(api: FakeApi) -> None:
    given_open_request(api)


def body(request: Call) -> Any:
    return json.loads(request.body)


KEPT = "mid-job-feedback:draft:link:feedback-links/link-token given"


def key(request: Call) -> str:
    return request.headers["idempotency-key"]


def expect_filled_in(page: Page) -> None:
    for category in CATEGORIES:
        group = page.get_by_role("radiogroup", name=category)
        expect(group.get_by_role("radio", name="4 stars")).to_be_checked()
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)


def test_the_page_shows_the_request_its_deadline_and_that_feedback_is_public(open_page: OpenPage) -> None:
    page = open_page(LINK)
    expect(page.get_by_text("Website relaunch", exact=True).first).to_be_visible()
    expect(page.get_by_text("The first milestone is done.")).to_be_visible()
    expect(page.get_by_text("You have until 28 June (13 days left).")).to_be_visible()
    who = page.get_by_text("You give this as the client of “Website relaunch”.")
    expect(who).to_contain_text("It will be public in Ana Ruiz’s work history, without your name.")
    expect(who).to_contain_text("It doesn’t affect their Job Success Score.")
    expect(page.get_by_text("This will be public. You can edit it until 17 June.")).to_be_visible()


def test_the_deadline_is_in_the_readers_time_zone(open_page: OpenPage) -> None:
    page = open_page(LINK, timezone_id="Asia/Kathmandu")
    deadline = page.get_by_title("28 June 2026 at 17:45:00 GMT+5:45")
    expect(deadline).to_have_attribute("datetime", "2026-06-28T12:00:00.000Z")


def test_the_deadline_is_exact_to_the_second(open_page: OpenPage, api: FakeApi) -> None:
    api.open_request = api.linked_request = a_request(requested_at=NOW - DAY - 33 * SECOND)
    page = open_page(LINK)
    expect(page.get_by_title("28 June 2026 at 13:59:27 CEST")).to_have_text("28 June")


def test_the_keyboard_is_enough_to_fill_in_and_publish(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    page.get_by_role("radio").first.wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Decline")).to_be_focused()
    for _ in CATEGORIES:
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first star
        for _ in range(3):
            page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Reliable and quick.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you. Your feedback is public.")).to_be_focused()
    [post] = api.posts
    assert body(post) == {"ratings": dict.fromkeys(KEYS, 4), "comment": "Reliable and quick."}


def test_the_average_follows_the_stars(open_page: OpenPage) -> None:
    page = open_page(LINK)
    total = page.get_by_role("status")
    expect(total).to_have_text("0 of 6 categories rated")
    rate(page, "4 stars")
    expect(total).to_have_text("Average: 4.00 out of 5")
    page.get_by_role("radiogroup", name="Skills").get_by_role("radio", name="5 stars").check()
    expect(total).to_have_text("Average: 4.17 out of 5")


def test_missing_ratings_are_reported_at_their_category_and_nothing_is_sent(
    open_page: OpenPage, api: FakeApi
) -> None:
    page = open_page(LINK)
    page.get_by_role("radiogroup", name="Skills").get_by_role("radio", name="2 stars").check()
    press("Publish feedback")(page)
    expect(page.get_by_text("Choose 1 to 5 stars.")).to_have_count(5)
    quality = page.get_by_role("radiogroup", name="Quality")
    expect(quality).to_have_accessible_description("Choose 1 to 5 stars.")
    expect(quality.get_by_role("radio").first).to_be_focused()
    assert api.posts == []


def test_a_comment_is_counted_in_code_points_and_kept_when_too_long(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    rate(page)
    comment = page.get_by_label("Comment")
    comment.fill("👍" * 5000)
    expect(page.get_by_text("5,000 of 5,000 characters")).to_be_visible()
    comment.fill("👍" * 5001)
    expect(page.get_by_text("This is 1 character too long.")).to_be_visible()
    press("Publish feedback")(page)
    expect(comment).to_be_focused()
    expect(comment).to_have_value("👍" * 5001)
    assert api.posts == []
    comment.fill(f"  {'👍' * 5000}\n")
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()


def test_a_comment_is_optional(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    rate(page)
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert body(api.posts[0]) == {"ratings": dict.fromkeys(KEYS, 4)}


def test_a_character_that_stands_for_spoiled_text_is_sent_escaped(open_page: OpenPage, api: FakeApi) -> None:
    """The API refuses U+FFFD as it is, since something on the way may have put it in place of other bytes."""
    page = open_page(LINK)
    rate(page)
    page.get_by_label("Comment").fill("From a file: \ufffd!")
    press("Publish feedback")(page)
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert "\ufffd" not in api.posts[0].body
    assert body(api.posts[0])["comment"] == "From a file: \ufffd!"


def test_a_double_click_sends_once(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    fill_in(page)
    page.get_by_role("button", name="Publish feedback").dblclick()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert len(api.posts) == 1


def test_the_button_is_disabled_while_sending(open_page: OpenPage) -> None:
    page = open_page(LINK)
    fill_in(page)
    states = page.evaluate_handle(
        """() => {
            const form = document.querySelector("feedback-form").shadowRoot;
            const button = form.querySelector("button[type=submit]");
            const states = [];
            new MutationObserver(() => states.push([button.disabled, button.textContent]))
                .observe(button, { attributes: true, childList: true });
            return states;
        }"""
    )
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert states.json_value()[0] == [True, "Sending…"]


def test_back_and_forward_after_publishing_change_nothing(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    page.goto("about:blank")
    page.go_back()
    expect(page.get_by_text("Thank you.").or_(page.get_by_text("has been answered"))).to_be_visible()
    page.reload()
    expect(page.get_by_text("This request has been answered")).to_be_visible()
    assert len(api.posts) == 1


def test_a_reload_loses_nothing_typed(open_page: OpenPage) -> None:
    page = open_page(LINK)
    fill_in(page)
    page.reload()
    expect_filled_in(page)


def test_the_draft_is_deleted_after_publishing(open_page: OpenPage) -> None:
    """What was given stays while it can be edited: the API does not return it to a link that has been answered."""
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage)") == [KEPT]


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (None, "We couldn’t reach the service"),
        (problem(UNAVAILABLE), "The service is busy"),
        (Reply(429, {"message": "Too Many Requests"}), "The service is busy"),
        (Reply(500, {"message": "Internal Server Error"}), "Something went wrong"),
        (Reply(502, "<html>", content_type="text/html"), "The service is busy"),
        (problem(refusals.TooLarge(1)), "Your text is too long"),
        (problem(refusals.Invalid([{"field": "elsewhere", "detail": "no"}])), "This was not accepted: no"),
        (problem(refusals.IdempotencyKeyInProgress()), "The service is busy"),
    ],
)
def test_an_error_is_shown_and_loses_nothing_typed(
    open_page: OpenPage, api: FakeApi, reply: Reply | None, said: str
) -> None:
    api.fail_next("POST", reply)
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text(said)).to_be_visible()
    expect_filled_in(page)
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()


def test_after_an_error_the_form_says_that_trying_again_is_safe(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("POST")
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("You can safely try again: it counts only once.")).to_be_visible()


def test_a_retry_after_a_lost_response_does_not_count_twice(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("POST", carried_out=True)
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    first, second = api.posts
    assert key(first) == key(second)
    assert len(api.feedback) == 1


def test_a_reload_after_a_lost_response_does_not_count_twice(open_page: OpenPage, api: FakeApi) -> None:
    """The page cannot know whether this comment or another answered the request, so it claims neither."""
    api.fail_next("POST", carried_out=True)
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This request has been answered")).to_be_visible()
    expect(page.get_by_text("We couldn’t confirm that your feedback was received.")).to_be_visible()
    assert len(api.posts) == 1


def test_an_edited_comment_is_sent_with_a_new_idempotency_key(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("POST")
    page = open_page(LINK)
    fill_in_and_publish(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    page.get_by_label("Comment").fill("Shorter.")
    press("Publish feedback")(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    first, second = api.posts
    assert key(first) != key(second)


def test_the_apis_errors_are_shown_at_their_fields(open_page: OpenPage, api: FakeApi) -> None:
    refusal = refusals.Invalid(
        [{"field": "ratings.skills", "detail": "too kind"}, {"field": "comment", "detail": "too rude"}]
    )
    api.fail_next("POST", problem(refusal))
    page = open_page(LINK)
    fill_in_and_publish(page)
    skills, comment = page.get_by_role("radiogroup", name="Skills"), page.get_by_label("Comment")
    expect(skills).to_have_accessible_description("This was not accepted: too kind")
    expect(skills).to_have_attribute("aria-invalid", "true")
    expect(comment).to_have_attribute("aria-invalid", "true")
    comment.press("End")
    comment.type("!")
    expect(page.get_by_text("too rude")).to_be_hidden()


def test_a_comment_can_be_copied_if_its_request_expires_while_writing(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(LINK)
    fill_in(page)
    api.now = NOW + 14 * DAY
    press("Publish feedback")(page)
    expect(page.get_by_role("heading", name="You can still give feedback")).to_be_focused()
    expect(page.get_by_text("The time to answer this request ended on 28 June.")).to_be_visible()
    expect(page.get_by_text("What you wrote was not published.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Clear plans, honest estimates")).to_be_visible()


def test_of_two_tabs_one_publishes_and_the_other_says_so(open_page: OpenPage, api: FakeApi) -> None:
    first = open_page(LINK)
    second = first.context.new_page()
    second.goto(first.url)
    fill_in(second)
    first.bring_to_front()
    fill_in_and_publish(first)
    expect(first.get_by_text("Thank you.")).to_be_visible()
    second.bring_to_front()
    press("Publish feedback")(second)
    expect(second.get_by_text("This request has been answered")).to_be_visible()
    expect(second.get_by_text("Clear plans, honest estimates")).to_be_visible()
    assert len(api.feedback) == 1


def test_a_page_loaded_without_https_can_send(
    new_context: Callable[..., BrowserContext], stack_url: str, api: FakeApi
) -> None:
    given_open_request(api)
    page = new_context().new_page()
    page.add_init_script("delete Crypto.prototype.randomUUID")  # only secure contexts have it
    page.goto(f"{stack_url}/app/{LINK}")
    fill_in_and_publish(page)
    expect(page.get_by_role("heading", name="Thank you.")).to_be_visible()
    assert [len(post.headers["idempotency-key"]) for post in api.posts] == [32]
