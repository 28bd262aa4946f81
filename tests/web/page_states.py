"""Every page in every state worth looking at: for the accessibility checks and for the screenshots."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from mid_job_feedback import errors, lifecycle, views
from mid_job_feedback.models import FeedbackKind, Party
from tests.builders import CLIENT, DAY, NOW, a_contract, a_feedback, a_request
from tests.web.marketplace import Marketplace, problem

CLIENT_ROOM = "contract?id=c-1#token=client-token"
FREELANCER_ROOM = "contract?id=c-1#token=freelancer-token"
LINK = "feedback#t=link-token"
HISTORY = "freelancer?id=u-freelancer"

CATEGORIES = ("Skills", "Quality", "Availability", "Deadlines", "Communication", "Cooperation")
MESSAGE = "The first milestone is done. How has it been for you so far?"
COMMENT = (
    "Clear plans, honest estimates and a build that works the first time.\n"
    "Answers within the hour, also when the news is bad. We would work together again at once 👍🏽"
)
MODEST = {"skills": 4, "quality": 4, "availability": 3, "deadlines": 3, "communication": 4, "cooperation": 5}
RIGHT_TO_LEFT = "\u202eתודה רבה על הכול"  # noqa: RUF001 - Hebrew, after an override of the direction
LONGEST = "Relaunch-of-the-customer-portal-including-search-payments-and-the-archive-" * 4
CODE = "<script>document.title='broken in'</script> <img src=x onerror=alert(1)> javascript:alert(1)"


@dataclass(frozen=True)
class Scene:
    address: str
    arrange: Callable[[Marketplace], None] = lambda _: None
    act: Callable[[Page], None] = lambda _: None
    shows: str = ""  # text by which the state is known to be there

    def play(self, page: Page, site: str) -> None:
        page.goto(f"{site}/app/{self.address}")
        self.act(page)
        page.get_by_text(self.shows).filter(visible=True).first.wait_for(timeout=5000)


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


def give_and_publish(page: Page) -> None:
    press("Give feedback")(page)
    fill_in_and_publish(page)


def request_feedback(page: Page) -> None:
    press("Request feedback")(page)
    press("Send request")(page)


def asked(market: Marketplace) -> None:
    market.open_request = a_request(message=MESSAGE)


def past(market: Marketplace) -> None:
    """Feedback of both kinds, and requests that ended in each way."""
    market.feedback = [
        a_feedback(comment=COMMENT, provided_at=NOW - 40 * DAY),
        a_feedback(feedback_id="f-0", ratings=MODEST, comment=None, provided_at=NOW - 90 * DAY),
    ]
    market.past_requests = [
        lifecycle.close(
            a_request(request_id="r-0", requested_at=NOW - 41 * DAY), "feedback_given", NOW - 40 * DAY
        ),
        lifecycle.close(
            a_request(request_id="r-00", requested_at=NOW - 80 * DAY, message=MESSAGE), "deadline_passed", NOW
        ),
    ]


def asked_before(market: Marketplace) -> None:
    asked(market)
    past(market)


def ended(market: Marketplace) -> None:
    past(market)
    market.contract = a_contract(ended_at=NOW - DAY)
    market.feedback.insert(
        0, a_feedback(feedback_id="f-end", kind=FeedbackKind.END_OF_CONTRACT, provided_at=NOW - DAY)
    )
    market.past_requests.insert(
        0, lifecycle.close(a_request(requested_at=NOW - 3 * DAY), "contract_ended", NOW - DAY)
    )


def too_early(market: Marketplace) -> None:
    """Three reasons at once."""
    market.contract = a_contract(started_at=NOW - 12 * DAY, last_payment_at=None, last_feedback_at=NOW - 2 * DAY)


def payment_due_by_then(market: Marketplace) -> None:
    market.contract = a_contract(last_payment_at=NOW - 20 * DAY, last_feedback_at=NOW - 2 * DAY)


def outside_the_rollout(market: Marketplace) -> None:
    market.enabled = False


def link_closed(cause: lifecycle.Cause, **contract: object) -> Callable[[Marketplace], None]:
    def arrange(market: Marketplace) -> None:
        market.asked = a_request(requested_at=NOW - 20 * DAY)
        ended_at = NOW if cause == "deadline_passed" else NOW - 10 * DAY
        market.past_requests = [lifecycle.close(market.asked, cause, ended_at)]
        market.contract = a_contract(**contract)

    return arrange


def refusing(refusal: errors.Refusal) -> Callable[[Marketplace], None]:
    def arrange(market: Marketplace) -> None:
        asked(market)
        market.trouble("POST", problem(refusal))

    return arrange


def unreachable(market: Marketplace) -> None:
    market.trouble("GET")


def odd_people(market: Marketplace) -> None:
    """Text that tries to break the page: code, the other direction, no place to wrap."""
    freelancer = Party(id="u-freelancer", name=RIGHT_TO_LEFT, email="freelancer@example.com")
    market.contract = a_contract(title=LONGEST[:300], client=CLIENT, freelancer=freelancer)
    market.open_request = a_request(message=f"{CODE} {LONGEST}"[:500])
    market.feedback = [
        a_feedback(comment=f"{RIGHT_TO_LEFT} {CODE}", provided_at=NOW - 50 * DAY),
        a_feedback(feedback_id="f-0", comment=LONGEST * 3, provided_at=NOW - 90 * DAY),
    ]


def some_history(market: Marketplace) -> None:
    past(market)
    running = [views.public_feedback(entry) for entry in market.feedback]
    earlier = [
        views.public_feedback(
            a_feedback(contract_id="c-0", feedback_id="f-c0", kind=FeedbackKind.END_OF_CONTRACT, ratings=MODEST)
        )
    ]
    market.history = {
        None: _page([_history("c-1", "Website relaunch", running[:1])], "next"),
        "next": _page(
            [
                _history("c-1", "Website relaunch", running[1:]),
                _history("c-0", "Style guide", earlier, ended=True),
                _history("c-00", "Logo", [], ended=True),
            ],
            None,
        ),
    }


def _page(contracts: list[views.HistoryContract], cursor: str | None) -> views.WorkHistory:
    return views.WorkHistory(freelancer_id="u-freelancer", contracts=tuple(contracts), next_cursor=cursor)


def _history(
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


INVALID_COMMENT = errors.Invalid([{"field": "comment", "detail": "must not contain telephone numbers"}])

SCENES = {
    "contract-client": Scene(CLIENT_ROOM, asked_before, shows="asked for your feedback"),
    "contract-client-unprompted": Scene(CLIENT_ROOM, past, shows="How is it going?"),
    "contract-client-menu": Scene(CLIENT_ROOM, past, press("More actions"), shows="Give feedback"),
    "contract-client-form": Scene(CLIENT_ROOM, asked, press("Give feedback"), shows="Publish feedback"),
    "contract-client-published": Scene(CLIENT_ROOM, asked, give_and_publish, shows="Thank you"),
    "contract-client-too-early": Scene(CLIENT_ROOM, too_early, shows="not been running long enough"),
    "contract-client-payment-due": Scene(CLIENT_ROOM, payment_due_by_then, shows="a new payment will be needed"),
    "contract-client-ended": Scene(CLIENT_ROOM, ended, shows="This contract has ended"),
    "contract-freelancer": Scene(FREELANCER_ROOM, shows="Request feedback"),
    "contract-freelancer-dialog": Scene(FREELANCER_ROOM, act=press("Request feedback"), shows="Send request"),
    "contract-freelancer-sent": Scene(FREELANCER_ROOM, act=request_feedback, shows="You asked Client"),
    "contract-freelancer-waiting": Scene(FREELANCER_ROOM, asked_before, shows="There is an open request"),
    "contract-freelancer-outside": Scene(FREELANCER_ROOM, outside_the_rollout, shows="No feedback"),
    "contract-details": Scene(FREELANCER_ROOM, past, press("Details"), shows="Started"),
    "contract-odd-people": Scene(CLIENT_ROOM, odd_people, shows="asked for your feedback"),
    "contract-signed-out": Scene("contract?id=c-1#token=expired", shows="Your sign-in has expired"),
    "contract-not-found": Scene("contract?id=c-2#token=client-token", shows="no such contract"),
    "contract-unreachable": Scene(CLIENT_ROOM, unreachable, shows="No answer"),
    "form": Scene(LINK, asked, shows="Publish feedback"),
    "form-prefilled": Scene(f"{LINK}&rating=4", asked, shows="Yes, 4 stars"),
    "form-filled-in": Scene(LINK, asked, fill_in, shows="4.00"),
    "form-incomplete": Scene(LINK, asked, press("Publish feedback"), shows="Choose one to five stars"),
    "form-unconfirmed": Scene(f"{LINK}&rating=5", asked, press("Publish feedback"), shows="Tick this box"),
    "form-refused": Scene(LINK, refusing(INVALID_COMMENT), fill_in_and_publish, shows="telephone numbers"),
    "form-busy": Scene(LINK, refusing(errors.Unavailable("The table")), fill_in_and_publish, shows="busy"),
    "form-too-late": Scene(
        LINK, refusing(errors.LinkExpired("Over.", NOW)), fill_in_and_publish, shows="was not published"
    ),
    "form-published": Scene(LINK, asked, fill_in_and_publish, shows="Thank you"),
    "form-odd-people": Scene(LINK, odd_people, shows="Publish feedback"),
    "link-expired": Scene(LINK, link_closed("deadline_passed"), shows="This request has expired"),
    "link-answered": Scene(LINK, link_closed("feedback_given"), shows="has been answered"),
    "link-cancelled": Scene(LINK, link_closed("contract_ended"), shows="was cancelled"),
    "link-contract-ended": Scene(
        LINK, link_closed("contract_ended", ended_at=NOW - 10 * DAY), shows="This contract has ended"
    ),
    "link-invalid": Scene("feedback#t=link-toke", shows="This link does not work"),
    "link-missing": Scene("feedback", shows="This link does not work"),
    "history": Scene(HISTORY, some_history, shows="Website relaunch"),
    "history-all": Scene(HISTORY, some_history, press("Show more"), shows="Style guide"),
    "history-empty": Scene(HISTORY, shows="No contracts yet"),
    "history-unreachable": Scene(HISTORY, unreachable, shows="No answer"),
}
