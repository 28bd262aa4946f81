"""The client edits feedback: in the Contract Room, in the inbox, and by the link that gave it."""

import json

from playwright.sync_api import expect

from mid_job_feedback.domain.models import Feedback
from tests.builders import DAY, NOW, a_feedback
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi
from tests.web.page_states import (
    CLIENT_ROOM,
    COMMENT,
    FREELANCER_ROOM,
    INBOX,
    LINK,
    edit,
    fill_in_and_publish,
    give_feedback,
    given_ended_contract,
    given_feedback_by_link,
    given_open_request,
    press,
    rate,
)

BETTER = "Better than ever."
EVENTS = """() => addEventListener("feedback-corrected", ({ detail }) => { window.corrected = detail.comment; })"""


def sent(api: FakeApi) -> list[tuple[str, str, str | None]]:
    """Path, comment and `If-Match` of each call that edited feedback."""
    return [(put.path, json.loads(put.body)["comment"], put.headers.get("if-match")) for put in api.puts]


def given_new_feedback(api: FakeApi) -> None:
    api.feedback = [a_feedback(comment=COMMENT, provided_at=NOW - DAY / 2)]


def edited(feedback: Feedback, comment: str) -> Feedback:
    """As somebody edited it elsewhere."""
    changed = {"comment": comment, "revision": feedback.revision + 1, "edited_at": NOW}
    return feedback.model_copy(update=changed)


def test_the_client_edits_what_was_just_given_and_both_parties_see_what_it_said(
    open_page: OpenPage, api: FakeApi
) -> None:
    page = open_page(CLIENT_ROOM)
    page.evaluate(EVENTS)
    give_feedback(page)
    press("Edit feedback")(page)
    expect(page.get_by_role("heading", name="Edit your feedback")).to_be_focused()
    expect(page.get_by_role("button", name="Edit feedback")).to_have_count(0)
    page.get_by_label("Comment").fill("Not this.")
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Edit feedback")).to_be_focused()
    press("Edit feedback")(page)
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    rate(page, "5 stars")
    page.get_by_label("Comment").fill(BETTER)
    press("Save changes")(page)
    expect(page.get_by_text("Your edited feedback is public.")).to_be_focused()
    assert sent(api) == [("contracts/c-1/feedback/f-new-0", BETTER, '"1"')]
    assert page.evaluate("window.corrected") == BETTER
    freelancer = open_page(FREELANCER_ROOM)
    for room in (page, freelancer):
        entry = room.get_by_role("article")
        expect(entry).to_contain_text("Edited on 15 June 2026")
        expect(entry).to_contain_text(BETTER)
        expect(entry.get_by_text("Clear plans")).to_be_hidden()
        entry.get_by_text("Earlier versions (1)").click()
        expect(entry.get_by_text("Clear plans")).to_be_visible()
    expect(freelancer.get_by_role("button", name="Edit feedback")).to_have_count(0)


def test_a_newer_version_is_shown_and_the_person_decides(open_page: OpenPage, api: FakeApi) -> None:
    """First to replace it, and the next time to start from it. What was typed is kept, over a reload, too."""
    given_new_feedback(api)
    page = open_page(CLIENT_ROOM)
    press("Edit feedback")(page)
    page.get_by_label("Comment").fill(BETTER)
    api.feedback[0] = edited(api.feedback[0], "From another tab.")
    page.reload()
    expect(page.get_by_label("Comment")).to_have_value(BETTER)
    press("Save changes")(page)
    conflict = page.locator("form").get_by_text("Your feedback has changed since you started to edit it")
    expect(conflict).to_be_visible()
    expect(page.locator("form").get_by_role("article")).to_contain_text("From another tab.")
    expect(page.get_by_label("Comment")).to_have_value(BETTER)
    press("Save changes")(page)
    expect(page.get_by_text("Your edited feedback is public.")).to_be_visible()
    press("Edit feedback")(page)
    page.get_by_label("Comment").fill("Once more.")
    api.feedback[0] = edited(api.feedback[0], "From another tab again.")
    press("Save changes", "Start from this version")(page)
    expect(page.get_by_label("Comment")).to_have_value("From another tab again.")
    expect(conflict).to_be_hidden()
    page.get_by_label("Comment").fill("The end.")
    press("Save changes")(page)
    expect(page.get_by_text("Your edited feedback is public.")).to_be_visible()
    path = "contracts/c-1/feedback/f-1"
    assert sent(api) == [
        (path, BETTER, '"1"'),
        (path, BETTER, '"2"'),
        (path, "Once more.", '"3"'),
        (path, "The end.", '"4"'),
    ]


