"""The commands whose schedules are explored, and the states from which they start."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import combinations_with_replacement
from typing import Any, Final, NamedTuple

from mid_job_feedback import links
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.domain.refusals import Unavailable
from mid_job_feedback.storage import items
from tests import contract_queue, email_events, lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, NOW, RATINGS, SECOND
from tests.component import table_stream
from tests.component.http_calls import HttpResponse, call
from tests.store.memory_table import Tables
from tests.store.schedules import run_alone
from tests.store.stepping import Command, Process
from tests.store.world import World

_KEY: Final = {"idempotency-key": "key-1"}
_ALLOWED: Final = {"further_requests": "allowed"}
_LATE: Final = int(NOW.timestamp() * 1000)  # the number of an e-mail that was sent now
_FIRST: Final = NOW - 99 * DAY
_HOUR: Final = timedelta(hours=1)
_AT_THE_END: Final = "e-1"
_GIVEN: Final = "f-1-1"  # the id of the feedback that the stories begin with
_OTHERS: Final[dict[str, Any]] = {
    "title": "Somebody else's",
    "client": {"id": "u-other-client", "name": "Other client", "email": "other-client@example.com"},
    "freelancer": {"id": "u-other", "name": "Other freelancer", "email": "other@example.com"},
}


class Scenario(NamedTuple):
    """A state of the world, the time in it, and the commands that run then. `deadline`: as in `Exploration`."""

    world: World
    commands: tuple[Command, ...]
    now: datetime = NOW
    deadline: datetime | None = None

    def groups(self, size: int) -> Iterator[tuple[Command, ...]]:
        """Every choice of so many commands. One that is chosen twice runs twice, the second time as its `twin`."""
        for chosen in combinations_with_replacement(self.commands, size):
            yield tuple(_distinct(chosen))


def _distinct(commands: tuple[Command, ...]) -> list[Command]:
    found: list[Command] = []
    for command in commands:
        while command in found:
            command = twin(command)  # noqa: PLW2901 - of three, the last is the twin of a twin
        found.append(command)
    return found


# HTTP calls


def _http(case: str, **call_parameters: Any) -> Callable[[], Any]:
    def run() -> Any:
        response: HttpResponse = call(case, **call_parameters)
        return response.status, json.loads(response.text)

    return run


REQUEST: Final = Command("request", _http("request-made"))
REQUEST_WITH_KEY: Final = Command("request with a key", _http("request-made", headers=_KEY), claims=True)
SUBMIT: Final = Command("submit", _http("submit-feedback"))
TAB_OF_FREELANCER: Final = Command("tab of the freelancer", _http("list-feedback-tab"), shows=True)
MUTE: Final = Command("mute", _http("submit-request-preference", body={"muted": True}))
UNMUTE: Final = Command("unmute", _http("submit-request-preference", body={"muted": False}))
INBOX: Final = Command("inbox", _http("list-open-requests"), indexed=True, shows=True)
TAB_OF_CLIENT: Final = Command("tab of the client", _http("list-feedback-tab", person=CLIENT.id), shows=True)


def submit_by_link(token: str) -> Command:
    return Command("submit by link", _http("submit-by-link", token=token))


def decline_by_link(token: str) -> Command:
    return Command("decline by link", _http("submit-decline-by-link", token=token, body=_ALLOWED))


def decline(request_id: str, name: str = "decline", further_requests: str = "allowed") -> Command:
    body = {"further_requests": further_requests}
    return Command(name, _http("submit-decline", request_id=request_id, body=body))


def withdraw(request_id: str) -> Command:
    return Command("withdraw", _http("request-withdrawn", request_id=request_id))


def unsubscribe(process: Process) -> Command:
    token = links.sign_email_preferences(CLIENT.id)
    return Command("unsubscribe", _http("submit-one-click-unsubscribe", token=token))


def correct(name: str, comment: str, revision: int | None = None) -> Command:
    """A correction of the feedback `f`. `revision`: what the client takes it to be."""
    headers = {"if-match": f'"{revision}"'} if revision else {}
    body = {"ratings": dict.fromkeys(RATINGS, 3), "comment": comment}
    return Command(name, _http("submit-correction", feedback_id=_GIVEN, body=body, headers=headers))


def correct_by_link(token: str) -> Command:
    body = {"ratings": dict.fromkeys(RATINGS, 2), "comment": None}
    return Command("correct by link", _http("submit-correction-by-link", token=token, body=body))


def reply(name: str, text: str, feedback_id: str = _GIVEN) -> Command:
    return Command(name, _http("request-reply", feedback_id=feedback_id, body={"text": text}))


def report(name: str, target: str, person: str) -> Command:
    body = {"target": target, "ground": "abusive"}
    return Command(name, _http("submit-report", feedback_id=_GIVEN, body=body, person=person))


def moderate(name: str, target: str, state: str, feedback_id: str = _GIVEN) -> Command:
    body = {"target": target, "state": state, "ground": "abusive", "reason": "It insults.", "operator": "Mara"}
    return Command(name, _http("moderate-decision", feedback_id=feedback_id, body=body))


def _recounted() -> Any:
    try:
        return lambda_runtime.invoke("moderate", lambda_runtime.event("moderate-recount"))
    except Unavailable as unavailable:  # the operator's tool tries again
        return unavailable.code


RECOUNT: Final = Command("recount", _recounted, indexed=True)
TAKE_BACK: Final = Command("take back", _http("request-reply-taken-back", feedback_id=_GIVEN))
REMOVE: Final = moderate("remove", "feedback", "removed")
RESTORE: Final = moderate("restore", "feedback", "visible")


def open_link(token: str) -> Command:
    return Command("link is opened", _http("list-feedback-link", token=token))


# Contract events


def _event(name: str, case: str, at: datetime = NOW, **detail: Any) -> Command:
    [record] = contract_queue.records(contract_queue.event(case, at, **detail))

    def run() -> Any:
        return lambda_runtime.invoke("ingest", {"Records": [record]})

    return Command(name, run, sends=True)


def _instant(instant: datetime) -> str:
    return instant.isoformat()


START: Final = _event("start", "contract-started", NOW - 60 * DAY, started_at=_instant(NOW - 60 * DAY))
CORRECTION: Final = _event(
    "correction",
    "contract-started",
    started_at=_instant(NOW - 60 * DAY),
    client=CLIENT.model_dump(include={"id", "name"}) | {"email": "corrected@example.com"},
    freelancer=FREELANCER.model_dump(include={"id", "name", "email"}),
)
LATER_START: Final = _event(
    "older start that began lately", "contract-started", NOW - 61 * DAY, started_at=_instant(NOW - 10 * DAY)
)
OTHERS_OLDER_START: Final = _event(
    "others' older start", "contract-started", NOW - 70 * DAY, started_at=_instant(NOW - 70 * DAY), **_OTHERS
)
OTHERS_NEWER_START: Final = _event(
    "others' newer start", "contract-started", started_at=_instant(NOW - 50 * DAY), **_OTHERS
)
# Older starts that change one of the people, and nothing that another condition would notice.
OTHER_CLIENTS_OLDER_START: Final = _event(
    "other client's older start",
    "contract-started",
    NOW - 70 * DAY,
    started_at=_instant(NOW - 60 * DAY),
    client=_OTHERS["client"],
)
OTHER_FREELANCERS_OLDER_START: Final = _event(
    "other freelancer's older start",
    "contract-started",
    NOW - 70 * DAY,
    started_at=_instant(NOW - 60 * DAY),
    freelancer=_OTHERS["freelancer"],
)
OTHER_CLIENTS_START: Final = _event(
    "other client's start", "contract-started", started_at=_instant(NOW - 50 * DAY), client=_OTHERS["client"]
)
PAYMENT: Final = _event("payment", "payment-made", paid_at=_instant(NOW - _HOUR))
OLD_PAYMENT: Final = _event("old payment", "payment-made", paid_at=_instant(NOW - 40 * DAY))
END: Final = _event("end", "contract-ended", ended_at=_instant(NOW - 2 * _HOUR))
LATER_END: Final = _event("later end", "contract-ended", ended_at=_instant(NOW - _HOUR))
END_FEEDBACK: Final = _event("end-of-contract feedback", "end-of-contract-feedback", provided_at=_instant(NOW))
CORRECTED_END_FEEDBACK: Final = _event(
    "corrected end-of-contract feedback",
    "end-of-contract-feedback",
    NOW + SECOND,
    provided_at=_instant(NOW - SECOND),
    comment="Very good.",
)
EVENTS: Final = (
    *(START, CORRECTION, LATER_START, OTHERS_OLDER_START, OTHERS_NEWER_START),
    *(PAYMENT, OLD_PAYMENT, END, LATER_END, END_FEEDBACK, CORRECTED_END_FEEDBACK),
)


# Expiry and messages


def _swept() -> Any:
    lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule"))
    return "swept"  # not how many: two runs may both count a request


SWEEP: Final = Command("sweep", _swept, indexed=True)


def email_event(case: str, request_id: str) -> Command:
    """An event of SES about the e-mail of the request. It is of a later second than the e-mail."""
    body = email_events.event(case, NOW, email_events.some_tags(request_id=request_id, email_number=_LATE))
    return Command(f"e-mail {case}", partial(email_events.deliver, body), sends=True)


@cache
def by_ttl(process: Process) -> Command:
    return Command("TTL", process.remove_by_ttl, retried=False)


@cache
def delivered(function: str, record: str) -> Command:
    """The delivery of a stream record to a function."""
    changed = {**json.loads(record), "eventSource": "aws:dynamodb"}
    changed["dynamodb"] |= {"SequenceNumber": "1", "ApproximateCreationDateTime": 0}
    sort = changed["dynamodb"]["Keys"]["SK"]["S"].rpartition("#")[2]

    def run() -> Any:
        return lambda_runtime.invoke(function, {"Records": [changed]})

    name = f"{function} of {changed['eventName']} {sort}"
    notifies = function == "notify"
    return Command(name, run, claims=notifies, sends=True, reads_twice=notifies)


def deliveries(records: Iterable[str]) -> list[Command]:
    """The deliveries of these records to every function whose filter lets them through."""
    return [command for record in records for command in _deliveries(record)]


@cache
def _deliveries(record: str) -> list[Command]:
    parsed = json.loads(record)
    return [
        delivered(function, record)
        for function in ("notify", "expire")
        if table_stream.filtered(function, [parsed])
    ]


@cache
def twin(command: Command) -> Command:
    """The same command once more, from another caller."""
    return command._replace(name=f"{command.name} again")


# Scenarios


class Story:
    """Makes a state by running commands one after the other."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.world = World(Tables())
        self._delivered = 0

    def then(self, command: Command, now: datetime = NOW, *, delivered: bool = True) -> "Story":
        self.world, result = run_alone(self._process, command, self.world, now)
        assert not result.text.startswith("[4"), result
        if delivered:
            self.deliver(now)
        return self

    def deliver(self, now: datetime) -> None:
        while undelivered := self.world.records[self._delivered :]:
            self._delivered += len(undelivered)
            for command in deliveries(undelivered):
                self.world, _ = run_alone(self._process, command, self.world, now)

    def recorded(self) -> "Story":
        """Records the removals that are not recorded yet, and delivers nothing else."""
        for command in self.undelivered:
            if command.name.startswith("expire"):
                self.then(command, delivered=False)
        return self

    @property
    def undelivered(self) -> list[Command]:
        return deliveries(self.world.records[self._delivered :])

    @property
    def open_request(self) -> FeedbackRequest:
        [row] = [row for row in self.world.tables.of("feedback") if row["SK"]["S"].startswith(items.OPEN_REQUEST)]
        return items.from_open_request_item(items.plain(row))


