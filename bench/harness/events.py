"""Events of the measured commands, made from the files in `events/`."""

import json
from typing import Any

from bench.harness.lambda_process import ROOT

FILES = {"submit": "submit-feedback", "request": "request-made", "list": "list-feedback-tab"}

type Event = dict[str, Any]


def command_event(command: str, contract_id: str) -> Event:
    text = (ROOT / "events" / f"{FILES[command]}.json").read_text()
    event: Event = json.loads(text.replace("c-1", contract_id))
    return event


def work_history_event(freelancer_id: str, limit: int) -> Event:
    text = (ROOT / "events/list-work-history.json").read_text()
    event: Event = json.loads(text.replace("u-freelancer", freelancer_id))
    event["queryStringParameters"] = {"limit": str(limit)}
    event["rawQueryString"] = f"limit={limit}"
    return event
