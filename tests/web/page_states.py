"""Every page in every state that differs to the eye: for the accessibility checks and for the screenshots.

`given_…` functions set what the fake API knows; the others act on a page as a person would.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.sync_api import Locator, Page, expect

from mid_job_feedback.domain import lifecycle, refusals, views
from mid_job_feedback.domain.email_delivery import EmailState
from mid_job_feedback.domain.models import EarlierVersion, Feedback, FeedbackKind, Ground, Party, Removal
from mid_job_feedback.domain.models import Reply as FeedbackReply
from tests.builders import CLIENT, DAY, FREELANCER, NOW, POLICY, a_contract, a_feedback, a_request, an_email_report
from tests.web.fake_api import UNAVAILABLE, FakeApi, Reply, a_summary, problem

CLIENT_ROOM = "contract?id=c-1#token=client-token"
FREELANCER_ROOM = "contract?id=c-1#token=freelancer-token"
LINK = "feedback#t=link-token"
PREFERENCES = "email-preferences#t=link-token"
HISTORY = "freelancer?id=u-freelancer"
INBOX = "inbox#token=client-token"

CATEGORIES = ("Skills", "Quality", "Availability", "Deadlines", "Communication", "Cooperation")
MESSAGE = "The first milestone is done. How has it been for you so far?"
COMMENT = (
    "Clear plans, honest estimates and a build that works the first time.\n"
    "Answers within the hour, also when the news is bad. We would work together again at once 👍🏽"
)
MIXED_RATINGS = {
    "skills": 4,
    "quality": 4,
    "availability": 3,
    "deadlines": 3,
    "communication": 4,
    "cooperation": 5,
}
REPLY_TEXT = "Thank you. The search took longer than planned, and I said so a week before."
RIGHT_TO_LEFT = "\u202eתודה רבה על הכול"  # noqa: RUF001 - Hebrew, after a character that overrides the direction
LONG_WORD = "Relaunch-of-the-customer-portal-including-search-payments-and-the-archive-" * 4
MARKUP = "<script>document.title='broken in'</script> <img src=x onerror=alert(1)> javascript:alert(1)"


@dataclass(frozen=True)
class PageState:
    address: str
    arrange: Callable[[FakeApi], None] = lambda _: None
    act: Callable[[Page], None] = lambda _: None
    shows: str = ""  # text that appears when the state is reached

    def open(self, page: Page, stack_url: str) -> None:
        page.goto(f"{stack_url}/app/{self.address}")
        self.act(page)
        page.get_by_text(self.shows).filter(visible=True).first.wait_for(timeout=5000)


def once_there(locator: Locator, number: int) -> list[Locator]:
    """All elements of the locator, once there are so many: `all()` alone does not wait until a page has loaded."""
    expect(locator).to_have_count(number)
    return locator.all()


def press(*names: str) -> Callable[[Page], None]:
    """Presses the first button or tab of each name, one after the other."""

    def act(page: Page) -> None:
        for name in names:
            page.get_by_role("button", name=name).or_(page.get_by_role("tab", name=name)).first.click()

    return act


def rate(page: Page, stars: str = "4 stars") -> None:
    for category in CATEGORIES:
        page.get_by_role("radiogroup", name=category).get_by_role("radio", name=stars).check()


def fill_in(page: Page) -> None:
    rate(page)
    page.get_by_label("Comment").fill(COMMENT)


def fill_in_and_publish(page: Page) -> None:
    fill_in(page)
    press("Publish feedback")(page)


def give_feedback(page: Page) -> None:
    press("Give feedback")(page)
    fill_in_and_publish(page)


def request_feedback(page: Page) -> None:
    press("Request feedback")(page)
    press("Send request")(page)


def turn_emails_off(page: Page) -> None:
    page.get_by_role("radio", name="Don’t send them").check()
    press("Save")(page)


def given_busy_preferences(api: FakeApi) -> None:
    api.fail_next("POST", problem(UNAVAILABLE))


def decline(choice: str) -> Callable[[Page], None]:
    """From the page or from the open dialog, with the choice that starts with these words."""

    def act(page: Page) -> None:
        if not page.get_by_role("dialog").is_visible():
            press("Decline")(page)
        page.get_by_role("radio", name=choice).check()
        press("Decline request")(page)

    return act


def withdraw(page: Page) -> None:
    press("Withdraw request")(page)
    page.get_by_role("dialog").get_by_role("button", name="Withdraw request").click()


def given_open_request(api: FakeApi) -> None:
    api.open_request = a_request(message=MESSAGE)
    api.deliveries = {"r-1": an_email_report(state=EmailState.DELIVERED)}


def given_earlier_feedback(api: FakeApi) -> None:
    """Two mid-contract feedbacks, one request that was answered and one that expired."""
    api.feedback = [
        a_feedback(comment=COMMENT, provided_at=NOW - 40 * DAY),
        a_feedback(feedback_id="f-0", ratings=MIXED_RATINGS, comment=None, provided_at=NOW - 90 * DAY),
    ]
    api.past_requests = [
        lifecycle.close(
            a_request(request_id="r-0", requested_at=NOW - 41 * DAY), "feedback_given", NOW - 40 * DAY
        ),
        lifecycle.close(
            a_request(request_id="r-00", requested_at=NOW - 80 * DAY, message=MESSAGE), "deadline_passed", NOW
        ),
    ]


def given_replies(api: FakeApi) -> None:
    """After the end: feedback without a reply, feedback that was edited after the reply, and two removed texts."""
    edited = {"edited_at": NOW - DAY / 4, "revision": 2, "ratings": MIXED_RATINGS}
    taken_down = Removal(at=NOW - 70 * DAY, ground=Ground.ABUSIVE)
    api.contract = a_contract(started_at=NOW - 150 * DAY, ended_at=NOW - DAY / 8)
    api.feedback = [
        a_feedback(feedback_id="f-end", kind=FeedbackKind.END_OF_CONTRACT, provided_at=NOW - DAY / 8),
        a_feedback(
            feedback_id="f-3", comment=COMMENT, provided_at=NOW - DAY, **edited, reply=a_reply(NOW - DAY / 2)
        ),
        removed(a_feedback(feedback_id="f-2", provided_at=NOW - 55 * DAY)),
        a_feedback(
            feedback_id="f-0",
            provided_at=NOW - 90 * DAY,
            reply=a_reply(NOW - 80 * DAY, text=None, removed=taken_down),
        ),
    ]
    api.earlier_versions = {"f-3": [an_earlier_version(api.feedback[1])]}


def an_earlier_version(feedback: Feedback) -> EarlierVersion:
    """What stood there before feedback was edited for the first time."""
    assert feedback.edited_at
    text = a_feedback(comment="Reliable.", ratings=dict.fromkeys(MIXED_RATINGS, 3)).text
    return EarlierVersion(revision=1, **text._asdict(), replaced_at=feedback.edited_at)


def given_feedback_by_link(api: FakeApi) -> None:
    """Half a day ago."""
    api.linked_request = a_request(requested_at=NOW - DAY)
    api.past_requests = [lifecycle.close(api.linked_request, "feedback_given", NOW - DAY / 2)]
    api.feedback = [
        a_feedback(
            comment=COMMENT, provided_at=NOW - DAY / 2, request_id=api.linked_request.request_id, by_link=True
        )
    ]
    api.contract = a_contract(last_feedback_at=NOW - DAY / 2)


def given_edit_elsewhere(api: FakeApi) -> None:
    """Somebody has edited the feedback since the page was loaded."""
    given_replies(api)
    api.fail_next("PUT", problem(refusals.RevisionMismatch(2)))


def unfold_earlier_versions(page: Page) -> None:
    page.get_by_text("Earlier versions (1)").click()


def edit(comment: str) -> Callable[[Page], None]:
    """The first feedback that can be edited."""

    def act(page: Page) -> None:
        press("Edit feedback")(page)
        page.get_by_label("Comment").fill(comment)
        press("Save changes")(page)

    return act


def a_reply(replied_at: datetime, **overrides: Any) -> FeedbackReply:
    return FeedbackReply(**{"text": REPLY_TEXT, "replied_at": replied_at, **overrides})


def removed(feedback: Feedback) -> Feedback:
    removal = Removal(at=NOW - 3 * DAY, ground=Ground.PRIVATE_INFORMATION)
    return feedback.model_copy(update={"ratings": None, "score": None, "comment": None, "removed": removal})


def reply_to(text: str) -> Callable[[Page], None]:
    """To the first feedback that can be replied to."""

    def act(page: Page) -> None:
        page.get_by_role("button", name="Reply", exact=True).click()
        page.get_by_role("textbox", name="Your reply").fill(text)
        press("Publish reply")(page)

    return act


def report(target: str, ground: str, details: str = "") -> Callable[[Page], None]:
    """The first text of this kind."""

    def act(page: Page) -> None:
        press(f"Report {target}")(page)
        page.get_by_role("radio", name=ground).check()
        page.get_by_role("textbox", name="Details").fill(details)
        press("Send report")(page)

    return act


def publish_and_edit(page: Page) -> None:
    fill_in_and_publish(page)
    edit("Better than ever.")(page)


def given_settled_report(api: FakeApi) -> None:
    given_replies(api)
    api.fail_next("POST", problem(refusals.AlreadyReported()))


def given_open_request_and_earlier_feedback(api: FakeApi) -> None:
    given_open_request(api)
    given_earlier_feedback(api)


def given_ended_contract(api: FakeApi) -> None:
    """With end-of-contract feedback, and a request that the end cancelled."""
    given_earlier_feedback(api)
    api.contract = a_contract(ended_at=NOW - DAY)
    api.feedback.insert(
        0, a_feedback(feedback_id="f-end", kind=FeedbackKind.END_OF_CONTRACT, provided_at=NOW - DAY)
    )
    api.past_requests.insert(
        0, lifecycle.close(a_request(requested_at=NOW - 3 * DAY), "contract_ended", NOW - DAY)
    )


def given_three_reasons(api: FakeApi) -> None:
    """Too new, never paid, and feedback too recent."""
    api.contract = a_contract(started_at=NOW - 12 * DAY, last_payment_at=None, last_feedback_at=NOW - 2 * DAY)


def given_payment_needed_by_then(api: FakeApi) -> None:
    """When the feedback interval ends, the last payment will be too old."""
    api.contract = a_contract(last_payment_at=NOW - 20 * DAY, last_feedback_at=NOW - 2 * DAY)


def given_freelancer_outside_rollout(api: FakeApi) -> None:
    api.requests_enabled = False


def given_closed_request(closed_by: lifecycle.ClosedBy, **contract: object) -> Callable[[FakeApi], None]:
    def arrange(api: FakeApi) -> None:
        api.linked_request = a_request(requested_at=NOW - 20 * DAY)
        closed_at = NOW if closed_by == "deadline_passed" else NOW - 10 * DAY
        api.past_requests = [lifecycle.close(api.linked_request, closed_by, closed_at)]
        api.contract = a_contract(**contract)

    return arrange


def set_delivery(body: Any, status: str, reason: str | None = None) -> None:
    """In the Feedback tab `body`, of all requests."""
    for request in filter(None, [body.get("open_request"), *body.get("past_requests", [])]):
        request["delivery"] = {"email": {"status": status, "reason": reason, "at": "2026-06-15T10:30:00.000Z"}}


def given_muted_requests(api: FakeApi) -> None:
    """The open request stays open. Its e-mail bounced."""
    given_open_request(api)
    api.deliveries = {"r-1": an_email_report(state=EmailState.BOUNCED)}
    api.contract = a_contract(requests_muted=True)


def given_declined_request(api: FakeApi) -> None:
    """Two days ago."""
    api.linked_request = a_request(requested_at=NOW - 3 * DAY, message=MESSAGE)
    api.past_requests = [lifecycle.close(api.linked_request, "declined", NOW - 2 * DAY)]
    api.contract = a_contract(last_declined_at=NOW - 2 * DAY)


def given_withdrawn_request(api: FakeApi) -> None:
    api.linked_request = a_request(requested_at=NOW - DAY / 2)
    api.past_requests = [lifecycle.close(api.linked_request, "withdrawn", NOW - DAY / 4)]
    api.contract = a_contract(last_withdrawn_request_at=NOW - DAY / 2)


def given_superseded_link(api: FakeApi) -> None:
    given_open_request(api)
    api.link_address = "old@example.com"


def given_refused_post(refusal: refusals.Refusal) -> Callable[[FakeApi], None]:
    def arrange(api: FakeApi) -> None:
        given_open_request(api)
        api.fail_next("POST", problem(refusal))

    return arrange


def given_unreachable_api(api: FakeApi) -> None:
    api.fail_next("GET")


def given_busy_summary(api: FakeApi) -> None:
    given_two_pages_of_history(api)
    api.summary = None


def given_busy_api(api: FakeApi) -> None:
    api.fail_next("GET", problem(UNAVAILABLE))


def given_failing_gateway(api: FakeApi) -> None:
    """The error that API Gateway sends when a function fails."""
    api.fail_next("GET", Reply(500, {"message": "Internal Server Error"}))


def given_hostile_text(api: FakeApi) -> None:
    """Text that tries to break the page: markup, the other direction, no place to wrap."""
    freelancer = Party(id="u-freelancer", name=RIGHT_TO_LEFT, email="freelancer@example.com")
    api.contract = a_contract(title=LONG_WORD[:300], client=CLIENT, freelancer=freelancer)
    api.open_request = a_request(message=f"{MARKUP} {LONG_WORD}"[:500])
    api.feedback = [
        a_feedback(comment=f"{RIGHT_TO_LEFT} {MARKUP}", provided_at=NOW - 50 * DAY),
        a_feedback(feedback_id="f-0", comment=LONG_WORD * 3, provided_at=NOW - 90 * DAY),
    ]


def given_two_pages_of_history(api: FakeApi) -> None:
    """Three contracts. The feedback of the first is split over both pages. One has a reply, one is removed."""
    given_earlier_feedback(api)
    api.feedback[1] = api.feedback[1].model_copy(update={"reply": a_reply(NOW - 89 * DAY)})
    ended = [
        a_feedback(
            contract_id="c-0", feedback_id="f-c0", kind=FeedbackKind.END_OF_CONTRACT, ratings=MIXED_RATINGS
        ),
        removed(a_feedback(contract_id="c-0", feedback_id="f-c1", provided_at=NOW - 60 * DAY)),
    ]
    api.summary = a_summary(*api.feedback, *ended, name="Ana Ruiz")
    running = [views.public_feedback(entry) for entry in api.feedback]
    api.history = {
        None: _history_page([_history_contract("c-1", "Website relaunch", running[:1])], "next"),
        "next": _history_page(
            [
                _history_contract("c-1", "Website relaunch", running[1:]),
                _history_contract("c-0", "Style guide", [views.public_feedback(e) for e in ended], ended=True),
                _history_contract("c-00", "Logo", [], ended=True),
            ],
            None,
        ),
    }


def given_requests_on_two_contracts(api: FakeApi) -> None:
    """The first ends tomorrow, its e-mail bounced, and its freelancer has written nothing."""
    given_open_request(api)
    api.other_contracts = [another_contract("c-8", "Style guide", "Kim Chau", NOW + DAY)]
    api.other_contracts[0].deliveries = {"r-c-8": an_email_report(state=EmailState.BOUNCED)}


def given_many_requests(api: FakeApi) -> None:
    """23, which are two pages."""
    api.other_contracts = [
        another_contract(f"c-{number}", f"Brochure {number}", "Kim Chau", NOW + number * DAY / 2)
        for number in range(2, 25)
    ]


def another_contract(contract_id: str, title: str, freelancer: str, expires_at: datetime) -> FakeApi:
    """A contract of the same client, who has an open request there."""
    return FakeApi(
        contract=a_contract(
            contract_id=contract_id, title=title, freelancer=FREELANCER.model_copy(update={"name": freelancer})
        ),
        open_request=a_request(
            request_id=f"r-{contract_id}",
            contract_id=contract_id,
            requested_at=expires_at - POLICY.request_lifetime,
        ),
    )


def _history_page(contracts: list[views.HistoryContract], cursor: str | None) -> views.WorkHistory:
    return views.WorkHistory(
        freelancer_id="u-freelancer", name="Ana Ruiz", contracts=tuple(contracts), next_cursor=cursor
    )


def _history_contract(
    contract_id: str, title: str, feedback: list[views.PublicFeedbackView], *, ended: bool = False
) -> views.HistoryContract:
    return views.HistoryContract(
        contract_id=contract_id,
        title=title,
        status="ended" if ended else "active",
        started_at=NOW - 100 * DAY,
        ended_at=NOW - 50 * DAY if ended else None,
        feedback=tuple(feedback),
    )


INVALID_COMMENT = refusals.Invalid([{"field": "comment", "detail": "must not contain telephone numbers"}])

PAGE_STATES = {
    "contract-client": PageState(
        CLIENT_ROOM, given_open_request_and_earlier_feedback, shows="asked for your feedback"
    ),
    "contract-client-unprompted": PageState(
        CLIENT_ROOM, given_earlier_feedback, shows="Your feedback will be public."
    ),
    "contract-client-menu": PageState(
        CLIENT_ROOM, given_earlier_feedback, press("More actions"), shows="Give feedback"
    ),
    "contract-client-form": PageState(
        CLIENT_ROOM, given_open_request, press("Give feedback"), shows="Publish feedback"
    ),
    "contract-client-published": PageState(CLIENT_ROOM, given_open_request, give_feedback, shows="Thank you"),
    "contract-client-too-early": PageState(CLIENT_ROOM, given_three_reasons, shows="been running long enough"),
    "contract-client-payment-due": PageState(
        CLIENT_ROOM, given_payment_needed_by_then, shows="a new payment will be needed"
    ),
    "contract-client-ended": PageState(CLIENT_ROOM, given_ended_contract, shows="This contract has ended"),
    "contract-freelancer": PageState(FREELANCER_ROOM, shows="Request feedback"),
    "contract-freelancer-dialog": PageState(FREELANCER_ROOM, act=press("Request feedback"), shows="Send request"),
    "contract-freelancer-sent": PageState(FREELANCER_ROOM, act=request_feedback, shows="You asked Ben Okoye"),
    "contract-freelancer-waiting": PageState(
        FREELANCER_ROOM, given_open_request_and_earlier_feedback, shows="you can ask again"
    ),
    "contract-freelancer-outside-rollout": PageState(
        FREELANCER_ROOM, given_freelancer_outside_rollout, shows="No feedback"
    ),
    "contract-client-declining": PageState(
        CLIENT_ROOM, given_open_request, press("Decline", "Decline request"), shows="Choose one of the two"
    ),
    "contract-client-declined": PageState(
        CLIENT_ROOM, given_open_request, decline("Don’t ask me"), shows="You turned off feedback requests"
    ),
    "contract-freelancer-declined": PageState(
        FREELANCER_ROOM, given_declined_request, shows="You can request feedback from"
    ),
    "contract-freelancer-undelivered": PageState(
        FREELANCER_ROOM, given_muted_requests, shows="could not be reached by e-mail"
    ),
    "contract-freelancer-withdrawing": PageState(
        FREELANCER_ROOM, given_open_request, press("Withdraw request"), shows="no longer be able to answer"
    ),
    "contract-freelancer-withdrawn": PageState(
        FREELANCER_ROOM, given_open_request, withdraw, shows="You withdrew the request"
    ),
    "contract-freelancer-replies": PageState(FREELANCER_ROOM, given_replies, shows="edited after this reply"),
    "contract-freelancer-replying": PageState(
        FREELANCER_ROOM, given_replies, reply_to(""), shows="Write your reply first"
    ),
    "contract-client-reporting": PageState(
        CLIENT_ROOM, given_replies, press("Report reply", "Send report"), shows="Choose a reason"
    ),
    "contract-client-reported-before": PageState(
        CLIENT_ROOM, given_settled_report, report("reply", "Abusive"), shows="You have already reported this"
    ),
    "contract-client-versions": PageState(
        CLIENT_ROOM, given_replies, unfold_earlier_versions, shows="Replaced on"
    ),
    "contract-client-editing": PageState(
        CLIENT_ROOM, given_replies, press("Edit feedback"), shows="You and the freelancer can still see"
    ),
    "contract-client-edited": PageState(
        CLIENT_ROOM, given_replies, edit("Better than ever."), shows="Your edited feedback is public"
    ),
    "contract-client-edited-elsewhere": PageState(
        CLIENT_ROOM, given_edit_elsewhere, edit("Better than ever."), shows="Start from this version"
    ),
    "contract-details": PageState(FREELANCER_ROOM, given_earlier_feedback, press("Details"), shows="Started"),
    "contract-hostile-text": PageState(CLIENT_ROOM, given_hostile_text, shows="asked for your feedback"),
    "contract-signed-out": PageState("contract?id=c-1#token=expired", shows="Please sign in"),
    "contract-not-found": PageState("contract?id=c-2#token=client-token", shows="find this contract"),
    "contract-unreachable": PageState(CLIENT_ROOM, given_unreachable_api, shows="reach the service"),
    "contract-busy": PageState(CLIENT_ROOM, given_busy_api, shows="service is busy"),
    "contract-unexpected-error": PageState(CLIENT_ROOM, given_failing_gateway, shows="contact support"),
    "form": PageState(LINK, given_open_request, shows="Publish feedback"),
    "form-prefilled": PageState(f"{LINK}&rating=4", given_open_request, shows="Yes, 4 stars"),
    "form-filled-in": PageState(LINK, given_open_request, fill_in, shows="4.00"),
    "form-incomplete": PageState(LINK, given_open_request, press("Publish feedback"), shows="Choose 1 to 5 stars"),
    "form-unconfirmed": PageState(
        f"{LINK}&rating=5", given_open_request, press("Publish feedback"), shows="tick this box"
    ),
    "form-refused": PageState(
        LINK, given_refused_post(INVALID_COMMENT), fill_in_and_publish, shows="telephone numbers"
    ),
    "form-busy": PageState(LINK, given_refused_post(UNAVAILABLE), fill_in_and_publish, shows="busy"),
    "form-too-late": PageState(
        LINK,
        given_refused_post(refusals.LinkExpired(NOW, "c-1", can_give_feedback=False)),
        fill_in_and_publish,
        shows="was not published",
    ),
    "form-published": PageState(LINK, given_open_request, fill_in_and_publish, shows="Thank you"),
    "form-edited": PageState(LINK, given_open_request, publish_and_edit, shows="Your edited feedback is public"),
    "form-declining": PageState(f"{LINK}&decline=1", given_open_request, shows="What should we tell Ana Ruiz?"),
    "form-declined": PageState(LINK, given_open_request, decline("Not now"), shows="You declined the request"),
    "form-hostile-text": PageState(LINK, given_hostile_text, shows="Publish feedback"),
    "link-expired": PageState(
        LINK, given_closed_request("deadline_passed", last_payment_at=None), shows="This request has expired"
    ),
    "link-expired-unprompted": PageState(
        LINK, given_closed_request("deadline_passed"), shows="You can still give feedback"
    ),
    "link-answered": PageState(LINK, given_closed_request("feedback_given"), shows="has been answered"),
    "link-answered-editable": PageState(LINK, given_feedback_by_link, shows="You can edit your feedback until"),
    "link-editing": PageState(
        LINK, given_feedback_by_link, press("Edit feedback"), shows="can’t show what you gave"
    ),
    "link-cancelled": PageState(LINK, given_closed_request("contract_ended"), shows="was cancelled"),
    "link-contract-ended": PageState(
        LINK, given_closed_request("contract_ended", ended_at=NOW - 10 * DAY), shows="This contract has ended"
    ),
    "link-declined": PageState(LINK, given_declined_request, shows="You declined this request"),
    "link-withdrawn": PageState(LINK, given_withdrawn_request, shows="was withdrawn"),
    "link-superseded": PageState(LINK, given_superseded_link, shows="no longer"),
    "link-invalid": PageState("feedback#t=link-toke", shows="This link doesn’t work"),
    "link-missing": PageState("feedback", shows="This link doesn’t work"),
    "preferences": PageState(PREFERENCES, shows="Save"),
    "preferences-saved": PageState(PREFERENCES, act=turn_emails_off, shows="You get no more e-mails"),
    "preferences-busy": PageState(
        PREFERENCES, given_busy_preferences, turn_emails_off, shows="What you typed is kept"
    ),
    "inbox": PageState(INBOX, given_requests_on_two_contracts, shows="2 requests are waiting"),
    "inbox-more": PageState(INBOX, given_many_requests, press("Show more"), shows="Brochure 24"),
    "inbox-form": PageState(INBOX, given_open_request, press("Give feedback"), shows="Publish feedback"),
    "inbox-published": PageState(INBOX, given_open_request, give_feedback, shows="Thank you"),
    "inbox-declining": PageState(INBOX, given_open_request, press("Decline"), shows="What should we tell"),
    "inbox-declined": PageState(INBOX, given_open_request, decline("Not now"), shows="You declined the request"),
    "inbox-hostile-text": PageState(INBOX, given_hostile_text, shows="asked for your feedback"),
    "inbox-empty": PageState(INBOX, shows="Nothing is waiting for you"),
    "inbox-signed-out": PageState("inbox#token=expired", shows="Please sign in"),
    "inbox-unreachable": PageState(INBOX, given_unreachable_api, shows="reach the service"),
    "preferences-invalid": PageState("email-preferences#t=link-toke", shows="This link doesn’t work"),
    "history": PageState(HISTORY, given_two_pages_of_history, shows="Website relaunch"),
    "history-all": PageState(HISTORY, given_two_pages_of_history, press("Show more"), shows="Style guide"),
    "history-empty": PageState(HISTORY, shows="No contracts yet"),
    "history-without-summary": PageState(HISTORY, given_busy_summary, shows="load the summary"),
    "history-unreachable": PageState(HISTORY, given_unreachable_api, shows="reach the service"),
}
