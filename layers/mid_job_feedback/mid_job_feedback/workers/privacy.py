"""Exports or erases what is stored about a person, call by call; see `domain/privacy.py` for events and responses.

Looks in this order: the contracts of which the person is the client, those of which they are the freelancer, those
for which they were named by mistake, the rows about the person, and the queues.

An erasure first marks the person as erased; see `storage/erasures.py`. Then it makes at least two passes over all
places. An index may lag, and a call that had read words before they were erased may store them afterwards, in the
table or in a queue. No function runs longer than 90 seconds. So each pass begins two minutes after the end of the
one before, and sees what such calls have stored. The erasure is done when a later pass finds nothing to erase.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final, Protocol, assert_never

from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import ValidationError

from mid_job_feedback import observability
from mid_job_feedback.domain import privacy_texts as texts
from mid_job_feedback.domain.privacy import (
    Command,
    Entry,
    Erased,
    Erasure,
    Exported,
    InvalidCommand,
    Kept,
    Place,
    Progress,
    Remaining,
)
from mid_job_feedback.settings import privacy_settings
from mid_job_feedback.storage import (
    contracts_of_person,
    erasures,
    items,
    personal_data,
    remembered_answers,
    store,
)
from mid_job_feedback.workers import personal_messages, personal_queues
from mid_job_feedback.workers.dead_letters import reason_of
from mid_job_feedback.workers.personal_messages import Personal, Search
from mid_job_feedback.workers.personal_queues import Message, Queue

SETTLING: Final = timedelta(minutes=2)
"""How long after a pass of an erasure the next one begins: longer than any function may run, and an index lags."""
_TIME_TO_STOP: Final = 40_000  # milliseconds kept for the contract or the message that is being looked at
_DONE: Final = "done"  # the position in a place with one step
_MOST_CHARACTERS: Final = 3_000_000  # of entries in one response; Lambda returns six megabytes at most

type Clock = Callable[[], datetime]


class Work(Protocol):
    """What is done in each place where data of the person may be.

    `changed`: whether that has erased anything. `is_full`: whether the response has no room for more.
    """

    @property
    def changed(self) -> bool: ...
    def contract(self, contract_id: str, place: Place) -> None: ...
    def person(self) -> None: ...
    def message(self, queue: Queue, message: Message, personal: Personal) -> bool: ...
    def is_full(self) -> bool: ...


def run(event: dict[str, Any], context: LambdaContext, now: Clock) -> Exported | Erasure | InvalidCommand:
    """Carries out one call.

    Raises:
        Unavailable: a table or a queue is unavailable. The call can be repeated.
    """
    try:
        command = Command.model_validate(event)
    except ValidationError as invalid:
        return InvalidCommand(detail=reason_of(invalid, "command", ()))
    match command.command:
        case "export":
            response: Exported | Erasure = _export(command, context, now)
        case "erase":
            response = _erase(command, context, now)
        case unexpected:
            assert_never(unexpected)
    passes = command.progress.passes if command.progress else 0
    observability.looked_for_person(command.command, command.person_id, passes, done=response.done)
    return response


def _export(command: Command, context: LambdaContext, now: Clock) -> Exported:
    progress = command.progress or _begun(command, now())
    work = _Exporting(command.person_id)
    search = Search(command.person_id, personal_messages.contracts_read_once(), now())
    left, complete = _pass(progress, work, search, context)
    return Exported(
        done=complete,
        progress=None if complete else left,
        entries=tuple(work.entries),
        remaining=_unseen(left, now()) if complete else (),
    )


def _erase(command: Command, context: LambdaContext, now: Clock) -> Erasure:
    if command.progress is None:
        erasures.mark(command.person_id, now())
    progress = command.progress or _begun(command, now())
    if progress.not_before and now() < progress.not_before:
        return _unfinished(progress, now())
    search = Search(command.person_id, personal_messages.contracts_read_once(), now(), progress.began_at)
    work = _Erasing(search, progress.began_at)
    left, complete = _pass(progress, work, search, context)
    if complete and (left.changed or left.passes == 0):
        passes, begins = left.passes + 1, now() + SETTLING
        left = _begun(command, left.began_at).model_copy(update={"passes": passes, "not_before": begins})
        complete = False
    if complete:
        archived = timedelta(days=privacy_settings().event_archive_days)
        remaining = (*_unseen(left, now()), *texts.remaining_copies(now(), archived))
        return Erasure(done=True, progress=None, erased=work.counts(), kept=(), remaining=remaining)
    kept = tuple(work.kept) if progress.passes == 0 else ()
    return _unfinished(left, now()).model_copy(update={"erased": work.counts(), "kept": kept})


def _begun(command: Command, began_at: datetime) -> Progress:
    return Progress(command=command.command, person_id=command.person_id, began_at=began_at)


def _unfinished(progress: Progress, now: datetime) -> Erasure:
    wait = (progress.not_before - now).total_seconds() if progress.not_before else 0
    return Erasure(done=False, progress=progress, wait_seconds=max(0, ceil(wait)), erased=(), kept=())


def _pass(progress: Progress, work: Work, search: Search, context: LambdaContext) -> tuple[Progress, bool]:
    """Goes on from where `progress` stands. Returns where it has come to, and whether it has looked everywhere."""

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() >= _TIME_TO_STOP and not work.is_full()

    places = list(Place)
    for place in places[places.index(progress.place) :]:
        progress = (
            progress if place is progress.place else progress.model_copy(update={"place": place, "after": ""})
        )
        for position, unseen in _look(place, progress.after, work, search):
            seen = {"after": position, "unseen": (*progress.unseen, *unseen)}
            progress = progress.model_copy(update=seen | {"changed": progress.changed or work.changed})
            if not has_time():
                return progress, False
    return progress, True


def _look(place: Place, after: str, work: Work, search: Search) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Does the work of one place, and yields the position after each step, and what could not be seen in it."""
    match place:
        case Place.AS_CLIENT | Place.AS_FREELANCER | Place.NAMED_BY_MISTAKE:
            for contract_id, position in _FINDERS[place](search.person_id, after):
                work.contract(contract_id, place)
                yield position, ()
        case Place.PERSON:
            if not after:
                work.person()
                yield _DONE, ()
        case Place.QUEUES:
            names = [queue.name for queue in personal_queues.queues()]
            for queue in personal_queues.queues()[names.index(after) + 1 if after else 0 :]:
                complete = personal_queues.look_through(queue, search, work.message)
                yield queue.name, () if complete else (queue.name,)
        case unexpected:
            assert_never(unexpected)


