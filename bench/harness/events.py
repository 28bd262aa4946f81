"""The calls that are measured: the event files of this project, each on a contract of its own."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from bench import dynamodb
from bench.dynamodb import FREELANCER, Database
from bench.runtime import ROOT

EVENTS = {"submit": "submit-feedback", "request": "request-made", "list": "list-feedback-tab"}
ENTRIES = 4  # of feedback on each contract

type Event = dict[str, Any]

_numbers = count()


def contracts(database: Database, number: int, freelancer_id: str = FREELANCER) -> Iterator[str]:
    """Ids of contracts put there now, each with some feedback."""
    ids = [f"c-{next(_numbers)}" for _ in range(number)]
    rows = []
    for contract_id in ids:
        contract = dynamodb.contract(contract_id, freelancer_id)
        rows += [contract, *(dynamodb.feedback(contract, entry) for entry in range(ENTRIES))]
    dynamodb.fill(database, rows)
    return iter(ids)


def history(freelancer_id: str, limit: int) -> Event:
    text = (ROOT / "events/list-work-history.json").read_text()
    event: Event = json.loads(text.replace("u-freelancer", freelancer_id))
    event["queryStringParameters"] = {"limit": str(limit)}
    event["rawQueryString"] = f"limit={limit}"
    return event


def call(command: str, contract_id: str) -> Event:
    text = (ROOT / "events" / f"{EVENTS[command]}.json").read_text()
    event: Event = json.loads(text.replace("c-1", contract_id))
    return event
