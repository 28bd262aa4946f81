"""Calls functions of the deployed stack directly, with chosen events, and reads and changes rows of its table."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from uuid import uuid4

from mid_job_feedback import links
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.storage import items
from tests import contract_queue, lambda_runtime
from tests.e2e.deployed_service import DeployedService, days_ago
from tests.e2e.live_versions import live

type Json = dict[str, Any]

EXPIRED_AT = 1_700_000_000  # 2023, in seconds


@dataclass(frozen=True)
class DirectAccess:
    service: DeployedService

    def invoke(self, function: str, event: Json) -> Any:
        stack = self.service.stack
        response = stack.client("lambda").invoke(
            FunctionName=live(stack, function), Payload=json.dumps(event).encode()
        )
        result = json.loads(response["Payload"].read())
        assert "FunctionError" not in response, result
        return result

    # -- contracts and requests --------------------------------------------------------------------------

    def send_events(self, *events: tuple[str, Json]) -> None:
        """Delivers contract events to `ingest` as one batch."""
        [record] = lambda_runtime.event("ingest-contract-started")["Records"]
        sent = str(int(datetime.now(UTC).timestamp() * 1000))
        records = [
            record
            | {"messageId": str(uuid4()), "attributes": record["attributes"] | {"SentTimestamp": sent}}
            | {"body": contract_queue.event(case, at=datetime.now(UTC), **detail)}
            for case, detail in events
        ]
        assert self.invoke("ingest", {"Records": records}) == {"batchItemFailures": []}

    def contract(self, contract_id: str = "") -> str:
        """Starts an eligible contract, whose title ends with its id; returns the id."""
        contract_id = contract_id or f"c-{uuid4()}"
        started = self.service.start_details(contract_id, title=f"Contract {contract_id}")
        paid = {"contract_id": contract_id, "paid_at": days_ago(1)}
        self.send_events(("contract-started", started), ("payment-made", paid))
        return contract_id

    def end_contract(self, contract_id: str) -> None:
        self.send_events(("contract-ended", {"contract_id": contract_id, "ended_at": days_ago(0)}))

    def make_request(self, contract_id: str, key: Mapping[str, str] = {}) -> Json:
        response = self.service.request_feedback(contract_id, headers=dict(key))
        assert response.status_code == 201, response.text
        request: Json = response.json()
        return request

    def give_feedback(self, contract_id: str, key: Mapping[str, str] = {}) -> Json:
        response = self.service.give_feedback(contract_id, headers=dict(key))
        assert response.status_code == 201, response.text
        feedback: Json = response.json()
        return feedback

    def sign_link(self, request: Json) -> str:
        """The token of the link to a request, without waiting for the e-mail."""
        with self._signing():
            stored = {name: request[name] for name in FeedbackRequest.model_fields}
            return links.sign_link(FeedbackRequest.model_validate(stored), self.service.client.email)

    def sign_email_preferences(self) -> str:
        """The token of the link to the client's preferences for e-mails."""
        with self._signing():
            return links.sign_email_preferences(self.service.client.id)

    @contextmanager
    def _signing(self) -> Iterator[None]:
        """Lets this process sign with the stack's key."""
        stack = self.service.stack
        secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.link_key_secret)["SecretString"]
        with mock.patch.object(links, "_keys", return_value=[json.loads(secret)["current"]]):
            yield

    def contract_with_expired_request(self) -> str:
        """A contract whose request has expired, but is still in the table."""
        contract_id = self.contract()
        self.make_request(contract_id)
        self.let_expire(contract_id)
        return contract_id

    def contract_with_removed_request(self) -> str:
        """A contract whose request has expired and was removed from the table."""
        contract_id = self.contract_with_expired_request()
        self.remove_open_request(contract_id)
        return contract_id

    # -- rows of the table -------------------------------------------------------------------------------

    def let_expire(self, contract_id: str) -> None:
        """Moves the deadline of the contract's open request into the past."""
        self._change_open_request(contract_id, "SET expires_at = :past, due_at = :past")

    def let_a_reminder_be_due(self, contract_id: str) -> None:
        self._change_open_request(contract_id, "SET due_at = :past")

    def _change_open_request(self, contract_id: str, change: str) -> None:
        stack = self.service.stack
        stack.client("dynamodb").update_item(
            TableName=stack.table_name,
            Key={name: self.open_request_row(contract_id)[name] for name in ("PK", "SK")},
            UpdateExpression=change,
            ExpressionAttributeValues={":past": {"N": str(EXPIRED_AT)}},
        )

    def open_request_row(self, contract_id: str) -> Json:
        """The row of the contract's open request; empty if there is none."""
        stack = self.service.stack
        found: list[Json] = stack.client("dynamodb").query(
            TableName=stack.table_name,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sort)",
            ExpressionAttributeValues={
                ":pk": items.key(contract_id, "")["PK"],
                ":sort": {"S": items.OPEN_REQUEST},
            },
        )["Items"]
        assert len(found) <= 1
        return found[0] if found else {}

    def remove_open_request(self, contract_id: str) -> Json:
        """Deletes the row of the contract's open request; returns the stream event of that."""
        stack, row = self.service.stack, self.open_request_row(contract_id)
        key = {name: row[name] for name in ("PK", "SK")}
        stack.client("dynamodb").delete_item(TableName=stack.table_name, Key=key)
        return self.stream_event("REMOVE", "OldImage", row)

    # -- stream and queues -------------------------------------------------------------------------------

    def stream_event(self, event: str, image: str, row: Json) -> Json:
        """What the stream delivers after this change of a row."""
        [record] = lambda_runtime.event("expire-removed-by-ttl")["Records"]
        changed = {"Keys": {name: row[name] for name in ("PK", "SK")}, image: row, "SequenceNumber": "1"}
        return {"Records": [{**record, "eventName": event, "dynamodb": changed}]}

    def take_messages(self, queue: str, contract_id: str) -> int:
        """Empties a queue of the stack; returns how many of its messages were about the contract."""
        sqs, url = self.service.stack.client("sqs"), self.service.stack.queue_urls[queue]
        bodies: list[str] = []
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
        return sum(contract_id in body for body in bodies)