class _Exporting:
    """Collects the entries of an export."""

    changed = False

    def __init__(self, person_id: str) -> None:
        self._person_id = person_id
        self.entries: list[Entry] = []

    def contract(self, contract_id: str, place: Place) -> None:
        rows = [items.plain(row) for row in store.partition(contract_id)]
        contract = next((row for row in rows if row["SK"] == items.CONTRACT), {})
        person = personal_data.person_in(contract, self._person_id)
        if place is Place.NAMED_BY_MISTAKE and person.role:
            return  # found before, by its role
        self.entries += filter(None, (personal_data.entry(row, person) for row in rows))
        self.entries += remembered_answers.entries(contract_id, person)

    def person(self) -> None:
        nobody = personal_data.Person(self._person_id, None)
        rows = map(items.plain, contracts_of_person.rows_about(self._person_id))
        self.entries += filter(None, (personal_data.entry(row, nobody) for row in rows))

    def message(self, queue: Queue, message: Message, personal: Personal) -> bool:
        del message
        where, text = texts.queue(queue.name), texts.WAITING
        entry = Entry(
            what=text.what, where=where, why=text.why, kept=text.kept, contract_id=None, data=personal.data
        )
        self.entries.append(entry)
        return False

    def is_full(self) -> bool:
        return sum(len(str(entry.data)) for entry in self.entries) > _MOST_CHARACTERS


class _Erasing:
    """Erases, and counts what it has erased and left."""

    def __init__(self, search: Search, erased_at: datetime) -> None:
        self._search = search
        self._erased_at = erased_at
        self._erased: Counter[str] = Counter()
        self.kept: list[Kept] = []

    @property
    def changed(self) -> bool:
        return bool(self._erased)

    def contract(self, contract_id: str, place: Place) -> None:
        del place  # what was erased before is not found again
        person_id = self._search.person_id
        found = erasures.of_contract(contract_id, person_id, self._erased_at, self._search.now)
        person = personal_data.person_in(self._search.contracts(contract_id), person_id)
        self._erased += found.erased + remembered_answers.erase(contract_id, person)
        self.kept += found.kept

    def person(self) -> None:
        self._erased += erasures.of_person(self._search.person_id)

    def message(self, queue: Queue, message: Message, personal: Personal) -> bool:
        personal_queues.erase(queue, message, personal)
        self._erased[texts.IN_A_QUEUE] += 1
        return True

    def is_full(self) -> bool:
        return False

    def counts(self) -> tuple[Erased, ...]:
        return tuple(Erased(what=what, count=count) for what, count in sorted(self._erased.items()))


def _unseen(progress: Progress, now: datetime) -> tuple[Remaining, ...]:
    return tuple(texts.waiting(name, now) for name in progress.unseen)


_FINDERS: Final[dict[Place, Callable[[str, str], Iterator[contracts_of_person.Place]]]] = {
    Place.AS_CLIENT: contracts_of_person.as_client,
    Place.AS_FREELANCER: contracts_of_person.as_freelancer,
    Place.NAMED_BY_MISTAKE: contracts_of_person.named_by_mistake,
}
