"""Every kind of command and event, each with what has happened before it, so that it reaches all it can do."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import pytest

from mid_job_feedback.storage import items
from tests import aws, contract_queue
from tests.builders import DAY, NOW
from tests.component import stream
from tests.component.calls import Answer
from tests.component.marketplace import Marketplace
from tests.component.sources import Sources
from tests.sdk import Sdk, fail

COMMIT, REMEMBER = "TransactWriteItems feedback", "UpdateItem idempotency"
KEY: dict[str, str | None] = {"idempotency-key": "key-1"}

type Step = Callable[[Sources], object]
type Call = Callable[..., Answer]
type Posting = Callable[[Marketplace], Call]
type Refusal = tuple[int, str]


class Scenario(NamedTuple):
    """`told_again`: what a client is told whose call was done already, without an answer that it got."""

    before: Step
    act: Step
    told_again: Refusal | None = None


# What has happened before


def _nothing(_: Sources) -> None:
    pass


def _asked(sources: Sources) -> None:
    sources.marketplace.ask()
    sources.marketplace.settle()


def _overdue(sources: Sources) -> None:
    """Its request is past its deadline, and still in the table; the freelancer may ask again."""
    _asked(sources)
    sources.marketplace.wait(15 * DAY)
    sources.marketplace.pay(paid_at=sources.marketplace.clock.now())


def _five_overdue(sources: Sources) -> None:
    """More than a batch and than a page of one shard, and another in another."""
    numbers = range(200)
    in_one_shard = [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 0][:4]
    in_another = [f"c-{number}" for number in numbers if items.due_shard(f"c-{number}") == 1][:1]
    for contract_id in in_one_shard + in_another:
        sources.marketplace.run(contract_id)
        sources.marketplace.ask(contract_id)
    sources.marketplace.settle()
    sources.marketplace.wait(15 * DAY)


def _just_asked(sources: Sources) -> None:
    sources.marketplace.ask()


def _just_answered(sources: Sources) -> None:
    _asked(sources)
    sources.marketplace.give()


def _removed(remove: Callable[[Marketplace], object]) -> Step:
    def before(sources: Sources) -> None:
        _overdue(sources)
        remove(sources.marketplace)

    return before


def _just_expired(sources: Sources) -> None:
    """Its removal is recorded, and nobody told of that yet."""
    _removed(Marketplace.remove_by_ttl)(sources)
    assert stream.deliver("expire", sources.marketplace.stream.news()) == []


def _all_sorts(sources: Sources) -> None:
    """News of several contracts, of every kind, which nobody has heard yet."""
    marketplace = sources.marketplace
    for contract_id in ("c-2", "c-3"):
        marketplace.run(contract_id)
        marketplace.ask(contract_id)
    marketplace.settle()
    marketplace.give("c-2")
    marketplace.wait(15 * DAY)
    marketplace.pay()
    marketplace.ask()
    marketplace.remove_by_ttl("c-3")


def _waiting(sources: Sources) -> None:
    """Records of two requests in the retry queue."""
    marketplace = sources.marketplace
    marketplace.run("c-2")
    marketplace.ask()
    marketplace.ask("c-2")
    sources.waiting["notify"] = stream.let_through("notify", marketplace.stream.news())


def _position_waiting(sources: Sources) -> None:
    """What Lambda says of these records after the process has died each time."""
    _waiting(sources)
    sources.waiting["notify"] = [stream.position(sources.waiting["notify"])]


def _removal_waiting(sources: Sources) -> None:
    _removed(Marketplace.remove_by_ttl)(sources)
    sources.waiting["expire"] = stream.let_through("expire", sources.marketplace.stream.news())


def _told_before_its_contract(sources: Sources) -> None:
    sources.marketplace.pay("c-9")
    sources.marketplace.tell("end-of-contract-feedback", contract_id="c-9")


def _answered(sources: Sources) -> None:
    sources.marketplace.give()
    sources.marketplace.settle()


def _judged(sources: Sources) -> None:
    """In the middle of the contract, and at its end."""
    _answered(sources)
    sources.marketplace.tell("end-of-contract-feedback")


def _ended(sources: Sources) -> None:
    sources.marketplace.end()


# What happens


def _posted(call: Posting, headers: dict[str, str | None]) -> Step:
    def act(sources: Sources) -> None:
        post = call(sources.marketplace)
        aws.forget_processes_past()  # making the call may have loaded something
        sources.post(partial(post, headers=headers))

    return act


def _swept_by_hand(headers: dict[str, str | None]) -> Step:
    return _posted(lambda marketplace: marketplace.sweep_by_hand, headers)


def _by_link(marketplace: Marketplace) -> Call:
    return partial(marketplace.answer, marketplace.link())


def _told(case: str, at: datetime = NOW, **detail: Any) -> Step:
    return lambda sources: sources.tell(contract_queue.event(case, at, **detail))


def _told_all_sorts(sources: Sources) -> None:
    """In one batch, and one of them can never be applied."""
    sources.tell(
        contract_queue.event("payment-made", contract_id="c-9"),
        contract_queue.event("contract-started", contract_id="c-9"),
        contract_queue.event("payment-made", contract_id="no id"),
        contract_queue.event("end-of-contract-feedback"),
        contract_queue.event("contract-ended"),
    )


def _settle_in_bad_weather(sources: Sources) -> None:
    """Nothing can be sent at first, so that the records have to wait in the retry queue."""
    for operation in ("SendEmail", "Publish"):
        sources.marketplace.sdk.refuse(operation, "ThrottlingException")
    _busy_for(sources.marketplace.sdk, "PutItem", "feedback")
    sources.settle()


def _busy_for(sdk: Sdk, operation: str, table: str) -> None:
    def answer(client: Any, asked: dict[str, Any]) -> Any:
        if asked["TableName"] == table:
            fail(client, operation, "ThrottlingException")
        return sdk.send(client, operation, asked)

    sdk.instead(operation, answer)


def _hand_over_broken(sources: Sources) -> None:
    """A record that can never be read, among others."""
    news = sources.stream.news()
    for function in ("notify", "expire"):
        records = stream.let_through(function, news)
        sources.hand_over(function, [_broken(records[0]), *records])
    sources.settle()


def _broken(record: stream.Record) -> stream.Record:
    changed = record["dynamodb"]
    without_rows = {name: value for name, value in changed.items() if name not in {"OldImage", "NewImage"}}
    rows = {name: {"kind": {"S": "mid_contract"}} for name in changed.keys() - without_rows.keys()}
    return {**record, "dynamodb": {**without_rows, **rows, "SequenceNumber": "1"}}


def _in_several_runs(sweep: Step) -> Step:
    """Each has time for a single round."""

    def act(sources: Sources) -> None:
        def time_left(_: object) -> int:
            return 4_999 if sources.seam.calls_of_run else 5_000

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aws.Context, "get_remaining_time_in_millis", time_left)
            sweep(sources)
            sources.go_on()

    return act


def _posts(name: str, before: Step, call: Posting, told_again: Refusal) -> dict[str, Scenario]:
    """With an Idempotency-Key, and without."""
    return {
        name: Scenario(before, _posted(call, {}), told_again),
        f"{name}, with a key": Scenario(before, _posted(call, KEY), told_again),
    }


PENDING, NOT_ELIGIBLE, ANSWERED = (409, "request_pending"), (409, "not_eligible"), (410, "already_answered")
EARLIER, LATER, LONG_AGO = NOW - DAY, NOW + DAY, f"{NOW - 90 * DAY:%FT%TZ}"
POSTS: dict[str, Scenario] = {
    **_posts("a request", _nothing, lambda marketplace: marketplace.ask, PENDING),
    **_posts("a request over an expired one", _overdue, lambda marketplace: marketplace.ask, PENDING),
    **_posts("a request while one is open", _asked, lambda marketplace: marketplace.ask, PENDING),
    **_posts("feedback nobody asked for", _nothing, lambda marketplace: marketplace.give, NOT_ELIGIBLE),
    **_posts("feedback as answer", _asked, lambda marketplace: marketplace.give, NOT_ELIGIBLE),
    **_posts("feedback after the deadline", _overdue, lambda marketplace: marketplace.give, NOT_ELIGIBLE),
    **_posts("feedback by link", _asked, _by_link, ANSWERED),
}
OTHERS: dict[str, Scenario] = {
    "a sweep by hand": Scenario(_overdue, _swept_by_hand({})),
    "a sweep by hand, with a key": Scenario(_overdue, _swept_by_hand(KEY)),
    "a sweep by hand in several runs": Scenario(_five_overdue, _in_several_runs(_swept_by_hand({}))),
    "a sweep by schedule": Scenario(_five_overdue, Sources.schedule),
    "a sweep by schedule in several runs": Scenario(_five_overdue, _in_several_runs(Sources.schedule)),
    "a contract's start": Scenario(_nothing, _told("contract-started", contract_id="c-9")),
    "a start that comes last": Scenario(_told_before_its_contract, _told("contract-started", contract_id="c-9")),
    "an older start": Scenario(_answered, _told("contract-started", EARLIER, started_at=LONG_AGO)),
    "a newer description": Scenario(_answered, _told("contract-started", LATER, title="Another title")),
    "a start told again": Scenario(_answered, _told("contract-started")),
    "a payment": Scenario(_nothing, _told("payment-made", paid_at=f"{NOW:%FT%TZ}")),
    "an older payment": Scenario(_nothing, _told("payment-made", paid_at=f"{NOW - 9 * DAY:%FT%TZ}")),
    "an end": Scenario(_nothing, _told("contract-ended")),
    "an end while a request is open": Scenario(_asked, _told("contract-ended")),
    "an end while a request is overdue": Scenario(_overdue, _told("contract-ended")),
    "an earlier end": Scenario(_ended, _told("contract-ended", ended_at=f"{EARLIER:%FT%TZ}")),
    "an end before its start": Scenario(_nothing, _told("contract-ended", contract_id="c-9")),
    "end-of-contract feedback": Scenario(_ended, _told("end-of-contract-feedback")),
    "end-of-contract feedback stated anew": Scenario(
        _judged, _told("end-of-contract-feedback", LATER, comment="Excellent to the end.")
    ),
    "end-of-contract feedback before its contract": Scenario(
        _nothing, _told("end-of-contract-feedback", contract_id="c-9")
    ),
    "events of all sorts, one of them malformed": Scenario(_asked, _told_all_sorts),
    "news of a request": Scenario(_just_asked, Sources.settle),
    "news of feedback": Scenario(_just_answered, Sources.settle),
    "news of an expiry": Scenario(_just_expired, Sources.settle),
    "a removal by TTL": Scenario(_removed(Marketplace.remove_by_ttl), Sources.settle),
    "a removal by the sweep": Scenario(_removed(Marketplace.sweep), Sources.settle),
    "news of all sorts": Scenario(_all_sorts, Sources.settle),
    "news that cannot be told at first": Scenario(_just_asked, _settle_in_bad_weather),
    "a removal that cannot be recorded at first": Scenario(
        _removed(Marketplace.remove_by_ttl), _settle_in_bad_weather
    ),
    "news of all sorts, some of it broken": Scenario(_all_sorts, _hand_over_broken),
    "news from the retry queue": Scenario(_waiting, Sources.settle),
    "a removal from the retry queue": Scenario(_removal_waiting, Sources.settle),
    "a position in the stream from the retry queue": Scenario(_position_waiting, Sources.settle),
}
SCENARIOS = POSTS | OTHERS
