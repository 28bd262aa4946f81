"""What people and the marketplace do in component tests, each step through its handler."""

import json
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mid_job_feedback import links
from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import Feedback, FeedbackRequest
from mid_job_feedback.storage import items, store
from tests import contract_queue, lambda_runtime
from tests.builders import CLIENT, DAY, FREELANCER, NOW
from tests.component import table_stream
from tests.component.http_calls import HttpResponse, call
from tests.message_schemas import checked
from tests.sdk_interceptor import SdkInterceptor
from tests.store import rows

type Row = dict[str, Any]


class Email(NamedTuple):
    to: str
    subject: str
    text: str
    html: str


class Marketplace:
    """Everything around the handlers, which run in this process on moto."""

    def __init__(self, clock: lambda_runtime.Clock, sdk: SdkInterceptor) -> None:
        self.clock = clock
        self.sdk = sdk
        self.stream = table_stream.TableStream()
        self.last_token = ""  # of the link that a test asked for last

    # Contracts

    def start_contract(self, contract_id: str = "c-1", **detail: Any) -> None:
        """Start a contract 60 days ago: old enough, but never paid."""
        self.publish_event("contract-started", contract_id=contract_id, **detail)

    def pay(self, contract_id: str = "c-1", paid_at: datetime = NOW - DAY) -> None:
        self.publish_event("payment-made", contract_id=contract_id, paid_at=paid_at.isoformat())

    def start_eligible_contract(self, contract_id: str = "c-1", **detail: Any) -> None:
        """Start a contract that is old enough and recently paid."""
        started = contract_queue.event("contract-started", contract_id=contract_id, **detail)
        paid = contract_queue.event("payment-made", contract_id=contract_id)
        assert contract_queue.deliver(started, paid) == []

    def end_contract(self, contract_id: str = "c-1") -> None:
        self.publish_event("contract-ended", contract_id=contract_id, ended_at=self.clock.now().isoformat())

    def publish_event(self, case: str, **detail: Any) -> None:
        """Publish the contract event of events/ingest-<case>.json with these details."""
        assert contract_queue.deliver(contract_queue.event(case, **detail)) == []

    # People

    def request_feedback(
        self, contract_id: str = "c-1", person: str = FREELANCER.id, body: Any = None, **how: Any
    ) -> HttpResponse:
        return call("request-made", contract_id=contract_id, person=person, body=body, **how)

    def submit_feedback(
        self, contract_id: str = "c-1", person: str = CLIENT.id, body: Any = None, **how: Any
    ) -> HttpResponse:
        """As a signed-in client."""
        return call("submit-feedback", contract_id=contract_id, person=person, body=body, **how)

    def submit_by_link(self, token: str, body: Any = None, **how: Any) -> HttpResponse:
        return call("submit-by-link", token=token, body=body, **how)

    def withdraw(
        self, request_id: str = "", contract_id: str = "c-1", person: str = FREELANCER.id, **how: Any
    ) -> HttpResponse:
        """Without an id, the newest request of the contract."""
        named = request_id or self.newest_request_id(contract_id)
        return call("request-withdrawn", contract_id=contract_id, request_id=named, person=person, **how)

    def decline(
        self,
        request_id: str = "",
        contract_id: str = "c-1",
        person: str = CLIENT.id,
        further_requests: str = "allowed",
        **how: Any,
    ) -> HttpResponse:
        """Without an id, the newest request of the contract."""
        named = request_id or self.newest_request_id(contract_id)
        body = {"body": {"further_requests": further_requests}, **how}
        return call("submit-decline", contract_id=contract_id, request_id=named, person=person, **body)

    def decline_by_link(self, token: str, further_requests: str = "allowed", **how: Any) -> HttpResponse:
        body = {"body": {"further_requests": further_requests}, **how}
        return call("submit-decline-by-link", token=token, **body)

    def mute(
        self, contract_id: str = "c-1", person: str = CLIENT.id, *, muted: object = True, **how: Any
    ) -> HttpResponse:
        """Turn requests off, or on again."""
        body = {"body": {"muted": muted}, **how}
        return call("submit-request-preference", contract_id=contract_id, person=person, **body)

    def correct(
        self,
        feedback_id: str,
        body: Any = None,
        contract_id: str = "c-1",
        person: str = CLIENT.id,
        if_match: str | None = None,
        **how: Any,
    ) -> HttpResponse:
        named: Row = {"contract_id": contract_id, "feedback_id": feedback_id}
        headers = {"headers": {"if-match": if_match}, **how}
        return call("submit-correction", **named, person=person, body=body, **headers)

    def correct_by_link(
        self, token: str, body: Any = None, if_match: str | None = None, **how: Any
    ) -> HttpResponse:
        headers = {"headers": {"if-match": if_match}, **how}
        return call("submit-correction-by-link", token=token, body=body, **headers)

    def reply(
        self, feedback_id: str, text: str = "Thank you.", contract_id: str = "c-1", **how: Any
    ) -> HttpResponse:
        call_of_the_freelancer = {"person": FREELANCER.id, "body": {"text": text}, **how}
        named: Row = {"contract_id": contract_id, "feedback_id": feedback_id}
        return call("request-reply", **named, **call_of_the_freelancer)

    def take_back_reply(
        self, feedback_id: str, contract_id: str = "c-1", person: str = FREELANCER.id, **how: Any
    ) -> HttpResponse:
        named: Row = {"contract_id": contract_id, "feedback_id": feedback_id}
        return call("request-reply-taken-back", **named, person=person, **how)

    def report(
        self, feedback_id: str, target: str = "feedback", contract_id: str = "c-1", **how: Any
    ) -> HttpResponse:
        body = {"target": target, "ground": "abusive"}
        named: Row = {"contract_id": contract_id, "feedback_id": feedback_id}
        return call("submit-report", **named, **{"person": FREELANCER.id, "body": body, **how})

    def open_reports(self, **query: Any) -> HttpResponse:
        """An operator's list."""
        return call("moderate-open-reports", query={name: str(value) for name, value in query.items()})

    def moderate(
        self,
        feedback_id: str,
        state: str = "removed",
        target: str = "feedback",
        contract_id: str = "c-1",
        headers: Any = None,
        **body: Any,
    ) -> HttpResponse:
        """An operator's decision."""
        decision = {"ground": "abusive", "reason": "It insults.", "operator": "Mara Lind", **body}
        named: Row = {"contract_id": contract_id, "feedback_id": feedback_id}
        return call(
            "moderate-decision", **named, headers=headers, body={"target": target, "state": state, **decision}
        )

    def decisions(self, feedback_id: str, contract_id: str = "c-1") -> list[Row]:
        """The audit trail, as operators get it by invoking the function."""
        command = lambda_runtime.event("moderate-decisions")
        command |= {"contract_id": contract_id, "feedback_id": feedback_id}
        found: list[Row] = lambda_runtime.invoke("moderate", command)["decisions"]
        return found

    def open_link(self, token: str) -> HttpResponse:
        return call("list-feedback-link", token=token)

    def head_link(self, token: str) -> HttpResponse:
        """As mail scanners do."""
        return call("list-feedback-link", method="HEAD", token=token)

    def feedback_tab(self, contract_id: str = "c-1", person: str = FREELANCER.id) -> HttpResponse:
        return call("list-feedback-tab", contract_id=contract_id, person=person)

    def work_history(self, freelancer_id: str = FREELANCER.id, **query: Any) -> HttpResponse:
        text = {name: str(value) for name, value in query.items()}
        return call("list-work-history", freelancer_id=freelancer_id, query=text)

    def feedback_summary(self, freelancer_id: str = FREELANCER.id) -> HttpResponse:
        return call("list-feedback-summary", freelancer_id=freelancer_id)

    def open_requests(self, person: str = CLIENT.id, **query: Any) -> HttpResponse:
        text = {name: str(value) for name, value in query.items()}
        return call("list-open-requests", person=person, query=text)

    def email_preferences(self, token: str, **how: Any) -> HttpResponse:
        return call("list-email-preferences", token=token, **how)

    def choose_emails(self, token: str, body: Any = None, **how: Any) -> HttpResponse:
        return call("submit-email-preferences", token=token, body=body, **how)

    def unsubscribe(self, token: str) -> HttpResponse:
        """As a mail program does (RFC 8058)."""
        return call("submit-one-click-unsubscribe", token=token)

    def newest_request_id(self, contract_id: str = "c-1") -> str:
        contracts = (items.plain(row) for row in rows.of_contract(client("dynamodb"), contract_id))
        newest = next((row.get("last_request_id") for row in contracts if row["SK"] == items.CONTRACT), None)
        return newest or "r-unknown"

    def link_token(self, contract_id: str = "c-1") -> str:
        """The token of the link to the contract's stored request."""
        seen = store.snapshot(contract_id)
        assert seen.pending
        self.last_token = links.sign_link(seen.pending, seen.contract.client.email)
        return self.last_token

    def preferences_token(self, person: str = CLIENT.id) -> str:
        """The token by which this person turns e-mails about feedback requests off and on."""
        return links.sign_email_preferences(person)

    # Time

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)

    def sweep(self, **how: Any) -> int:
        """The scheduled sweep; returns how many requests it closed."""
        expired: int = lambda_runtime.invoke("expire", lambda_runtime.event("expire-schedule"), **how)["expired"]
        return expired

    def sweep_by_hand(self, **how: Any) -> HttpResponse:
        """An operator's POST /expirations."""
        return call("expire-by-hand", **how)

    def remove_by_ttl(self, contract_id: str = "c-1") -> None:
        for row in rows.open_requests(client("dynamodb"), contract_id):
            self.stream.remove_by_ttl({"PK": row["PK"], "SK": row["SK"]})

    # Notifications

    def process_stream(self) -> None:
        """Deliver stream records to the functions until there are no new ones."""
        while records := self.stream.new_records():
            assert table_stream.deliver("notify", records) == []
            assert table_stream.deliver("expire", records) == []

    def emails(self) -> list[Email]:
        return [_email(sent) for sent in self.sdk.parameters_of("SendEmail")]

    def dash_messages(self) -> list[Row]:
        """Each fits its schema."""
        found = [json.loads(sent["Message"]) for sent in self.sdk.parameters_of("Publish")]
        return [checked(f"dash-messages/{message['kind']}", message) for message in found]

    def dash_messages_of(self, kind: str) -> list[Row]:
        """The Dash messages of one kind, once the stream is processed."""
        self.process_stream()
        return [message for message in self.dash_messages() if message["kind"] == kind]

    def domain_events(self) -> list[tuple[str, Row]]:
        """The detail-type and the detail of each, which fits its schema."""
        entries = [entry for sent in self.sdk.parameters_of("PutEvents") for entry in sent["Entries"]]
        found = [(entry["DetailType"], json.loads(entry["Detail"])) for entry in entries]
        return [(kind, checked(f"domain-events/{kind}", detail)) for kind, detail in found]

    # The tables

    def put_open_request(self, request: FeedbackRequest) -> None:
        rows.put_request(client("dynamodb"), request)

    def put_feedback(self, feedback: Feedback) -> None:
        rows.put_feedback(client("dynamodb"), feedback)

    def set_attribute(self, attribute: str, value: Row, contract_id: str = "c-1") -> None:
        """Of the contract's row."""
        client("dynamodb").update_item(
            TableName="feedback",
            Key=items.key(contract_id, items.CONTRACT),
            UpdateExpression=f"SET {attribute} = :value",
            ExpressionAttributeValues={":value": value},
        )

    def remove_attribute(self, attribute: str, contract_id: str = "c-1") -> None:
        """Of the contract's row."""
        client("dynamodb").update_item(
            TableName="feedback",
            Key=items.key(contract_id, items.CONTRACT),
            UpdateExpression=f"REMOVE {attribute}",
        )

    def rows(self) -> list[Row]:
        return sorted(
            client("dynamodb").scan(TableName="feedback")["Items"],
            key=lambda row: (row["PK"]["S"], row["SK"]["S"]),
        )

    def idempotency_records(self) -> list[Row]:
        found: list[Row] = client("dynamodb").scan(TableName="idempotency")["Items"]
        return found

    def time_out_runs_in_progress(self) -> None:
        """Let the time limit pass of every run that was killed; its idempotency record says when that is."""
        for record in self.idempotency_records():
            if record["status"]["S"] == "INPROGRESS":
                until = int(record["in_progress_expiration"]["N"]) / 1000
                assert until <= time.time() + lambda_runtime.TIME_LEFT / 1000
                self._put_idempotency_record(record | {"in_progress_expiration": {"N": "0"}})

    def expire_idempotency_records(self) -> None:
        for record in self.idempotency_records():
            self._put_idempotency_record(record | {"expiration": {"N": str(int(time.time()) - 1)}})

    def _put_idempotency_record(self, record: Row) -> None:
        client("dynamodb").put_item(TableName="idempotency", Item=record)


def _email(sent: dict[str, Any]) -> Email:
    [to] = sent["Destination"]["ToAddresses"]
    simple = sent["Content"]["Simple"]
    return Email(to, simple["Subject"]["Data"], simple["Body"]["Text"]["Data"], simple["Body"]["Html"]["Data"])
