"""`make playground`: writes web/playground/replies.json, the API's replies that the playground plays back.

They are the fake API's, in the states of `page_states`: what the tests see is what the playground shows.
"""

import copy
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.builders import RATINGS
from tests.template import ROOT
from tests.web.fake_api import LINK_TOKEN, UNAVAILABLE, Call, FakeApi, Reply, problem
from tests.web.page_states import COMMENT, MESSAGE, PAGE_STATES, PageState

type Recorded = dict[str, Any]  # a reply as it is written, with the method and path of the call

FILE = ROOT / "web/playground/replies.json"

CONTRACT, FORM, INBOX = "contract-feedback", "feedback-form", "feedback-inbox"
HISTORY, SUMMARY = "work-history", "feedback-summary"
CLIENT, FREELANCER, LINK, ANYONE = "client", "freelancer", "link", "anyone"
FEEDBACK = json.dumps({"ratings": RATINGS, "comment": COMMENT})
REQUEST = json.dumps({"message": MESSAGE})
DECLINE = json.dumps({"further_requests": "allowed"})
# How many calls that change something can follow each other: to request, withdraw and request again, for example.
MOST_CHANGES = 3
# The playground's visitor can choose these as the reply to any call.
FAILURES = {"busy": problem(UNAVAILABLE), "error": Reply(500, {"message": "Internal Server Error"})}


@dataclass(frozen=True)
class State:
    """One entry of the playground's list of states: an element, as `role` sees it in the page state `name`."""

    element: str
    role: str
    title: str
    name: str
    after_sending: bool = False  # what there is to see once somebody has sent what the state lets them send
    shows: str = ""  # if that is another text than in the page state, which nobody has to act to see

    @property
    def page_state(self) -> PageState:
        return PAGE_STATES[self.name]


