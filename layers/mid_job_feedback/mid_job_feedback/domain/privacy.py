"""The event and the responses of the function `privacy`, which exports or erases what is stored about a person.

The function has no HTTP route. Operators invoke it, again and again until `done` is true:

    in   {"command": "export", "person_id": "u-1", "progress": null}
    out  {"done": false, "progress": {…}, "wait_seconds": 0, "entries": [Entry, …], "remaining": []}

    in   {"command": "erase", "person_id": "u-1", "progress": {…}}
    out  {"done": true, "progress": null, "wait_seconds": 0,
          "erased": [Erased, …], "kept": [Kept, …], "remaining": [Remaining, …]}

- `progress` is what the last response returned, and null in the first call. Its content is for the function alone.
  A call with the same `progress` can be repeated: after a timeout, repeat the last call, or begin anew with null.
- `wait_seconds`: wait for so long before the next call. An erasure looks everywhere a second time, after the calls
  that were running during the first pass have ended. A call that comes too early does nothing and asks to wait.
- `entries`, `erased` and `kept` are those of this call alone: collect them. If a call is repeated, an entry may be
  returned twice. `remaining` comes with the last response.
- One call takes at most a minute. A malformed event gets `{"error": "invalid_command", "detail": "…"}`;
  if the table or a queue is unavailable, the invocation fails, and can be repeated.

An export is one document: `{"person_id", "exported_at", "entries", "remaining"}`; see docs/privacy.md.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from mid_job_feedback.domain.models import Id, Instant, Value


class Place(StrEnum):
    """Where data of a person is looked for, in this order. See `workers/privacy.py`."""

    AS_CLIENT = "as_client"
    AS_FREELANCER = "as_freelancer"
    NAMED_BY_MISTAKE = "named_by_mistake"
    PERSON = "person"
    QUEUES = "queues"


class Progress(Value):
    """How far an export or an erasure has come: before what follows `after` in `place`.

    `began_at`: the first call. `passes`: how often an erasure has looked everywhere already. `changed`: whether
    this pass has erased anything. `not_before`: when the next pass of an erasure may begin. `unseen`: queues of
    which this pass could not see all messages.
    """

    command: Literal["export", "erase"]
    person_id: Id
    began_at: Instant
    place: Place = Place.AS_CLIENT
    after: str = ""
    passes: Annotated[int, Field(ge=0)] = 0
    changed: bool = False
    not_before: Instant | None = None
    unseen: tuple[str, ...] = ()


class Command(Value):
    """The event of the function."""

    command: Literal["export", "erase"]
    person_id: Id
    progress: Progress | None = None

    @model_validator(mode="after")
    def _goes_on(self) -> Self:
        progress = self.progress
        if progress and (progress.command, progress.person_id) != (self.command, self.person_id):
            raise ValueError("progress must be that of the same command and person")
        return self


class Entry(Value):
    """Something that is stored about the person: what it is, where and why it is stored, and until when.

    `contract_id` is null for what belongs to no contract. `data` has the values, by names that people understand.
    """

    what: str
    where: str
    why: str
    kept: str
    contract_id: Id | None
    data: Mapping[str, Any]


class Erased(Value):
    """How many pieces of one kind a call has erased."""

    what: str
    count: int


class Kept(Value):
    """What an erasure leaves on a contract, and the reason."""

    what: str
    why: str
    contract_id: Id


class Remaining(Value):
    """What cannot be erased now: where it is, why, and until when at the latest; null if nothing ends it."""

    what: str
    where: str
    until: Instant | None
    why: str


class Exported(Value):
    """The response to `export`."""

    done: bool
    progress: Progress | None
    wait_seconds: int = 0
    entries: tuple[Entry, ...]
    remaining: tuple[Remaining, ...] = ()


class Erasure(Value):
    """The response to `erase`."""

    done: bool
    progress: Progress | None
    wait_seconds: int = 0
    erased: tuple[Erased, ...]
    kept: tuple[Kept, ...]
    remaining: tuple[Remaining, ...] = ()


class InvalidCommand(Value):
    """The response to a malformed event."""

    error: Literal["invalid_command"] = "invalid_command"
    detail: str
