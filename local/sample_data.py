"""Creates sample contracts in different states, as a marketplace does: with contract events and API calls."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.people import Person
from local.stack import Stack

RATINGS = {
    "skills": 5,
    "quality": 5,
    "availability": 4,
    "deadlines": 4,
    "communication": 5,
    "cooperation": 5,
}
ENTRIES_PER_CALL = 10  # the limit of PutEvents
TIMEOUT_SECONDS = 15
EVENTS_NOT_APPLIED_YET = {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT}


type Call = tuple[Person, str, dict[str, Any]]  # who calls, the path, and the body


@dataclass(frozen=True)
class Contract:
    contract_id: str
    title: str
    state: str
    started_days_ago: int
    paid_days_ago: int | None
    ended_days_ago: int | None = None


CONTRACTS = (
    Contract("c-eligible", "Translation of a manual", "feedback can be given or requested", 90, 3),
    Contract("c-too-new", "Illustrations for a book", "started less than 30 days ago", 10, 2),
    Contract("c-unpaid", "Migration of a web shop", "no payment in the last 30 days", 120, 45),
    Contract("c-answered", "Voice-over for a course", "the client has just given feedback", 60, 5),
    Contract("c-open-request", "Editing of a podcast", "the freelancer has requested feedback", 75, 1),
    Contract("c-declined", "Subtitles for a film", "the client has declined a request", 80, 2),
    Contract("c-withdrawn", "Floor plan of an office", "the freelancer has withdrawn a request", 70, 2),
    Contract("c-ended", "Design of a logo", "ended, with end-of-contract feedback", 200, 20, 10),
)
CALLED_BY = {
    "c-answered": ("client",),
    "c-open-request": ("freelancer",),
    "c-declined": ("freelancer", "client"),
    "c-withdrawn": ("freelancer",),
}
"""The roles of those who bring a contract into its state by calls of the API. Events are enough for the others."""


def create(stack: Stack, freelancer: Person, client: Person) -> list[str]:
    """Returns a line for each call that failed, for example because STACK_PARAMETERS set other rules."""
    publish_contracts(stack, freelancer, client)
    return call(stack, freelancer, client)


def publish_contracts(stack: Stack, freelancer: Person, client: Person) -> None:
    now = datetime.now(UTC)
    publish(stack, [event for contract in CONTRACTS for event in _events(contract, freelancer, client, now)])


def call(stack: Stack, freelancer: Person, client: Person) -> list[str]:
    """Makes the calls that contracts need to be in their state, of those people who have a token.

    Returns a line for each call that failed.
    """
    comment = "Clear voice, always on time."
    calls: tuple[Call, ...] = (
        (client, "contracts/c-answered/feedback", {"ratings": RATINGS, "comment": comment}),
        (freelancer, "contracts/c-open-request/feedback-requests", {"message": "How is it going so far?"}),
        (freelancer, "contracts/c-declined/feedback-requests", {}),
        (freelancer, "contracts/c-withdrawn/feedback-requests", {}),
    )
    with ThreadPoolExecutor() as pool:  # in parallel, since both functions have a cold start

        def answers_of(calls: Iterable[Call]) -> Iterator[tuple[str, httpx.Response]]:
            possible = [call for call in calls if call[0].token]
            return pool.map(lambda call: (call[1], _post(stack, *call)), possible)

        answers = list(answers_of(calls))
        made = {
            path: answer.json()["request_id"]
            for path, answer in answers
            if answer.is_success and path.endswith("feedback-requests")
        }
        answers += answers_of(_settlements(made, freelancer, client))
    return [
        f"Not all sample data was created: POST /{path} answered {answer.status_code} {answer.text}"
        for path, answer in answers
        if answer.is_error
    ]


def _settlements(made: dict[str, str], freelancer: Person, client: Person) -> Iterator[Call]:
    """Declines one request and withdraws another. `made`: the ids of requests, by the path that made them."""
    for path, request_id in made.items():
        if "c-declined" in path:
            yield client, f"{path}/{request_id}/decline", {"further_requests": "allowed"}
        if "c-withdrawn" in path:
            yield freelancer, f"{path}/{request_id}/withdrawal", {}


def publish(stack: Stack, events: list[tuple[str, dict[str, Any]]]) -> None:
    entries = [
        {
            "EventBusName": stack.event_bus_name,
            "Source": stack.event_source,
            "DetailType": kind,
            "Detail": json.dumps(detail),
        }
        for kind, detail in events
    ]
    for batch in itertools.batched(entries, ENTRIES_PER_CALL, strict=False):
        answer = stack.client("events").put_events(Entries=list(batch))
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"Contract events were not accepted: {answer['Entries']}")


def _events(
    contract: Contract, freelancer: Person, client: Person, now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    def ago(days: int) -> str:
        return (now - timedelta(days=days)).isoformat(timespec="seconds").replace("+00:00", "Z")

    contract_id = {"contract_id": contract.contract_id}
    parties = {
        person.role: {"id": person.id, "name": person.name, "email": person.email}
        for person in (client, freelancer)
    }
    yield (
        "ContractStarted",
        {
            **contract_id,
            "title": contract.title,
            "started_at": ago(contract.started_days_ago),
            **parties,
        },
    )
    if contract.paid_days_ago is not None:
        payment = {"payment_id": f"p-{contract.contract_id}", "paid_at": ago(contract.paid_days_ago)}
        yield "PaymentMade", {**contract_id, **payment}
    if contract.ended_days_ago is not None:
        yield "ContractEnded", {**contract_id, "ended_at": ago(contract.ended_days_ago)}
        yield (
            "EndOfContractFeedbackProvided",
            {
                **contract_id,
                "feedback_id": f"f-{contract.contract_id}",
                "ratings": RATINGS,
                "comment": "A pleasure from the first sketch to the last file.",
                "provided_at": ago(contract.ended_days_ago),
            },
        )


def _post(stack: Stack, person: Person, path: str, body: dict[str, Any]) -> httpx.Response:
    """Retry until the contract's events have been applied."""
    headers = {"Authorization": f"Bearer {person.token}"}
    with httpx.Client(headers=headers, timeout=60, trust_env=False) as http:
        answer = http.post(f"{stack.api_url}/{path}", json=body)
        deadline = time.monotonic() + TIMEOUT_SECONDS  # from here, since the first call may be a slow cold start
        while answer.status_code in EVENTS_NOT_APPLIED_YET and time.monotonic() < deadline:
            time.sleep(0.2)
            answer = http.post(f"{stack.api_url}/{path}", json=body)
        return answer
