"""Replies to feedback, reports, and what the marketplace removed, as the parties of a contract see them."""

import json

from playwright.sync_api import expect

from mid_job_feedback.domain import refusals
from mid_job_feedback.domain.models import Ground, ReportTarget
from tests.builders import DAY, NOW, SECOND
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi, problem
from tests.web.page_states import (
    CLIENT_ROOM,
    FREELANCER_ROOM,
    REPLY_TEXT,
    given_replies,
    press,
    removed,
    reply_to,
    report,
)


def test_the_freelancer_replies_changes_the_reply_and_takes_it_back(open_page: OpenPage, api: FakeApi) -> None:
    given_replies(api)
    page = open_page(FREELANCER_ROOM)
    entry = page.get_by_role("article").first
    expect(entry).to_contain_text("You can reply until 13 July.")
    reply_to("  Thank you!  ")(page)
    expect(page.get_by_text("Your reply is public.")).to_be_focused()
    expect(entry.get_by_role("heading", level=5)).to_have_text("Your reply")
    expect(entry).to_contain_text("Thank you!")
    expect(entry).to_contain_text("You can change your reply or take it back until 17 June.")
    expect(entry.get_by_role("button", name="Reply", exact=True)).to_have_count(0)

    api.now += 60 * SECOND
    entry.get_by_role("button", name="Change reply").click()
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value("Thank you!")
    page.get_by_role("textbox", name="Your reply").fill("Thanks a lot!")
    press("Save reply")(page)
    expect(page.get_by_text("Your reply has been changed.")).to_be_focused()
    expect(entry).to_contain_text("Thanks a lot! Changed on 15 June 2026", use_inner_text=True)

    entry.get_by_role("button", name="Take back reply").click()
    page.get_by_role("dialog", name="Take back your reply").get_by_role("button", name="Take back reply").click()
    expect(page.get_by_text("You took your reply back.")).to_be_focused()
    expect(entry.locator("[part~=reply]")).to_have_count(0)
    expect(entry.get_by_role("button", name="Reply", exact=True)).to_be_visible()
    assert [(call.method, call.path) for call in api.puts] == [
        ("PUT", "contracts/c-1/feedback/f-end/reply"),
        ("PUT", "contracts/c-1/feedback/f-end/reply"),
        ("DELETE", "contracts/c-1/feedback/f-end/reply"),
    ]
    assert json.loads(api.puts[0].body) == {"text": "Thank you!"}
    assert api.feedback[0].reply is None


def test_an_empty_reply_and_one_that_is_too_long_are_told_apart(open_page: OpenPage, api: FakeApi) -> None:
    given_replies(api)
    page = open_page(FREELANCER_ROOM)
    reply_to("x" * 2001)(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name="Your reply")).to_be_focused()
    expect(dialog.get_by_text("Write your reply first.")).to_have_count(0)
    dialog.get_by_role("textbox", name="Your reply").fill(" ")
    dialog.get_by_role("button", name="Publish reply").click()
    expect(dialog.get_by_text("Write your reply first.")).to_be_visible()
    assert api.puts == []


def test_what_is_written_too_late_stays_and_the_page_knows_when_it_is_too_late(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_replies(api)
    page = open_page(FREELANCER_ROOM)
    too_late = refusals.ReplyClosed(NOW - SECOND, replied=False)
    api.fail_next("PUT", problem(too_late))
    reply_to(REPLY_TEXT)(page)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The time for your reply has ended")
    expect(dialog.get_by_role("textbox", name="Your reply")).to_have_value(REPLY_TEXT)
    api.now = NOW + 40 * DAY
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Change reply")).to_have_count(0)
    expect(page.get_by_text("until 13 July")).to_have_count(0)


def test_the_client_reads_replies_and_reports_one_once(open_page: OpenPage, api: FakeApi) -> None:
    given_replies(api)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_role("heading", level=5)).to_have_text(["Reply from Ana Ruiz"] * 2)
    expect(page.get_by_role("article").nth(1)).to_contain_text("The feedback was edited after this reply.")
    taken_down = page.get_by_role("article").last.locator("[part~=reply]")
    expect(taken_down).to_contain_text("The marketplace removed this reply on 6 April 2026.")
    expect(taken_down.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("button", name="Reply", exact=True)).to_have_count(0)
    report("reply", "False statement", "I was told on the day.")(page)
    expect(page.get_by_text("staff will check your report")).to_be_focused()
    [made] = api.reports
    assert (made.feedback_id, made.target, made.ground) == ("f-3", ReportTarget.REPLY, Ground.FALSE_STATEMENT)
    assert (made.details, made.reporter_id) == ("I was told on the day.", "u-client")
    report("reply", "Abusive language")(page)
    expect(page.get_by_role("status").filter(has_text="You have already reported this")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert len(api.reports) == 1


def test_the_freelancer_reports_feedback_that_is_removed_meanwhile(open_page: OpenPage, api: FakeApi) -> None:
    given_replies(api)
    page = open_page(FREELANCER_ROOM)
    page.get_by_role("button", name="Report feedback").nth(1).click()
    dialog = page.get_by_role("dialog", name="Report feedback")
    press("Send report")(page)
    expect(dialog.get_by_role("radiogroup")).to_have_accessible_description("Choose a reason.")
    expect(dialog.get_by_role("radio", name="Abusive language")).to_be_focused()
    api.feedback[1] = removed(api.feedback[1])
    dialog.get_by_role("radio", name="Extortion").check()
    press("Send report")(page)
    expect(page.get_by_role("status").filter(has_text="The marketplace has removed this")).to_be_focused()
    expect(page.get_by_role("article").nth(1)).to_contain_text(
        "The marketplace removed this feedback on 12 June 2026."
    )
    expect(page.get_by_role("button", name="Report feedback")).to_have_count(2)
    assert api.reports == []
