"""Scenarios: every kind of command and event, after what has to happen first so that all its code runs.

test_crash_points.py and test_faults.py run them; test_scenarios.py shows what each does undisturbed.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import pytest

from mid_job_feedback import links
from mid_job_feedback.storage import items, store
from tests import contract_queue, lambda_runtime
from tests.builders import CLIENT, DAY, NOW, RATINGS, SECOND
from tests.component import table_stream
from tests.component.event_sources import EventSources
from tests.component.http_calls import HttpResponse
from tests.component.marketplace import Marketplace
from tests.sdk_interceptor import SdkInterceptor, raise_client_error
from tests.soak import SOAK

COMMIT, REMEMBER = "TransactWriteItems feedback", "UpdateItem idempotency"
KEY: dict[str, str | None] = {"idempotency-key": "key-1"}

type Step = Callable[[EventSources], object]
type Call = Callable[..., HttpResponse]
type PrepareCall = Callable[[Marketplace], Call]
type Refusal = tuple[int, str]


class Scenario(NamedTuple):
    """`repeated`: what a client gets if an earlier attempt had its effect and the response was lost.

    It is None if that is the same response.
    """

    before: Step
    act: Step
    repeated: Refusal | None = None


# What happens first


def _nothing(_: EventSources) -> None:
    pass


def _requested(sources: EventSources) -> None:
    sources.marketplace.request_feedback()
    sources.marketplace.process_stream()


def _overdue(sources: EventSources) -> None:
    """The request is past its deadline, but still in the table, and the freelancer may request again."""
    _requested(sources)
    sources.marketplace.wait(15 * DAY)
    sources.marketplace.pay(paid_at=sources.marketplace.clock.now())


def _five_overdue(sources: EventSources) -> None:
    """More requests than a batch and a page in one shard, and one in another shard."""
    numbers = range(200)
    in_one_shard = [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 0][:4]
    in_another = [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 1][:1]
    for contract_id in in_one_shard + in_another:
        sources.marketplace.start_eligible_contract(contract_id)
        sources.marketplace.request_feedback(contract_id)
    sources.marketplace.process_stream()
    sources.marketplace.wait(15 * DAY)


def _to_be_reminded(sources: EventSources) -> None:
    """A reminder is due, but no sweep has found it yet."""
    _requested(sources)
    sources.marketplace.wait(7 * DAY)


def _reminder_found(sources: EventSources) -> None:
    """A sweep has recorded the reminder, but nobody is told yet."""
    _to_be_reminded(sources)
    sources.marketplace.sweep()


def _reminder_found_then(end: Callable[[Marketplace], object]) -> Step:
    """The request has ended before its reminder is told."""

    def before(sources: EventSources) -> None:
        _reminder_found(sources)
        end(sources.marketplace)

    return before


def _found_twice(sources: EventSources) -> None:
    """Two reminders of the same request, neither of which was told: `notify` failed for days."""
    _reminder_found(sources)
    sources.marketplace.wait(5 * DAY)
    sources.marketplace.sweep()


def _five_overdue_or_to_be_reminded(sources: EventSources) -> None:
    """As `_five_overdue`, but every other request is to be reminded of."""
    numbers = range(200)
    contracts = [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 0][:4]
    contracts += [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 1][:1]
    for contract_id in contracts:
        sources.marketplace.start_eligible_contract(contract_id)
    for contract_id in contracts[::2]:
        sources.marketplace.request_feedback(contract_id)
    sources.marketplace.wait(7 * DAY)
    for contract_id in contracts[1::2]:
        sources.marketplace.request_feedback(contract_id)
    sources.marketplace.process_stream()
    sources.marketplace.wait(7 * DAY)


def _just_requested(sources: EventSources) -> None:
    sources.marketplace.request_feedback()


def _just_submitted(sources: EventSources) -> None:
    _requested(sources)
    sources.marketplace.submit_feedback()


def _changed(*changes: Callable[[Marketplace, str], object]) -> Step:
    """Feedback of which everybody knows was changed in these ways a moment ago."""

    def before(sources: EventSources) -> None:
        marketplace = sources.marketplace
        feedback_id = marketplace.submit_feedback().body["feedback_id"]
        marketplace.process_stream()
        for change in changes:
            marketplace.wait(SECOND)
            change(marketplace, feedback_id)

    return before


def _changed_and_told(*changes: Callable[[Marketplace, str], object]) -> Step:
    def before(sources: EventSources) -> None:
        _changed(*changes)(sources)
        sources.marketplace.process_stream()

    return before


def _answered_by_link(sources: EventSources) -> None:
    _requested(sources)
    sources.marketplace.submit_by_link(sources.marketplace.link_token())
    sources.marketplace.process_stream()


def _removed(remove: Callable[[Marketplace], object]) -> Step:
    def before(sources: EventSources) -> None:
        _overdue(sources)
        remove(sources.marketplace)

    return before


def _just_expired(sources: EventSources) -> None:
    """The removal is recorded, but not announced yet."""
    _removed(Marketplace.remove_by_ttl)(sources)
    assert table_stream.deliver("expire", sources.marketplace.stream.new_records()) == []


def _all_kinds(sources: EventSources) -> None:
    """Unread stream records of every kind, about several contracts."""
    marketplace = sources.marketplace
    for contract_id in ("c-2", "c-3"):
        marketplace.start_eligible_contract(contract_id)
        marketplace.request_feedback(contract_id)
    marketplace.process_stream()
    marketplace.submit_feedback("c-2")
    marketplace.wait(15 * DAY)
    marketplace.pay()
    marketplace.request_feedback()
    marketplace.remove_by_ttl("c-3")


def _records_in_retry_queue(sources: EventSources) -> None:
    """Records of two requests in the retry queue."""
    marketplace = sources.marketplace
    marketplace.start_eligible_contract("c-2")
    marketplace.request_feedback()
    marketplace.request_feedback("c-2")
    sources.retry_queues["notify"] = table_stream.filtered("notify", marketplace.stream.new_records())


def _position_in_retry_queue(sources: EventSources) -> None:
    """Their position in the stream, which Lambda sends after the process has died at every attempt."""
    _records_in_retry_queue(sources)
    sources.retry_queues["notify"] = [table_stream.position_message(sources.retry_queues["notify"])]


def _removal_in_retry_queue(sources: EventSources) -> None:
    _removed(Marketplace.remove_by_ttl)(sources)
    sources.retry_queues["expire"] = table_stream.filtered("expire", sources.marketplace.stream.new_records())


def _events_before_the_start(sources: EventSources) -> None:
    sources.marketplace.pay("c-9")
    sources.marketplace.publish_event("end-of-contract-feedback", contract_id="c-9")


def _submitted(sources: EventSources) -> None:
    sources.marketplace.submit_feedback()
    sources.marketplace.process_stream()


def _submitted_at_the_end_too(sources: EventSources) -> None:
    """Both mid-contract and end-of-contract feedback."""
    _submitted(sources)
    sources.marketplace.publish_event("end-of-contract-feedback")


def _ended(sources: EventSources) -> None:
    sources.marketplace.end_contract()


# What the scenario does


def _posted(call: PrepareCall, headers: dict[str, str | None]) -> Step:
    def act(sources: EventSources) -> None:
        post = call(sources.marketplace)
        lambda_runtime.cold_start()  # preparing the call may have warmed a cache
        sources.post(partial(post, headers=headers))

    return act


def _swept_by_hand(headers: dict[str, str | None]) -> Step:
    return _posted(attrgetter("sweep_by_hand"), headers)


def _by_link(marketplace: Marketplace) -> Call:
    return partial(marketplace.submit_by_link, marketplace.link_token())


def _declining(marketplace: Marketplace) -> Call:
    return partial(marketplace.decline, marketplace.newest_request_id(), further_requests="muted")


def _declining_by_link(marketplace: Marketplace) -> Call:
    return partial(marketplace.decline_by_link, marketplace.link_token())


def _withdrawing(marketplace: Marketplace) -> Call:
    return partial(marketplace.withdraw, marketplace.newest_request_id())


def _correcting_by_link(marketplace: Marketplace) -> Call:
    [answered] = store.room("c-1").past_requests
    return partial(marketplace.correct_by_link, links.sign_link(answered, CLIENT.email))


def _changing(change: Callable[..., HttpResponse], **how: Any) -> PrepareCall:
    """A call about the only feedback of the contract."""

    def prepare(marketplace: Marketplace) -> Call:
        [given] = store.room("c-1").feedback
        return partial(change, marketplace, given.feedback_id, **how)

    return prepare


def _published(case: str, at: datetime = NOW, **detail: Any) -> Step:
    return lambda sources: sources.publish(contract_queue.event(case, at, **detail))


def _publish_all_kinds(sources: EventSources) -> None:
    """In one batch, one of them malformed."""
    sources.publish(
        contract_queue.event("payment-made", contract_id="c-9"),
        contract_queue.event("contract-started", contract_id="c-9"),
        contract_queue.event("payment-made", contract_id="no id"),
        contract_queue.event("end-of-contract-feedback"),
        contract_queue.event("contract-ended"),
    )


def _deliver_while_channels_fail(sources: EventSources) -> None:
    """Nothing can be sent at first, so the records have to wait in the retry queue."""
    for operation in ("SendEmail", "Publish", "PutEvents"):
        sources.marketplace.sdk.respond_with_error(operation, "ThrottlingException")
    _throttle(sources.marketplace.sdk, "PutItem", "feedback")
    sources.deliver_all()


def _throttle(sdk: SdkInterceptor, operation: str, table: str) -> None:
    def respond(client: Any, parameters: dict[str, Any]) -> Any:
        if parameters["TableName"] == table:
            raise_client_error(client, operation, "ThrottlingException")
        return sdk.send(client, operation, parameters)

    sdk.respond(operation, respond)


def _deliver_with_a_poison_pill(sources: EventSources) -> None:
    """A poison pill among other records."""
    every_record = sources.stream.new_records()
    for function in ("notify", "expire"):
        records = table_stream.filtered(function, every_record)
        of_request = next(each for each in records if each["dynamodb"]["Keys"]["SK"]["S"] != items.CONTRACT)
        sources.deliver_batch(function, [_poison_pill(of_request), *records])
    sources.deliver_all()


def _poison_pill(record: table_stream.Record) -> table_stream.Record:
    changed = record["dynamodb"]
    without_rows = {name: value for name, value in changed.items() if name not in {"OldImage", "NewImage"}}
    rows = {name: {"kind": {"S": "mid_contract"}} for name in changed.keys() - without_rows.keys()}
    return {**record, "dynamodb": {**without_rows, **rows, "SequenceNumber": "1"}}


def _in_several_runs(sweep: Step) -> Step:
    """Each with time for a single round."""

    def act(sources: EventSources) -> None:
        def time_left(_: object) -> int:
            return 4_999 if sources.injector.calls_of_invocation else 5_000

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lambda_runtime.Context, "get_remaining_time_in_millis", time_left)
            sweep(sources)
            sources.run_continuations()

    return act


def _api_calls(name: str, before: Step, call: PrepareCall, repeated: Refusal | None = None) -> dict[str, Scenario]:
    """With an Idempotency-Key, and without."""
    return {
        name: Scenario(before, _posted(call, {}), repeated),
        f"{name}, with a key": Scenario(before, _posted(call, KEY), repeated),
    }


REQUEST, SUBMIT = attrgetter("request_feedback"), attrgetter("submit_feedback")
PENDING, NOT_ELIGIBLE, ALREADY_ANSWERED = (
    (409, "request_pending"),
    (409, "not_eligible"),
    (410, "already_answered"),
)
ALREADY_REPORTED = (409, "already_reported")
OTHER = {"id": "u-other", "name": "Other", "email": "other@example.com"}
EARLIER, LATER, LONG_AGO = NOW - DAY, NOW + DAY, f"{NOW - 90 * DAY:%FT%TZ}"
API_CALLS: dict[str, Scenario] = {
    **_api_calls("a request", _nothing, REQUEST, PENDING),
    **_api_calls("a request after an expired one", _overdue, REQUEST, PENDING),
    **_api_calls("a request while one is open", _requested, REQUEST, PENDING),
    **_api_calls("feedback without a request", _nothing, SUBMIT, NOT_ELIGIBLE),
    **_api_calls("feedback while a request is open", _requested, SUBMIT, NOT_ELIGIBLE),
    **_api_calls("feedback after the deadline", _overdue, SUBMIT, NOT_ELIGIBLE),
    **_api_calls("feedback by link", _requested, _by_link, ALREADY_ANSWERED),
    **_api_calls("a decline", _requested, _declining),
    "a decline by link": Scenario(_requested, _posted(_declining_by_link, {})),
    "a withdrawal": Scenario(_requested, _posted(_withdrawing, {})),
    "requests turned off": Scenario(_requested, _posted(attrgetter("mute"), {})),
    "a correction": Scenario(_submitted, _posted(_changing(Marketplace.correct), {})),
    "a correction by link": Scenario(_answered_by_link, _posted(_correcting_by_link, {})),
    "a reply": Scenario(_submitted, _posted(_changing(Marketplace.reply), {})),
    "a changed reply": Scenario(
        _changed_and_told(Marketplace.reply), _posted(_changing(Marketplace.reply, text="Many thanks."), {})
    ),
    "a reply that is taken back": Scenario(
        _changed_and_told(Marketplace.reply), _posted(_changing(Marketplace.take_back_reply), {})
    ),
    **_api_calls("a report", _submitted, _changing(Marketplace.report), ALREADY_REPORTED),
    "a removal that was asked for": Scenario(
        _changed_and_told(Marketplace.report), _posted(_changing(Marketplace.moderate), {})
    ),
    "a restoration": Scenario(
        _changed_and_told(Marketplace.moderate), _posted(_changing(Marketplace.moderate, state="visible"), {})
    ),
}
OTHERS: dict[str, Scenario] = {
    "a sweep by hand": Scenario(_overdue, _swept_by_hand({})),
    "a sweep by hand, with a key": Scenario(_overdue, _swept_by_hand(KEY)),
    "a sweep by hand in several runs": Scenario(_five_overdue, _in_several_runs(_swept_by_hand({}))),
    "a sweep by schedule": Scenario(_five_overdue, EventSources.run_schedule),
    "a sweep by schedule in several runs": Scenario(_five_overdue, _in_several_runs(EventSources.run_schedule)),
    "a sweep that reminds": Scenario(_to_be_reminded, EventSources.run_schedule),
    "a sweep that removes and reminds": Scenario(_five_overdue_or_to_be_reminded, EventSources.run_schedule),
    "a sweep that removes and reminds in several runs": Scenario(
        _five_overdue_or_to_be_reminded, _in_several_runs(EventSources.run_schedule)
    ),
    "the record of a reminder": Scenario(_reminder_found, EventSources.deliver_all),
    "the records of two reminders": Scenario(_found_twice, EventSources.deliver_all),
    "a reminder that cannot be sent at first": Scenario(_reminder_found, _deliver_while_channels_fail),
    "a reminder of a request that was answered": Scenario(
        _reminder_found_then(Marketplace.submit_feedback), EventSources.deliver_all
    ),
    "a reminder of a request that was declined": Scenario(
        _reminder_found_then(Marketplace.decline), EventSources.deliver_all
    ),
    "a reminder of a request that was withdrawn": Scenario(
        _reminder_found_then(Marketplace.withdraw), EventSources.deliver_all
    ),
    "a reminder of a contract whose requests are muted": Scenario(
        _reminder_found_then(Marketplace.mute), EventSources.deliver_all
    ),
    "a reminder of a request whose contract ended": Scenario(
        _reminder_found_then(Marketplace.end_contract), EventSources.deliver_all
    ),
    "a contract's start": Scenario(_nothing, _published("contract-started", contract_id="c-9")),
    "a start that arrives last": Scenario(
        _events_before_the_start, _published("contract-started", contract_id="c-9")
    ),
    "an older start": Scenario(_submitted, _published("contract-started", EARLIER, started_at=LONG_AGO)),
    "a newer description": Scenario(_submitted, _published("contract-started", LATER, title="Another title")),
    "a repeated start": Scenario(_submitted, _published("contract-started")),
    "a payment": Scenario(_nothing, _published("payment-made", paid_at=f"{NOW:%FT%TZ}")),
    "an older payment": Scenario(_nothing, _published("payment-made", paid_at=f"{NOW - 9 * DAY:%FT%TZ}")),
    "an end": Scenario(_nothing, _published("contract-ended")),
    "an end while a request is open": Scenario(_requested, _published("contract-ended")),
    "an end while a request is overdue": Scenario(_overdue, _published("contract-ended")),
    "an earlier end": Scenario(_ended, _published("contract-ended", ended_at=f"{EARLIER:%FT%TZ}")),
    "an end before its start": Scenario(_nothing, _published("contract-ended", contract_id="c-9")),
    "end-of-contract feedback": Scenario(_ended, _published("end-of-contract-feedback")),
    "newer end-of-contract feedback": Scenario(
        _submitted_at_the_end_too,
        _published("end-of-contract-feedback", LATER, ratings=dict.fromkeys(RATINGS, 3), comment="Well done."),
    ),
    "an older start of another freelancer": Scenario(
        _submitted_at_the_end_too, _published("contract-started", EARLIER, freelancer=OTHER)
    ),
    "end-of-contract feedback before its contract": Scenario(
        _nothing, _published("end-of-contract-feedback", contract_id="c-9")
    ),
    "events of all kinds, one of them malformed": Scenario(_requested, _publish_all_kinds),
    "the record of a request": Scenario(_just_requested, EventSources.deliver_all),
    "the record of feedback": Scenario(_just_submitted, EventSources.deliver_all),
    "the record of a correction": Scenario(_changed(Marketplace.correct), EventSources.deliver_all),
    "the record of a reply": Scenario(_changed(Marketplace.reply), EventSources.deliver_all),
    "the records of a report and a removal": Scenario(
        _changed(Marketplace.report, Marketplace.moderate), EventSources.deliver_all
    ),
    "the records of a removal and a restoration": Scenario(
        _changed(Marketplace.moderate, partial(Marketplace.moderate, state="visible")), EventSources.deliver_all
    ),
    "the record of an expiry": Scenario(_just_expired, EventSources.deliver_all),
    "a removal by TTL": Scenario(_removed(Marketplace.remove_by_ttl), EventSources.deliver_all),
    "a removal by the sweep": Scenario(_removed(Marketplace.sweep), EventSources.deliver_all),
    "records of all kinds": Scenario(_all_kinds, EventSources.deliver_all),
    "a record whose messages cannot be sent at first": Scenario(_just_requested, _deliver_while_channels_fail),
    "a removal that cannot be recorded at first": Scenario(
        _removed(Marketplace.remove_by_ttl), _deliver_while_channels_fail
    ),
    "records of all kinds, one of them a poison pill": Scenario(_all_kinds, _deliver_with_a_poison_pill),
    "records from the retry queue": Scenario(_records_in_retry_queue, EventSources.deliver_all),
    "a removal from the retry queue": Scenario(_removal_in_retry_queue, EventSources.deliver_all),
    "a position in the stream from the retry queue": Scenario(_position_in_retry_queue, EventSources.deliver_all),
}
SCENARIOS = API_CALLS | OTHERS
# These make the same calls to AWS as others, which is what test_crash_points.py and test_faults.py disturb.
SIMILAR = {
    "a request after an expired one, with a key",
    "a request while one is open, with a key",
    "feedback without a request, with a key",
    "feedback while a request is open, with a key",
    "feedback after the deadline, with a key",
    "a decline, with a key",
    "a changed reply",
    "a sweep by hand, with a key",
    "a sweep by hand in several runs",
    "a sweep by schedule in several runs",
    "an earlier end",
    "a reminder of a request that was withdrawn",
    "a reminder of a request that was declined",
}
DISTURBED = [name for name in SCENARIOS if SOAK or name not in SIMILAR]