def test_after_its_time_feedback_cannot_be_edited_and_what_was_typed_can_be_copied(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_new_feedback(api)
    page = open_page(CLIENT_ROOM)
    press("Edit feedback")(page)
    page.get_by_label("Comment").fill(BETTER)
    api.now = NOW + 2 * DAY
    press("Save changes")(page)
    expect(page.get_by_role("heading", name="Your feedback can no longer be edited")).to_be_focused()
    expect(page.get_by_text("The time to edit it ended on 17 June at 02:00 CEST.")).to_be_visible()
    for _ in range(2):
        expect(page.get_by_text("What you wrote was not published.")).to_be_visible()
        expect(page.get_by_text(BETTER)).to_be_visible()
        expect(page.get_by_role("button", name="Edit feedback")).to_have_count(0)
        page.reload()


def test_end_of_contract_feedback_and_old_feedback_cannot_be_edited(open_page: OpenPage, api: FakeApi) -> None:
    given_ended_contract(api)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("button", name="Edit feedback")).to_have_count(0)


def test_what_was_given_by_a_link_is_edited_at_the_end_of_the_form_and_after_a_reload(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_open_request(api)
    page = open_page(LINK)
    fill_in_and_publish(page)
    edit("One.")(page)
    expect(page.get_by_role("heading", name="Your edited feedback is public.")).to_be_focused()
    expect(page.get_by_role("article")).to_contain_text("Edited on")
    page.reload()
    expect(page.get_by_role("heading", name="This request has been answered")).to_be_visible()
    press("Edit feedback")(page)
    expect(page.get_by_label("Comment")).to_have_value("One.")
    expect(page.get_by_text("can’t show what you gave")).to_have_count(0)
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Edit feedback")).to_be_focused()
    press("Edit feedback")(page)
    page.get_by_label("Comment").fill("Two.")
    api.feedback[0] = edited(api.feedback[0], "From the Contract Room.")
    page.reload()
    expect(page.get_by_label("Comment")).to_have_value("Two.")
    press("Save changes")(page)
    expect(page.get_by_text("Your feedback has changed since you started to edit it")).to_be_visible()
    press("Save changes")(page)
    expect(page.get_by_role("heading", name="Your edited feedback is public.")).to_be_visible()
    path = "feedback-links/link-token"
    assert sent(api) == [(path, "One.", '"1"'), (path, "Two.", '"2"'), (path, "Two.", '"3"')]
    api.now = NOW + 3 * DAY
    page.reload()
    expect(page.get_by_role("heading", name="This request has been answered")).to_be_visible()
    expect(page.get_by_role("button", name="Edit feedback")).to_have_count(0)
    assert page.evaluate("sessionStorage.length") == 0


def test_another_browser_edits_by_the_link_what_it_cannot_show(open_page: OpenPage, api: FakeApi) -> None:
    """Nobody knows there which revision it replaces."""
    given_feedback_by_link(api)
    page = open_page(LINK)
    press("Edit feedback")(page)
    expect(page.get_by_text("can’t show what you gave before. What you save replaces all")).to_be_visible()
    expect(page.get_by_label("Comment")).to_be_empty()
    press("Save changes")(page)
    expect(page.get_by_role("radiogroup", name="Skills")).to_have_accessible_description("Choose 1 to 5 stars.")
    rate(page)
    page.evaluate("document.querySelector('feedback-form').refresh()")  # what is being edited stays
    page.get_by_label("Comment").fill(BETTER)
    press("Save changes")(page)
    expect(page.get_by_role("article")).to_contain_text(BETTER)
    assert sent(api) == [("feedback-links/link-token", BETTER, None)]


def test_feedback_that_was_given_in_the_inbox_is_edited_there(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(INBOX)
    give_feedback(page)
    edit(BETTER)(page)
    expect(page.get_by_role("heading", name="Your edited feedback is public.")).to_be_focused()
    expect(page.get_by_role("article")).to_contain_text(BETTER)
    assert sent(api) == [("contracts/c-1/feedback/f-new-0", BETTER, '"1"')]