_FIRST_START: Final = _event("first start", "contract-started", _FIRST, started_at=_instant(_FIRST))
_FIRST_REQUEST: Final = REQUEST._replace(name="r")
_SECOND_REQUEST: Final = REQUEST._replace(name="s")
_THIRD_REQUEST: Final = REQUEST._replace(name="t")
_FEEDBACK: Final = SUBMIT._replace(name="f")
_TABS: Final = (TAB_OF_FREELANCER, TAB_OF_CLIENT)
_STARTS: Final = (CORRECTION, LATER_START, OTHER_CLIENTS_OLDER_START, OTHER_FREELANCERS_OLDER_START)
_ENDS: Final = (END, LATER_END)
_LONG_AGO: Final = NOW - 15 * DAY


def _eligible(process: Process) -> Story:
    return Story(process).then(START).then(PAYMENT)


def _paid(at: datetime) -> Command:
    return _event("earlier payment", "payment-made", at, paid_at=_instant(at - DAY))


def _requested(process: Process, at: datetime = NOW - 2 * _HOUR, *, delivered: bool = True) -> Story:
    """A request was made at this time."""
    return Story(process).then(START, at).then(_paid(at), at).then(_FIRST_REQUEST, at, delivered=delivered)


def _answers(story: Story) -> tuple[Command, ...]:
    """What settles the open request, by its id and by its link."""
    request_id = story.open_request.request_id
    token = links.sign_link(story.open_request, CLIENT.email)
    muting = decline(request_id, "decline for good", "muted")
    return decline(request_id), muting, withdraw(request_id), decline_by_link(token)