STATES = (
    State(CONTRACT, CLIENT, "Asked for feedback", "contract-client"),
    State(CONTRACT, CLIENT, "Can give feedback unprompted", "contract-client-unprompted"),
    State(
        CONTRACT,
        CLIENT,
        "Feedback published",
        "contract-client-published",
        after_sending=True,
        shows="Clear plans",
    ),
    State(CONTRACT, CLIENT, "Requests turned off", "contract-freelancer-undelivered", shows="You turned off"),
    State(CONTRACT, CLIENT, "Too early, for three reasons", "contract-client-too-early"),
    State(CONTRACT, CLIENT, "A payment will be needed", "contract-client-payment-due"),
    State(CONTRACT, CLIENT, "Contract ended", "contract-client-ended"),
    State(CONTRACT, CLIENT, "Edits, replies and removed texts", "contract-freelancer-replies"),
    State(CONTRACT, CLIENT, "Hostile text", "contract-hostile-text"),
    State(CONTRACT, CLIENT, "Signed out", "contract-signed-out"),
    State(CONTRACT, CLIENT, "No contract of theirs", "contract-not-found"),
    State(CONTRACT, CLIENT, "Unreachable, then back", "contract-unreachable"),
    State(CONTRACT, CLIENT, "Busy, then back", "contract-busy"),
    State(CONTRACT, CLIENT, "Unexpected error, then back", "contract-unexpected-error"),
    State(CONTRACT, FREELANCER, "Can request feedback", "contract-freelancer"),
    State(CONTRACT, FREELANCER, "Waiting for an answer", "contract-freelancer-waiting"),
    State(CONTRACT, FREELANCER, "E-mail bounced, requests turned off", "contract-freelancer-undelivered"),
    State(CONTRACT, FREELANCER, "Request declined", "contract-freelancer-declined"),
    State(CONTRACT, FREELANCER, "Too early, for three reasons", "contract-client-too-early"),
    State(CONTRACT, FREELANCER, "Not in the rollout yet", "contract-freelancer-outside-rollout"),
    State(CONTRACT, FREELANCER, "Contract ended", "contract-client-ended"),
    State(CONTRACT, FREELANCER, "Edits, replies and removed texts", "contract-freelancer-replies"),
    State(FORM, LINK, "Open request", "form"),
    State(FORM, LINK, "Stars chosen in the e-mail", "form-prefilled"),
    State(FORM, LINK, "Link to decline", "form-declining"),
    State(FORM, LINK, "Comment is refused, then accepted", "form-refused"),
    State(FORM, LINK, "Busy when sending, then back", "form-busy"),
    State(FORM, LINK, "Expires while writing", "form-too-late"),
    State(FORM, LINK, "Hostile text", "form-hostile-text"),
    State(FORM, LINK, "Request expired", "link-expired"),
    State(FORM, LINK, "Request answered", "link-answered"),
    State(FORM, LINK, "Request answered, can edit", "link-answered-editable"),
    State(FORM, LINK, "Request cancelled", "link-cancelled"),
    State(FORM, LINK, "Request declined", "link-declined"),
    State(FORM, LINK, "Request withdrawn", "link-withdrawn"),
    State(FORM, LINK, "Mailed to an earlier address", "link-superseded"),
    State(FORM, LINK, "Contract ended", "link-contract-ended"),
    State(FORM, LINK, "Broken link", "link-invalid"),
    State(FORM, CLIENT, "Can give feedback unprompted", "contract-client-unprompted", shows="Publish feedback"),
    State(FORM, CLIENT, "Asked for feedback", "contract-client", shows="Publish feedback"),
    State(FORM, CLIENT, "Too early, for three reasons", "contract-client-too-early"),
    State(FORM, CLIENT, "Signed out", "contract-signed-out"),
    State(FORM, FREELANCER, "Not the client", "contract-freelancer", shows="Only the client"),
    State(INBOX, CLIENT, "Two requests are waiting", "inbox"),
    State(INBOX, CLIENT, "Nothing is waiting", "inbox-empty"),
    State(INBOX, CLIENT, "Hostile text", "inbox-hostile-text"),
    State(INBOX, CLIENT, "Signed out", "inbox-signed-out"),
    State(INBOX, CLIENT, "Unreachable, then back", "inbox-unreachable"),
    State(HISTORY, ANYONE, "Three contracts on two pages", "history"),
    State(HISTORY, ANYONE, "No contracts yet", "history-empty"),
    State(HISTORY, ANYONE, "Unreachable, then back", "history-unreachable"),
    State(SUMMARY, ANYONE, "Feedback of both kinds", "history", shows="Based on 2 feedback entries"),
    State(SUMMARY, ANYONE, "No feedback yet", "history-empty", shows="No feedback yet"),
    State(SUMMARY, ANYONE, "Unreachable, then back", "history-unreachable"),
)


def text() -> str:
    """The whole file."""
    recorded = {"failures": _failures(), "states": [_recorded(state) for state in STATES]}
    return json.dumps(recorded, indent=1) + "\n"


def _failures() -> dict[str, Recorded]:
    api = FakeApi()
    for failure in FAILURES.values():
        api.fail_next("GET", failure)
    return {name: _written(api.answer(Call("GET", "", {}))) for name in FAILURES}


def _recorded(state: State) -> Recorded:
    """A state with the replies to its calls. After a call that changed something, its `after` replaces them."""
    visit = _Visit(state)
    if state.after_sending:
        visit.load()
        visit.change(*visit.possible_changes()[0])
    return {
        "element": state.element,
        "role": state.role,
        "name": state.name,
        "title": state.title,
        "attributes": visit.attributes,
        "link_token": visit.link_token,
        "replies": visit.replies(MOST_CHANGES),
    }


