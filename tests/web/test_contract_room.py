"""The Contract Room, as the client and the freelancer of a contract see it."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from mid_job_feedback.domain import lifecycle, refusals
from tests.builders import DAY, NOW, SECOND, a_contract, a_feedback, a_request
from tests.web.browser import in_the_oldest_too
from tests.web.conftest import OpenPage
from tests.web.fake_api import FakeApi, problem
from tests.web.page_states import (
    CLIENT_ROOM,
    COMMENT,
    FREELANCER_ROOM,
    fill_in,
    fill_in_and_publish,
    given_earlier_feedback,
    given_ended_contract,
    given_freelancer_outside_rollout,
    given_open_request,
    given_open_request_and_earlier_feedback,
    given_payment_needed_by_then,
    given_three_reasons,
    press,
)

pytestmark = in_the_oldest_too

# Where everything is that is not in the dialog, and how long the page is.
PLACES = """() => {
    const { shadowRoot } = document.querySelector("contract-feedback");
    const behind = [...shadowRoot.querySelectorAll("[part=header] *, [part=tabs] *, [part=panel] *")];
    return [
        document.documentElement.scrollHeight, scrollY,
        ...behind.map((element) => JSON.stringify(element.getBoundingClientRect())),
    ];
}"""


def texts(page: Page, part: str) -> list[str]:
    return [" ".join(text.split()) for text in page.locator(f"[part~={part}]").all_inner_texts()]


def test_the_token_leaves_the_address_and_stays_in_the_tab(open_page: OpenPage) -> None:
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_visible()
    assert page.url.endswith("/app/contract?id=c-1")
    page.reload()
    expect(page.get_by_role("heading", name="Website relaunch")).to_be_visible()
    another = page.context.new_page()
    another.goto(page.url)
    expect(another.get_by_text("Please sign in")).to_be_visible()


def test_all_feedback_is_shown_newest_first_with_its_kind_ratings_score_comment_and_date(
    open_page: OpenPage, api: FakeApi
) -> None:
    given_ended_contract(api)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_role("article")).to_have_count(3)
    newest, second, oldest = texts(page, "entry")
    assert re.search(r"End of contract.*4\.67.*14 June 2026.*Counts towards the Job Success Score", newest)
    assert re.search(r"During the contract.*4\.67.*6 May 2026.*Clear plans.*Does not count", second)
    assert re.search(r"3\.83.*17 March 2026.*Skills 4 Quality 4 Availability 3 .* Cooperation 5", oldest)


def test_an_open_request_shows_who_asked_the_deadline_and_what_follows(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    for room, parties, title, deadline in (
        (
            CLIENT_ROOM,
            "You (client) and Ana Ruiz (freelancer)",
            "Ana Ruiz asked for your feedback",
            "You have until 28 June (13 days left).",
        ),
        (
            FREELANCER_ROOM,
            "You (freelancer) and Ben Okoye (client)",
            "You asked Ben Okoye for feedback",
            "Ben Okoye has until 28 June (13 days left). If there’s no answer, you can ask again.",
        ),
    ):
        page = open_page(room)
        expect(page.locator("[part~=header]")).to_contain_text(parties)
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text(deadline)).to_be_visible()
        expect(page.get_by_title("28 June 2026 at 14:00:00 CEST")).to_be_visible()
        expect(page.locator("[part~=not-yet]")).to_have_count(0)


def test_on_the_last_day_the_deadline_has_its_time(open_page: OpenPage, api: FakeApi) -> None:
    api.open_request = a_request(requested_at=NOW - 13 * DAY - DAY / 6)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_text("You have until 16 June at 10:00 CEST (20 hours left).")).to_be_visible()


def test_past_requests_show_how_and_when_they_closed(open_page: OpenPage, api: FakeApi) -> None:
    given_ended_contract(api)
    page = open_page(FREELANCER_ROOM)
    page.get_by_role("heading", name="Past requests").wait_for()
    [section] = texts(page, "past-requests")
    assert "Cancelled Asked on 12 June 2026, cancelled on 14 June 2026" in section
    assert "Answered Asked on 5 May 2026, answered on 6 May 2026" in section
    assert "Expired Asked on 27 March 2026, expired on 10 April 2026" in section


def test_the_freelancer_requests_feedback_with_a_message(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(FREELANCER_ROOM)
    press("Request feedback")(page)
    page.get_by_label("Message to Ben Okoye").fill("How is it going?")
    press("Send request")(page)
    expect(page.get_by_text("Your request is on its way to Ben Okoye.")).to_be_focused()
    expect(page.get_by_role("heading", name="You asked Ben Okoye for feedback")).to_be_visible()
    expect(page.get_by_text("14 days left")).to_be_visible()
    [post] = api.posts
    assert json.loads(post.body) == {"message": "How is it going?"}
    assert post.headers["idempotency-key"]


def test_a_message_that_was_not_sent_is_kept(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("POST")
    page = open_page(FREELANCER_ROOM)
    press("Request feedback")(page)
    message = page.get_by_label("Message to Ben Okoye")
    message.fill("x" * 501)
    press("Send request")(page)
    expect(page.get_by_text("This is 1 character too long.")).to_be_visible()
    assert api.posts == []
    message.fill("x" * 500)
    press("Send request")(page)
    expect(page.get_by_text("reach the service")).to_be_visible()
    page.reload()
    press("Request feedback")(page)
    expect(message).to_have_value("x" * 500)


def test_the_apis_error_for_the_message_is_shown_at_the_message(open_page: OpenPage, api: FakeApi) -> None:
    api.fail_next("POST", problem(refusals.Invalid([{"field": "message", "detail": "too vague"}])))
    page = open_page(FREELANCER_ROOM)
    press("Request feedback")(page)
    page.get_by_label("Message to Ben Okoye").fill("Well?")
    press("Send request")(page)
    expect(page.get_by_label("Message to Ben Okoye")).to_have_accessible_description(re.compile("too vague"))
    expect(page.get_by_label("Message to Ben Okoye")).to_have_value("Well?")


def test_a_freelancer_outside_the_rollout_sees_nothing_about_requests(open_page: OpenPage, api: FakeApi) -> None:
    given_freelancer_outside_rollout(api)
    page = open_page(FREELANCER_ROOM)
    expect(page.get_by_role("tab", name="Feedback")).to_be_visible()
    expect(page.get_by_text(re.compile("request", re.IGNORECASE))).to_have_count(0)
    expect(page.get_by_role("button", name="More actions")).to_have_count(0)


def test_the_client_gives_feedback_from_the_menu(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request_and_earlier_feedback(api)
    page = open_page(CLIENT_ROOM)
    press("Details")(page)
    press("More actions")(page)
    page.get_by_role("menuitem", name="Give feedback").click()
    expect(page.get_by_text("You can edit it until 17 June.")).to_be_visible()
    fill_in_and_publish(page)
    expect(page.get_by_role("heading", name="Thank you. Your feedback is public.")).to_be_focused()
    expect(page.get_by_role("article")).to_have_count(3)
    expect(page.get_by_role("article").first).to_contain_text("4.00")
    assert api.open_request is None


def test_both_sides_see_the_new_feedback(open_page: OpenPage, api: FakeApi) -> None:
    client = open_page(CLIENT_ROOM)
    press("Give feedback")(client)
    fill_in_and_publish(client)
    expect(client.get_by_role("article")).to_contain_text("Clear plans")
    freelancer = open_page(FREELANCER_ROOM)
    expect(freelancer.get_by_role("article")).to_contain_text("Clear plans")
    expect(freelancer.get_by_text("Feedback was given on this contract recently.")).to_be_visible()


def test_every_reason_is_shown_with_the_time_at_which_it_ends(open_page: OpenPage, api: FakeApi) -> None:
    given_three_reasons(api)
    for room in (CLIENT_ROOM, FREELANCER_ROOM):
        page = open_page(room)
        expect(page.locator("[part~=reasons] li")).to_have_text(
            [
                "This contract hasn’t been running long enough. That changes on 3 July (in 18 days).",
                re.compile("no recent payment on this contract. A new payment is needed."),
                re.compile(r"recently. The waiting time ends on 13 July \(in 28 days\)."),
            ]
        )


def test_the_date_comes_first_if_waiting_is_enough(open_page: OpenPage, api: FakeApi) -> None:
    """What is not possible yet is a hint below the feedback."""
    api.contract = a_contract(started_at=NOW - 25 * DAY, last_feedback_at=NOW - 20 * DAY)
    api.feedback = [a_feedback(provided_at=NOW - 20 * DAY)]
    page = open_page(CLIENT_ROOM)
    expect(page.locator("[part~=entry] ~ [part~=not-yet]")).to_be_visible()
    expect(page.locator("[part~=not-yet]")).to_have_text(
        "You can give feedback from 25 June (in 10 days)."
        "This contract hasn’t been running long enough.Feedback was given on this contract recently."
    )


def test_the_page_says_when_waiting_alone_is_not_enough(open_page: OpenPage, api: FakeApi) -> None:
    given_payment_needed_by_then(api)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_text("By then, a new payment will be needed too.")).to_be_visible()


def test_the_menu_leads_to_the_reasons_when_the_action_is_not_possible(open_page: OpenPage, api: FakeApi) -> None:
    given_three_reasons(api)
    page = open_page(CLIENT_ROOM)
    press("Details", "More actions")(page)
    page.get_by_role("menuitem", name="Give feedback").click()
    expect_seen_and_focused(page.get_by_text("You can’t give feedback right now."))


def test_the_menu_leads_to_why_a_request_is_not_possible(open_page: OpenPage, api: FakeApi) -> None:
    """From the end of a long page, by mouse and by keyboard."""
    given_many_reasons_and_much_feedback(api)
    page = open_page(FREELANCER_ROOM, viewport={"width": 320, "height": 480})
    more, reason = page.get_by_role("button", name="More actions"), page.get_by_text("You can’t request feedback")
    press("More actions")(page)
    page.get_by_role("menuitem", name="Request feedback").click()
    expect_seen_and_focused(reason)
    more.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect_seen_and_focused(reason)


def test_the_menu_leads_to_the_open_request_while_there_is_one(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request_and_earlier_feedback(api)
    page = open_page(FREELANCER_ROOM)
    press("More actions")(page)
    page.get_by_role("menuitem", name="Request feedback").click()
    expect_seen_and_focused(page.get_by_role("heading", name="You asked Ben Okoye for feedback"))


def given_many_reasons_and_much_feedback(api: FakeApi) -> None:
    given_three_reasons(api)
    api.feedback = [a_feedback(feedback_id=f"f-{count}", comment=COMMENT) for count in range(5)]


def expect_seen_and_focused(text: Locator) -> None:
    expect(text).to_be_focused()
    expect(text).to_be_in_viewport()
    expect(text).to_have_css("outline-style", "solid")
    expect(text).to_have_css("outline-width", "2px")


def test_nothing_moves_when_the_dialog_opens_and_closes(open_page: OpenPage, api: FakeApi) -> None:
    given_earlier_feedback(api)
    page = open_page(FREELANCER_ROOM, viewport={"width": 320, "height": 480})
    page.get_by_role("article").last.wait_for()
    before = page.evaluate(PLACES)
    press("Request feedback")(page)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate(PLACES) == before
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate(PLACES) == before


def test_a_reload_while_writing_opens_the_form_again_with_its_text(open_page: OpenPage) -> None:
    page = open_page(CLIENT_ROOM)
    press("Give feedback")(page)
    fill_in(page)
    page.reload()
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    press("Cancel")(page)
    expect(page.get_by_role("button", name="Give feedback")).to_be_focused()
    press("Give feedback")(page)
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)


def test_a_comment_that_came_too_late_can_be_copied(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(CLIENT_ROOM)
    press("Give feedback")(page)
    fill_in(page)
    api.contract = a_contract(ended_at=NOW)
    press("Publish feedback")(page)
    expect(page.get_by_text("Something has changed since you opened this page.")).to_be_visible()
    expect(page.locator("[part~=reasons]")).to_contain_text("This contract has ended.")
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)
    page.reload()
    expect(page.get_by_text("What you wrote was not published.")).to_be_visible()
    expect(page.get_by_text("Clear plans, honest estimates")).to_be_visible()


def test_a_sign_in_that_expires_while_writing_loses_nothing(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(CLIENT_ROOM)
    press("Give feedback")(page)
    fill_in(page)
    page.evaluate("document.querySelector('contract-feedback').token = () => 'expired'")
    expect(page.get_by_text("Please sign in")).to_be_visible()
    page.goto(page.url + "#token=client-token")
    expect(page.get_by_label("Comment")).to_have_value(COMMENT)


def test_an_open_form_is_sent_with_the_newest_token(open_page: OpenPage) -> None:
    page = open_page(CLIENT_ROOM)
    press("Give feedback")(page)
    page.evaluate("""() => {
        const room = document.querySelector("contract-feedback");
        room.token = async () => "client-token";
        room.dataset.tokens = 0;
        room.token = async () => { room.dataset.tokens++; return "client-token"; };
    }""")
    fill_in_and_publish(page)
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert int(page.evaluate("document.querySelector('contract-feedback').dataset.tokens")) >= 2


def test_of_two_tabs_one_publishes_and_the_other_explains_why_it_cannot(open_page: OpenPage, api: FakeApi) -> None:
    first = open_page(CLIENT_ROOM)
    second = first.context.new_page()
    second.goto(first.url.partition("#")[0] + "#token=client-token")
    press("Give feedback")(second)
    fill_in(second)
    first.bring_to_front()
    press("Give feedback")(first)
    fill_in_and_publish(first)
    expect(first.get_by_text("Thank you.")).to_be_visible()
    second.bring_to_front()
    press("Publish feedback")(second)
    expect(second.get_by_text("This isn’t possible right now")).to_be_visible()
    expect(second.get_by_label("Comment")).to_have_value(COMMENT)
    assert len(api.feedback) == 1


def test_of_two_freelancer_tabs_only_one_makes_a_request(open_page: OpenPage, api: FakeApi) -> None:
    page = open_page(FREELANCER_ROOM)
    press("Request feedback")(page)
    given_open_request(api)
    press("Send request")(page)
    expect(page.get_by_text("You already have an open request")).to_be_visible()
    expect(page.get_by_text("It expires on 28 June (in 13 days)")).to_be_visible()


def test_a_request_that_expires_while_the_page_is_open_is_shown_as_expired(
    open_page: OpenPage, api: FakeApi
) -> None:
    api.open_request = a_request(requested_at=NOW - 14 * DAY + 90 * SECOND)
    page = open_page("freelancer", own_context=True)
    page.clock.install(time=NOW)
    page.goto(page.url.replace("freelancer", FREELANCER_ROOM))
    expect(page.get_by_text(re.compile(r"\((89|90) seconds left\)"))).to_be_visible()
    page.clock.run_for(61_000)
    expect(page.get_by_text(re.compile(r"\((29|30) seconds left\)"))).to_be_visible()
    api.now = NOW + 120 * SECOND
    page.clock.run_for(61_000)
    expect(page.get_by_role("heading", name="You asked Ben Okoye")).to_be_hidden()
    expect(page.get_by_text("Expired", exact=True)).to_be_visible()


def test_returning_to_the_page_loads_what_has_changed(open_page: OpenPage, api: FakeApi) -> None:
    given_open_request(api)
    page = open_page(FREELANCER_ROOM)
    expect(page.get_by_role("heading", name="You asked Ben Okoye")).to_be_visible()
    given_earlier_feedback(api)
    api.past_requests = [lifecycle.close(a_request(), "feedback_given", NOW)]
    api.open_request = None
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="You asked Ben Okoye")).to_be_hidden()
    expect(page.get_by_role("article")).to_have_count(2)


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("contract?id=c-1", "Please sign in"),
        ("contract?id=c-1#token=expired", "Please sign in"),
        ("contract?id=c-2#token=client-token", "We couldn’t find this contract"),
        ("contract#token=client-token", "Page not found"),
    ],
)
def test_a_contract_that_cannot_be_shown_is_explained(open_page: OpenPage, address: str, title: str) -> None:
    expect(open_page(address).get_by_role("heading", name=title)).to_be_visible()


def test_a_contract_that_has_not_started_is_not_called_ended(open_page: OpenPage, api: FakeApi) -> None:
    api.contract = a_contract(started_at=NOW + 2 * DAY)
    page = open_page(CLIENT_ROOM)
    expect(page.get_by_text("This contract hasn’t started yet. It starts on")).to_be_visible()
    expect(page.get_by_text("has ended")).to_have_count(0)