def _of_link(story: Story) -> tuple[Command, Command]:
    token = links.sign_link(story.open_request, CLIENT.email)
    return submit_by_link(token), open_link(token)


def nothing_has_arrived(process: Process) -> Scenario:
    return Scenario(Story(process).world, (*EVENTS, REQUEST, TAB_OF_CLIENT))


def ended_before_its_start(process: Process) -> Scenario:
    return Scenario(Story(process).then(END).world, (START, LATER_END, REQUEST, TAB_OF_CLIENT))


def feedback_before_its_start(process: Process) -> Scenario:
    story = Story(process).then(END_FEEDBACK)
    return Scenario(story.world, (START, OTHERS_OLDER_START, CORRECTED_END_FEEDBACK, END, TAB_OF_CLIENT))


def no_request(process: Process) -> Scenario:
    commands = REQUEST, REQUEST_WITH_KEY, SUBMIT, MUTE, *_TABS, *_STARTS, END
    return Scenario(_eligible(process).world, commands)


def other_people_were_named(process: Process) -> Scenario:
    story = _eligible(process).then(OTHERS_NEWER_START)
    return Scenario(story.world, (REQUEST, SUBMIT, TAB_OF_FREELANCER, OTHERS_OLDER_START, OTHER_CLIENTS_START))