class _Visit:
    """What an element calls when somebody opens it in a state and sends what they can."""

    def __init__(self, state: State) -> None:
        token = f"link-of-{state.name}"  # another one for each state: drafts are kept by their path
        self._api = FakeApi(link_token=token)
        state.page_state.arrange(self._api)
        self._role = state.role
        address = urlsplit(state.page_state.address)
        given = {name: values[0] for name, values in parse_qs(f"{address.query}&{address.fragment}").items()}
        self._is_signed_out = given.get("token") == "expired"
        self.link_token: str | None = None
        if state.role == LINK:
            self.link_token = token if given["t"] == LINK_TOKEN else given["t"]
            self.attributes = {"rating": given["rating"]} if "rating" in given else {}
            self.attributes |= {"decline": ""} if "decline" in given else {}
            self._path = f"feedback-links/{self.link_token}"
        elif state.element == INBOX:
            self.attributes = {}
            self._path = "feedback-requests"
        elif state.role == ANYONE:
            self.attributes = {"freelancer-id": given["id"]}
            resource = "feedback-summary" if state.element == SUMMARY else "work-history"
            self._path = f"freelancers/{given['id']}/{resource}"
        else:
            self.attributes = {"contract-id": given["id"]}
            self._path = f"contracts/{given['id']}/feedback"
        self._loaded: Any = None

    def replies(self, most_changes: int) -> list[Recorded]:
        replies = self.load()
        if self._loaded.get("correctable_until") and most_changes == MOST_CHANGES:
            replies += copy.deepcopy(self)._call("PUT", self._path, FEEDBACK)
        for path, body in self.possible_changes() if most_changes else []:
            branch = copy.deepcopy(self)
            replies += branch.change(path, body)
            if replies[-1]["status"] in {HTTPStatus.OK, HTTPStatus.CREATED}:
                replies[-1]["after"] = branch.replies(most_changes - 1)
        return replies

    def load(self) -> list[Recorded]:
        replies = self._call("GET", self._path)
        self._loaded = replies[-1]["body"]
        while cursor := replies[-1]["body"].get("next_cursor"):
            replies += self._call("GET", f"{self._path}?cursor={cursor}")
        return replies

    def possible_changes(self) -> list[tuple[str, str]]:
        """Path and body of each POST that this person can make after what was loaded last."""
        actions = self._loaded.get("actions", {})
        asked = self._loaded.get("open_request")
        changes = []
        for request in self._loaded.get("requests", ()):
            contract = f"contracts/{request['contract_id']}"
            changes.append((f"{contract}/feedback", FEEDBACK))
            changes.append((f"{contract}/feedback-requests/{request['request_id']}/decline", DECLINE))
        if actions.get("request_feedback", {}).get("eligible"):
            changes.append((f"{self._path}-requests", REQUEST))
        if actions.get("give_feedback", {}).get("eligible") or (self.link_token and "request" in self._loaded):
            changes.append((self._path, FEEDBACK))
        if self.link_token and "request" in self._loaded:
            changes.append((f"{self._path}/decline", DECLINE))
        if asked and self._role == CLIENT:
            changes.append((f"{self._path}-requests/{asked['request_id']}/decline", DECLINE))
        if asked and self._role == FREELANCER:
            changes.append((f"{self._path}-requests/{asked['request_id']}/withdrawal", "{}"))
        return changes

    def change(self, path: str, body: str) -> list[Recorded]:
        return self._call("POST", path, body)

    def _call(self, method: str, path: str, body: str = "") -> list[Recorded]:
        """Calls again after each failure, as a person does who presses "Try again"."""
        headers = {} if self._is_signed_out else {"authorization": f"Bearer {self._role}-token"}
        replies = []
        while True:
            is_failure = bool(self._api.faults) and self._api.faults[0].method == method
            reply = self._api.answer(Call(method, path, headers, body))
            replies.append({"method": method, "path": path} | _written(reply))
            if not is_failure:
                return replies


def _written(reply: Reply | None) -> Recorded:
    """With the fake API's `Date`, which the elements follow: deadlines stay as far away as when recorded."""
    if reply is None:
        return {"status": 0}
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return {"status": reply.status, "headers": headers, "body": json.loads(reply.body)}


if __name__ == "__main__":
    FILE.write_text(text())
