"""What people and the marketplace do, each step through its handler."""

import json
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mid_job_feedback import links
from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.storage import items, store
from tests import aws, contract_queue
from tests.builders import CLIENT, DAY, FREELANCER, NOW
from tests.component import stream
from tests.component.calls import Answer, call
from tests.sdk import Sdk
from tests.store import rows

type Row = dict[str, Any]


class Email(NamedTuple):
    to: str
    subject: str
    text: str
    html: str


class Marketplace:
    def __init__(self, clock: aws.Clock, sdk: Sdk) -> None:
        self.clock = clock
        self.sdk = sdk
        self.stream = stream.Stream()

    # Contracts

    def start(self, contract_id: str = "c-1", **detail: Any) -> None:
        """A contract that is old enough."""
        self.tell("contract-started", contract_id=contract_id, **detail)

    def pay(self, contract_id: str = "c-1", paid_at: datetime = NOW - DAY) -> None:
        self.tell("payment-made", contract_id=contract_id, paid_at=paid_at.isoformat())

    def run(self, contract_id: str = "c-1", **detail: Any) -> None:
        """An eligible contract: old enough and recently paid."""
        started = contract_queue.event("contract-started", contract_id=contract_id, **detail)
        paid = contract_queue.event("payment-made", contract_id=contract_id)
        assert contract_queue.deliver(started, paid) == []

    def end(self, contract_id: str = "c-1") -> None:
        self.tell("contract-ended", contract_id=contract_id, ended_at=self.clock.now().isoformat())

    def tell(self, case: str, **detail: Any) -> None:
        assert contract_queue.deliver(contract_queue.event(case, **detail)) == []

    # People

    def ask(self, contract_id: str = "c-1", person: str = FREELANCER.id, body: Any = None, **how: Any) -> Answer:
        """The freelancer requests feedback."""
        return call("request-made", contract_id=contract_id, person=person, body=body, **how)

    def give(self, contract_id: str = "c-1", person: str = CLIENT.id, body: Any = None, **how: Any) -> Answer:
        """The client gives feedback, signed in."""
        return call("submit-feedback", contract_id=contract_id, person=person, body=body, **how)

    def answer(self, token: str, body: Any = None, **how: Any) -> Answer:
        """Somebody gives feedback by a link."""
        return call("submit-by-link", token=token, body=body, **how)

    def open(self, token: str) -> Answer:
        return call("list-feedback-link", token=token)

    def probe(self, token: str) -> Answer:
        """HEAD, as mail scanners do; the API has no route for it but the default one."""
        return call("list-unknown-route", method="HEAD", path=f"/feedback-links/{token}")

    def tab(self, contract_id: str = "c-1", person: str = FREELANCER.id) -> Answer:
        return call("list-feedback-tab", contract_id=contract_id, person=person)

    def history(self, freelancer_id: str = FREELANCER.id, **query: Any) -> Answer:
        text = {name: str(value) for name, value in query.items()}
        return call("list-work-history", freelancer_id=freelancer_id, query=text)

    def link(self, contract_id: str = "c-1") -> str:
        """The token of the link to the contract's stored request."""
        request = store.snapshot(contract_id).stored
        assert request
        return links.sign_link(request)

    # Time

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)

    def sweep(self, **how: Any) -> int:
        """The scheduled run; returns how many requests it closed."""
        expired: int = aws.invoke("expire", aws.event("expire-schedule"), **how)["expired"]
        return expired

    def sweep_by_hand(self, **how: Any) -> Answer:
        """An operator's run."""
        return call("expire-by-hand", **how)

    def remove_by_ttl(self, contract_id: str = "c-1") -> None:
        for row in rows.open_requests(client("dynamodb"), contract_id):
            self.stream.remove_by_ttl({"PK": row["PK"], "SK": row["SK"]})

    # Messages

    def settle(self) -> None:
        """Hands over what the stream has to say, until it says no more."""
        while news := self.stream.news():
            assert stream.deliver("notify", news) == []
            assert stream.deliver("expire", news) == []

    def emails(self) -> list[Email]:
        return [_email(sent) for sent in self.sdk.done("SendEmail")]

    def dash(self) -> list[Row]:
        return [json.loads(sent["Message"]) for sent in self.sdk.done("Publish")]

    def told_of(self, kind: str) -> list[Row]:
        """Dash messages of one kind, once everything is told."""
        self.settle()
        return [message for message in self.dash() if message["kind"] == kind]

    # Behind the scenes

    def put(self, request: FeedbackRequest) -> None:
        """Stores an open request that nobody asked for."""
        rows.put_request(client("dynamodb"), request)

    def forget(self, attribute: str, contract_id: str = "c-1") -> None:
        """Takes an attribute off the contract's row."""
        client("dynamodb").update_item(
            TableName="feedback",
            Key=items.key(contract_id, items.CONTRACT),
            UpdateExpression=f"REMOVE {attribute}",
        )

    def rows(self) -> list[Row]:
        """The whole table."""
        return sorted(
            client("dynamodb").scan(TableName="feedback")["Items"],
            key=lambda row: (row["PK"]["S"], row["SK"]["S"]),
        )

    def remembered(self) -> list[Row]:
        """What the idempotency table holds."""
        found: list[Row] = client("dynamodb").scan(TableName="idempotency")["Items"]
        return found

    def let_runs_under_way_time_out(self) -> None:
        """As if the time limit of every process that never ended were over; each has said when it is."""
        for record in self.remembered():
            if record["status"]["S"] == "INPROGRESS":
                until = int(record["in_progress_expiration"]["N"]) / 1000
                assert until <= time.time() + aws.TIME_LEFT / 1000
                self._remember(record | {"in_progress_expiration": {"N": "0"}})

    def let_what_is_remembered_expire(self) -> None:
        for record in self.remembered():
            self._remember(record | {"expiration": {"N": str(int(time.time()) - 1)}})

    def _remember(self, record: Row) -> None:
        client("dynamodb").put_item(TableName="idempotency", Item=record)


def _email(sent: dict[str, Any]) -> Email:
    [to] = sent["Destination"]["ToAddresses"]
    simple = sent["Content"]["Simple"]
    return Email(to, simple["Subject"]["Data"], simple["Body"]["Text"]["Data"], simple["Body"]["Html"]["Data"])