def mailed_request(process: Process) -> Scenario:
    story = _requested(process)
    reports = [email_event(case, story.open_request.request_id) for case in ("delivered", "bounced", "complained")]
    return Scenario(story.world, (*reports, SUBMIT, CORRECTION, unsubscribe(process), TAB_OF_FREELANCER))


def feedback_long_ago(process: Process) -> Scenario:
    at = NOW - 31 * DAY
    story = Story(process).then(_FIRST_START, at).then(_paid(at), at).then(_FEEDBACK, at).then(PAYMENT)
    return Scenario(story.world, (REQUEST, SUBMIT, *_TABS, LATER_START, END))


def open_request(process: Process) -> Scenario:
    story = _requested(process)
    commands = REQUEST, SUBMIT, *_of_link(story), *_answers(story)[:3], MUTE, *_TABS, INBOX
    return Scenario(story.world, (*commands, *_STARTS, END))


def muted_contract(process: Process) -> Scenario:
    story = _eligible(process).then(MUTE)
    return Scenario(story.world, (REQUEST, SUBMIT, MUTE, UNMUTE, *_TABS, *_ENDS))


def open_request_after_others(process: Process) -> Scenario:
    """An earlier request was declined, and one was withdrawn."""
    first, second, third = NOW - 40 * DAY, NOW - 9 * DAY, NOW - 2 * _HOUR
    story = Story(process).then(_FIRST_START).then(_paid(first), first).then(_FIRST_REQUEST, first)
    story = story.then(decline(story.open_request.request_id, "d"), first)
    story = story.then(_paid(second), second).then(_SECOND_REQUEST, second)
    story = story.then(withdraw(story.open_request.request_id), second)
    story = story.then(PAYMENT).then(_THIRD_REQUEST, third)
    return Scenario(story.world, (REQUEST, SUBMIT, *_answers(story), MUTE, *_TABS))


