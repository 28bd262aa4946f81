"""A marketplace around the deployed stack: it speaks public HTTP, events, mail and queues, and nothing else."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from local.people import Person
from local.stack import Stack
from tests.builders import RATINGS

PATIENCE = 30  # seconds until something that must come has not


def eventually[Found](look: Callable[[], Found | None], what: str) -> Found:
    """What `look` finds, as soon as it finds anything. Here the clock is real: the cloud has clocks of its own."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE} s in vain for {what}")


@dataclass
class Marketplace:
    stack: Stack
    freelancer: Person
    client: Person
    queue_url: str
    dash_messages: list[dict[str, Any]] = field(default_factory=list)
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    # -- contract events in ------------------------------------------------------------------------------

    def publish(self, *events: tuple[str, dict[str, Any]], at: datetime | None = None) -> None:
        entries = [
            {
                "EventBusName": self.stack.event_bus_name,
                "Source": "marketplace.contracts",
                "DetailType": detail_type,
                "Detail": json.dumps(detail),
                **({"Time": at} if at else {}),
            }
            for detail_type, detail in events
        ]
        answer = self.stack.client("events").put_events(Entries=entries)
        assert answer["FailedEntryCount"] == 0, answer

    def start(self, contract_id: str, **overrides: Any) -> None:
        people = {
            role: {"id": person.id, "name": person.name, "email": person.email}
            for role, person in (("client", self.client), ("freelancer", self.freelancer))
        }
        started = {
            "contract_id": contract_id,
            "title": "Website relaunch",
            "started_at": days_ago(60),
            **people,
            **overrides,
        }
        self.publish(("ContractStarted", started))

    def pay(self, contract_id: str, paid_at: str | None = None) -> None:
        paid = {"contract_id": contract_id, "payment_id": f"p-{uuid4()}", "paid_at": paid_at or days_ago(1)}
        self.publish(("PaymentMade", paid))

    def end(self, contract_id: str) -> None:
        self.publish(("ContractEnded", {"contract_id": contract_id, "ended_at": days_ago(0)}))

    def a_running_contract(self, **overrides: Any) -> str:
        """Old enough and paid; returns its id once the marketplace's events have arrived."""
        contract_id = f"c-{uuid4()}"
        self.pay(contract_id)  # before its contract, as it may happen
        self.start(contract_id, **overrides)
        eventually(lambda: self.eligible(contract_id), "the contract to arrive")
        return contract_id

    def eligible(self, contract_id: str) -> bool:
        tab = self.tab(contract_id, self.client)
        return tab.status_code == 200 and bool(tab.json()["actions"]["give_feedback"]["eligible"])

    # -- HTTP --------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, person: Person | None = None, **parameters: Any) -> httpx.Response:
        headers = parameters.pop("headers", {})
        if person:
            headers = {"Authorization": f"Bearer {person.token}", **headers}
        return self.http.request(method, f"{self.stack.api_url}{path}", headers=headers, **parameters)

    def tab(self, contract_id: str, person: Person) -> httpx.Response:
        return self.call("GET", f"/contracts/{contract_id}/feedback", person)

    def ask(self, contract_id: str, message: str = "How is it going?") -> httpx.Response:
        path = f"/contracts/{contract_id}/feedback-requests"
        return self.call("POST", path, self.freelancer, json={"message": message})

    def give(self, contract_id: str, comment: str = "Reliable and quick.", **parameters: Any) -> httpx.Response:
        body = {"ratings": RATINGS, "comment": comment}
        return self.call("POST", f"/contracts/{contract_id}/feedback", self.client, json=body, **parameters)

    def look_at_link(self, token: str) -> httpx.Response:
        return self.call("GET", f"/feedback-links/{token}")

    def answer(self, token: str, comment: str = "Reliable and quick.") -> httpx.Response:
        return self.call("POST", f"/feedback-links/{token}", json={"ratings": RATINGS, "comment": comment})

    def history(self) -> dict[str, list[dict[str, Any]]]:
        """The freelancer's feedback by contract, from as many pages as there are."""
        contracts: dict[str, list[dict[str, Any]]] = {}
        cursor = ""
        while True:
            path = f"/freelancers/{self.freelancer.id}/work-history?limit=100{cursor}"
            page = self.call("GET", path).raise_for_status().json()
            for contract in page["contracts"]:
                contracts.setdefault(contract["contract_id"], []).extend(contract["feedback"])
            if page["next_cursor"] is None:
                return contracts
            cursor = f"&cursor={page['next_cursor']}"

    # -- mail and messages out -----------------------------------------------------------------------------

    def mails(self, text: str) -> list[dict[str, Any]]:
        """Mails that mention `text`, oldest first."""
        answer = self.http.get(f"{self.stack.endpoint_url}/_ministack/ses/messages").raise_for_status()
        sent = [mail for account in answer.json()["messages"].values() for mail in account]
        return [mail for mail in sent if text in mail["BodyText"]]

    def token_mailed(self, title: str) -> str:
        """The token in the link of the newest mail about this contract."""
        mail = eventually(lambda: self.mails(title), f"a mail about {title}")[-1]
        found = re.search(r"#t=([\w.-]+)", mail["BodyText"])
        assert found, mail["BodyText"]
        return found[1]

    def dash(self, kind: str, contract_id: str) -> list[dict[str, Any]]:
        """Dash messages of this kind about this contract that have come so far."""
        sqs = self.stack.client("sqs")
        received = sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])
        for message in received:
            sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            self.dash_messages.append(json.loads(message["Body"]))
        return [m for m in self.dash_messages if (m["kind"], m["contract_id"]) == (kind, contract_id)]


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()
