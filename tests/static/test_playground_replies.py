"""web/playground/replies.json is what the tests' fake API replies now."""

import json

from tests.web import playground_replies
from tests.web.playground_replies import STATES


def test_the_recorded_replies_are_what_the_code_replies() -> None:
    assert playground_replies.FILE.read_text() == playground_replies.text(), "run make playground"


def test_no_two_states_of_a_role_have_the_same_name_or_title() -> None:
    for kind in ("name", "title"):
        assert len({(state.element, state.role, getattr(state, kind)) for state in STATES}) == len(STATES)


def test_somebody_can_send_what_each_element_lets_them_send() -> None:
    recorded = json.loads(playground_replies.FILE.read_text())["states"]
    sent = {
        (state["element"], state["role"], reply["path"].rpartition("/")[2])
        for state in recorded
        for reply in state["replies"]
        if reply["method"] == "POST" and reply["status"] == 201
    }
    assert {
        ("contract-feedback", "client", "feedback"),
        ("contract-feedback", "freelancer", "feedback-requests"),
        ("feedback-form", "client", "feedback"),
        ("feedback-form", "link", "link-of-form"),
    } <= sent


def test_every_reply_says_when_it_was_recorded() -> None:
    """The elements follow the clock of the API, so deadlines stay as far away as they were."""
    recorded = json.loads(playground_replies.FILE.read_text())
    replies = [reply for state in recorded["states"] for reply in state["replies"]]
    answered = [reply for reply in replies if reply["status"]]
    assert {reply["headers"]["date"] for reply in answered} == {"Mon, 15 Jun 2026 12:00:00 GMT"}