def request_to_be_reminded_of(process: Process) -> Scenario:
    """Seven days before its deadline."""
    story = _requested(process, NOW - 7 * DAY).then(PAYMENT)
    commands = SWEEP, SUBMIT, *_answers(story), MUTE, END, CORRECTION, OTHERS_OLDER_START
    return Scenario(story.world, commands)


def reminder_not_told_yet(process: Process) -> Scenario:
    story = _requested(process, NOW - 7 * DAY).then(PAYMENT).then(SWEEP, delivered=False)
    commands = SUBMIT, *_answers(story), MUTE, CORRECTION, OTHERS_OLDER_START, unsubscribe(process)
    return Scenario(story.world, (*commands, *story.undelivered))


def open_request_without_recent_payment(process: Process) -> Scenario:
    at = NOW - 5 * DAY
    old = _event("old payment", "payment-made", at, paid_at=_instant(NOW - 31 * DAY))
    story = Story(process).then(START).then(old).then(_FIRST_REQUEST, at)
    return Scenario(story.world, (REQUEST, SUBMIT, *_of_link(story), *_TABS, END))


def request_not_told_yet(process: Process) -> Scenario:
    story = _requested(process, delivered=False)
    request_id = story.open_request.request_id
    commands = SUBMIT, withdraw(request_id), END, CORRECTION, OTHERS_OLDER_START, unsubscribe(process)
    return Scenario(story.world, (*commands, *story.undelivered))


def request_at_its_deadline(process: Process) -> Scenario:
    story = _requested(process, NOW - 14 * DAY).then(PAYMENT)
    commands = REQUEST, SUBMIT, *_of_link(story), decline(story.open_request.request_id)
    return Scenario(story.world, (*commands, END, SWEEP, by_ttl(process)), now=NOW - SECOND, deadline=NOW)


def overdue_request(process: Process) -> Scenario:
    story = _requested(process, _LONG_AGO).then(PAYMENT)
    commands = REQUEST, SUBMIT, *_of_link(story), *_TABS, SWEEP, by_ttl(process)
    return Scenario(story.world, (*commands, END, LATER_START, OTHERS_OLDER_START))


def request_removed_by_ttl(process: Process) -> Scenario:
    requested = _requested(process, _LONG_AGO).then(PAYMENT)
    link = _of_link(requested)
    story = requested.then(by_ttl(process), delivered=False)
    return Scenario(story.world, (REQUEST, SUBMIT, *link, *_TABS, SWEEP, END, *story.undelivered))


def expired_and_not_told_yet(process: Process) -> Scenario:
    requested = _requested(process, _LONG_AGO).then(PAYMENT)
    link = _of_link(requested)
    story = requested.then(by_ttl(process), delivered=False).recorded()
    return Scenario(story.world, (REQUEST, SUBMIT, *link, *_TABS, END, *story.undelivered))


def later_request(process: Process) -> Scenario:
    """The first request has expired, and nobody has been told yet; a second one is open."""
    first = _requested(process, _LONG_AGO).then(PAYMENT)
    link = _of_link(first)
    story = first.then(by_ttl(process), delivered=False).recorded().then(_SECOND_REQUEST, delivered=False)
    told = [command for command in story.undelivered if command.name.endswith("r-1-1")]
    return Scenario(story.world, (REQUEST, SUBMIT, link[1], *_of_link(story), TAB_OF_FREELANCER, END, *told))


def feedback_not_told_yet(process: Process) -> Scenario:
    story = _requested(process).then(_FEEDBACK, delivered=False)
    return Scenario(story.world, (SUBMIT, *_TABS, END, CORRECTION, *story.undelivered))


def given_feedback(process: Process) -> Scenario:
    requested = _requested(process)
    token = links.sign_link(requested.open_request, CLIENT.email)
    story = requested.then(submit_by_link(token)._replace(name="f"))
    changes = correct("correct", "Good."), correct("correct the first", "Better.", 1), correct_by_link(token)
    others = reply("reply", "Thanks."), report("report", "feedback", FREELANCER.id), REMOVE, TAB_OF_CLIENT
    return Scenario(story.world, (*changes, *others, OTHER_FREELANCERS_OLDER_START, END))


def feedback_with_a_reply(process: Process) -> Scenario:
    story = _eligible(process).then(_FEEDBACK).then(reply("first reply", "Thanks."))
    story = story.then(report("first report", "reply", CLIENT.id))
    commands = reply("change reply", "Thank you."), TAKE_BACK, moderate("remove reply", "reply", "removed")
    others = correct("correct", "Good."), REMOVE, report("report", "reply", FREELANCER.id), TAB_OF_FREELANCER
    return Scenario(story.world, (*commands, *others))


def removed_feedback(process: Process) -> Scenario:
    story = _eligible(process).then(_FEEDBACK).then(REMOVE._replace(name="first removal"))
    commands = RESTORE, REMOVE, correct("correct", "Good."), reply("reply", "Thanks."), TAB_OF_CLIENT
    return Scenario(story.world, (*commands, OTHER_FREELANCERS_OLDER_START))


def removed_end_of_contract_feedback(process: Process) -> Scenario:
    removal = moderate("remove", "feedback", "removed", _AT_THE_END)
    story = Story(process).then(START).then(END).then(END_FEEDBACK).then(removal)
    commands = moderate("restore", "feedback", "visible", _AT_THE_END), reply("reply", "Thanks.", _AT_THE_END)
    return Scenario(story.world, (*commands, CORRECTED_END_FEEDBACK, OTHER_FREELANCERS_OLDER_START))


def counted_feedback(process: Process) -> Scenario:
    story = _eligible(process).then(END_FEEDBACK)
    removal = moderate("remove", "feedback", "removed", _AT_THE_END)
    commands = SUBMIT, CORRECTED_END_FEEDBACK, OTHER_FREELANCERS_OLDER_START, RECOUNT, removal
    return Scenario(story.world, commands)


def missing_summary(process: Process) -> Scenario:
    """As of feedback that was written before there were summaries."""
    story = Story(process).then(START).then(END).then(END_FEEDBACK)
    rows = {key: text for key, text in story.world.tables.rows.items() if items.SUMMARY not in key.attributes}
    world = story.world._replace(tables=Tables(rows))
    return Scenario(world, (RECOUNT, CORRECTED_END_FEEDBACK))


def wrong_summary(process: Process) -> Scenario:
    story = _eligible(process).then(_FEEDBACK)
    rows = story.world.tables.rows
    wrong = {key: text.replace('"count":{"N":"1"}', '"count":{"N":"7"}') for key, text in rows.items()}
    assert rows != wrong
    return Scenario(story.world._replace(tables=Tables(wrong)), (RECOUNT, correct("correct", "Good.")))


def change_not_told_yet(process: Process) -> Scenario:
    """Feedback was corrected and replied to, reported and removed, and nobody was told of it yet."""
    story = _eligible(process).then(_FEEDBACK).then(correct("correct", "Good."), delivered=False)
    for command in (reply("reply", "Thanks."), report("report", "feedback", FREELANCER.id), REMOVE):
        story = story.then(command, delivered=False)
    return Scenario(story.world, (RESTORE, *story.undelivered))


SCENARIOS: Final[dict[str, Callable[[Process], Scenario]]] = {
    scenario.__name__.replace("_", " "): scenario
    for scenario in (
        nothing_has_arrived,
        ended_before_its_start,
        feedback_before_its_start,
        no_request,
        other_people_were_named,
        feedback_long_ago,
        mailed_request,
        open_request,
        open_request_without_recent_payment,
        muted_contract,
        open_request_after_others,
        request_not_told_yet,
        request_to_be_reminded_of,
        reminder_not_told_yet,
        request_at_its_deadline,
        overdue_request,
        request_removed_by_ttl,
        expired_and_not_told_yet,
        later_request,
        feedback_not_told_yet,
        given_feedback,
        feedback_with_a_reply,
        removed_feedback,
        removed_end_of_contract_feedback,
        counted_feedback,
        missing_summary,
        wrong_summary,
        change_not_told_yet,
    )
}
