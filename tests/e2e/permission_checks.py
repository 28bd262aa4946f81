"""What each function has to be able to do, as small calls that leave nothing to chance.

Streams and queues are paused meanwhile, so that a function is called by its probes alone.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mid_job_feedback import links
from mid_job_feedback.domain.models import FeedbackRequest
from mid_job_feedback.storage import items
from tests import contract_queue, lambda_runtime
from tests.builders import RATINGS
from tests.e2e.deployed_service import DeployedService, days_ago, eventually
from tests.e2e.iam_policies import without_statement

type Json = dict[str, Any]
type Check = Callable[[], None]

ROOT_USER = Credentials("test", "test")  # the cloud's own keys, which may do everything
EXPIRED_AT = 1_700_000_000  # 2023, in seconds
BACKLOG = 2_000  # due requests; doubled until the sweep cannot remove them all in a second
MAX_BACKLOG = 32_000
BATCH_SIZE = 25
FEEDBACK = {"ratings": RATINGS, "comment": "Reliable and quick."}
TIME_FOR_ONE_SECOND_OF_WORK = 6  # seconds; the sweep keeps five of them


@dataclass(frozen=True)
class PermissionChecks:
    service: DeployedService

    def for_function(self, function: str) -> list[Check]:
        return [getattr(self, name) for name in dir(self) if name.startswith(f"{function}_")]

    # -- request -----------------------------------------------------------------------------------------

    def request_is_made(self) -> None:
        self.request_feedback(self.contract())

    def request_replaces_one_that_just_expired(self) -> None:
        contract_id = self.contract()
        self.request_feedback(contract_id)
        self.let_expire(contract_id)
        self.request_feedback(contract_id)

    def request_is_made_once_per_key(self) -> None:
        contract_id, key = self.contract(), {"Idempotency-Key": str(uuid4())}
        assert self.request_feedback(contract_id, key) == self.request_feedback(contract_id, key)

    def request_refused_as_invalid_leaves_its_key_unused(self) -> None:
        contract_id, key = self.contract(), {"Idempotency-Key": str(uuid4())}
        path = f"/contracts/{contract_id}/feedback-requests"
        response = self.service.call("POST", path, self.service.freelancer, json={"rating": 5}, headers=key)
        assert response.status_code == 422
        self.request_feedback(contract_id, key)

    def request_replaces_an_expired_one(self) -> None:
        contract_id = self.contract_with_expired_request()
        response = self.request_feedback(contract_id)
        assert self.open_request_row(contract_id)["request_id"]["S"] == response["request_id"]

    def request_after_a_removed_one(self) -> None:
        self.request_feedback(self.contract_with_removed_request())

    # -- submit ------------------------------------------------------------------------------------------

    def submit_unprompted(self) -> None:
        self.give_feedback(self.contract())

    def submit_after_a_removed_request(self) -> None:
        self.give_feedback(self.contract_with_removed_request())

    def submit_by_link_is_accepted(self) -> None:
        request = self.request_feedback(self.contract())
        assert self.service.submit_by_link(self.sign_link(request)).status_code == 201

    def submit_is_done_once_per_key(self) -> None:
        contract_id, key = self.contract(), {"Idempotency-Key": str(uuid4())}
        assert self.give_feedback(contract_id, key) == self.give_feedback(contract_id, key)

    def submit_refused_as_invalid_leaves_its_key_unused(self) -> None:
        contract_id, key = self.contract(), {"Idempotency-Key": str(uuid4())}
        path = f"/contracts/{contract_id}/feedback"
        response = self.service.call("POST", path, self.service.client, json={}, headers=key)
        assert response.status_code == 422
        self.give_feedback(contract_id, key)

    # -- list --------------------------------------------------------------------------------------------

    def list_tab(self) -> None:
        contract_id = self.contract()
        for person in (self.service.client, self.service.freelancer):
            assert self.service.tab(contract_id, person).status_code == 200

    def list_work_history(self) -> None:
        path = f"/freelancers/{self.service.freelancer.id}/work-history"
        assert self.service.call("GET", path).status_code == 200

    def list_link(self) -> None:
        request = self.request_feedback(self.contract())
        assert self.service.open_link(self.sign_link(request)).status_code == 200

    # -- expire ------------------------------------------------------------------------------------------

    def expire_removes_what_is_due(self) -> None:
        contract_id = self.contract_with_expired_request()
        self.invoke("expire", lambda_runtime.event("expire-schedule"))
        assert not self.open_request_row(contract_id)

    def expire_records_a_removal(self) -> None:
        contract_id = self.contract_with_expired_request()
        self.deliver_record("expire", self.remove_open_request(contract_id), contract_id)
        [past] = self.service.tab(contract_id, self.service.client).json()["past_requests"]
        assert past["status"] == "expired"

    def expire_by_hand_runs_once_per_key(self) -> None:
        key, contract_id = {"Idempotency-Key": str(uuid4())}, self.contract_with_expired_request()
        first = self.sweep_by_hand(key)
        assert first.status_code == 200
        assert not self.open_request_row(contract_id)
        contract_id = self.contract_with_expired_request()
        assert self.sweep_by_hand(key).json() == first.json()
        assert self.open_request_row(contract_id)

    def expire_by_hand_that_failed_leaves_its_key_unused(self) -> None:
        key, contract_id = {"Idempotency-Key": str(uuid4())}, self.contract_with_expired_request()
        with without_statement(self.service.stack, "expire", "RemoveDueRequests"):
            assert self.sweep_by_hand(key).status_code >= 500
        assert self.sweep_by_hand(key).status_code == 200
        assert not self.open_request_row(contract_id)

    def expire_retries_what_it_cannot_record(self) -> None:
        contract_id = self.contract_with_expired_request()
        removal = self.remove_open_request(contract_id)
        with without_statement(self.service.stack, "expire", "RecordExpiredRequests"):
            self.deliver_record("expire", removal, contract_id, retried=1)

    def expire_sets_malformed_records_aside(self) -> None:
        self.sets_malformed_records_aside("expire", "REMOVE", "OldImage")

    def expire_starts_the_next_run_when_time_is_up(self) -> None:
        """The last by the alphabet, since it needs a backlog."""
        stack = self.service.stack
        functions, name = stack.client("lambda"), stack.function_names["expire"]
        timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
        functions.update_function_configuration(FunctionName=name, Timeout=TIME_FOR_ONE_SECOND_OF_WORK)
        try:
            self.warm_up("expire", lambda_runtime.event("expire-schedule"))
            left = self.sweep_part_of_a_backlog()
            eventually(lambda: len(self.backlog()) < left, "the next run")
        finally:
            functions.update_function_configuration(FunctionName=name, Timeout=timeout)
            self.change_backlog("DeleteRequest", "Key", self.backlog())

    # -- notify ------------------------------------------------------------------------------------------

    def notify_announces_a_request_once(self) -> None:
        contract_id, record = self.new_request_record()
        for _ in range(2):
            self.deliver_record("notify", record, contract_id)
            assert len(self.service.emails(contract_id)) == 1
            assert len(self.service.dash_messages_about("feedback_requested", contract_id)) == 1

    def notify_announces_an_expiry(self) -> None:
        contract_id = self.contract_with_expired_request()
        row = self.open_request_row(contract_id)
        closed = {
            **row,
            "SK": {"S": f"{items.CLOSED_REQUEST}{row['requested_at']['S']}#{row['request_id']['S']}"},
            **{name: {"S": days_ago(1)} for name in ("deadline", "closed_at")},
            "status": {"S": "expired"},
        }
        self.deliver_record("notify", self.stream_record("INSERT", "NewImage", closed), contract_id)
        assert len(self.service.dash_messages_about("feedback_request_expired", contract_id)) == 1

    def notify_retries_what_it_cannot_send(self) -> None:
        contract_id, record = self.new_request_record()
        with without_statement(self.service.stack, "notify", "SendEmail"):
            self.deliver_record("notify", record, contract_id, retried=1)
        assert self.service.emails(contract_id) == []
        self.deliver_record("notify", record, contract_id)
        assert len(self.service.emails(contract_id)) == 1

    def notify_sets_malformed_records_aside(self) -> None:
        self.sets_malformed_records_aside("notify", "INSERT", "NewImage")

    # -- ingest ------------------------------------------------------------------------------------------

    def ingest_starts_a_contract(self) -> None:
        self.contract()

    def ingest_ends_a_contract(self) -> None:
        self.end_contract(self.contract())

    def ingest_ends_a_contract_and_cancels_its_request(self) -> None:
        contract_id = self.contract()
        self.request_feedback(contract_id)
        self.end_contract(contract_id)
        [past] = self.service.tab(contract_id, self.service.client).json()["past_requests"]
        assert past["status"] == "cancelled"

    def ingest_keeps_feedback_that_precedes_its_contract(self) -> None:
        contract_id = f"c-{uuid4()}"
        provided = {"contract_id": contract_id, "feedback_id": f"f-{uuid4()}", "provided_at": days_ago(1)}
        self.send_events(("end-of-contract-feedback", provided))
        self.contract(contract_id)
        [feedback] = self.service.work_history()[contract_id]
        assert feedback["feedback_id"] == provided["feedback_id"]

    def ingest_sets_invalid_events_aside(self) -> None:
        contract_id = f"c-{uuid4()}"
        self.send_events(("payment-made", {"contract_id": contract_id, "paid_at": "yesterday"}))
        assert self.take_messages("contract_events_dead_letter", contract_id) == 1

    # -- their means -------------------------------------------------------------------------------------

    def invoke(self, function: str, event: Json) -> Any:
        stack = self.service.stack
        response = stack.client("lambda").invoke(
            FunctionName=stack.function_names[function], Payload=json.dumps(event).encode()
        )
        result = json.loads(response["Payload"].read())
        assert "FunctionError" not in response, result
        return result

    def warm_up(self, function: str, event: Json) -> None:
        """Until a process is there that has loaded everything; on a busy machine that may take all its time."""
        stack = self.service.stack
        name, payload = stack.function_names[function], json.dumps(event).encode()
        eventually(
            lambda: "FunctionError" not in stack.client("lambda").invoke(FunctionName=name, Payload=payload),
            "a warm process",
        )

    def send_events(self, *events: tuple[str, Json]) -> None:
        """Contract events, straight to the function."""
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
        """An eligible one; its title ends with its id."""
        contract_id = contract_id or f"c-{uuid4()}"
        parties = {
            person.role: {"id": person.id, "name": person.name, "email": person.email}
            for person in (self.service.client, self.service.freelancer)
        }
        started = {
            "contract_id": contract_id,
            "title": f"Contract {contract_id}",
            "started_at": days_ago(60),
            **parties,
        }
        paid = {"contract_id": contract_id, "paid_at": days_ago(1)}
        self.send_events(("contract-started", started), ("payment-made", paid))
        return contract_id

    def end_contract(self, contract_id: str) -> None:
        self.send_events(("contract-ended", {"contract_id": contract_id, "ended_at": days_ago(0)}))

    def request_feedback(self, contract_id: str, key: Mapping[str, str] = {}) -> Json:
        path = f"/contracts/{contract_id}/feedback-requests"
        response = self.service.call("POST", path, self.service.freelancer, json={}, headers=dict(key))
        assert response.status_code == 201, response.text
        request: Json = response.json()
        return request

    def give_feedback(self, contract_id: str, key: Mapping[str, str] = {}) -> Json:
        path = f"/contracts/{contract_id}/feedback"
        response = self.service.call("POST", path, self.service.client, json=FEEDBACK, headers=dict(key))
        assert response.status_code == 201, response.text
        feedback: Json = response.json()
        return feedback

    def sweep_by_hand(self, headers: Mapping[str, str], by: Credentials = ROOT_USER) -> httpx.Response:
        url = f"{self.service.stack.api_url}/expirations"
        request = AWSRequest("POST", url, headers={"Host": urlsplit(url).netloc, **headers}, data=b"")
        SigV4Auth(by, "execute-api", self.service.stack.region).add_auth(request)
        return self.service.http.post(url, headers=dict(request.headers), content=b"")

    def sign_link(self, request: Json) -> str:
        """The token of the link to answer a request, without waiting for the e-mail."""
        stack = self.service.stack
        secret = stack.client("secretsmanager").get_secret_value(SecretId=stack.link_key_secret)["SecretString"]
        with mock.patch.object(links, "_keys", return_value=[json.loads(secret)["current"]]):
            return links.sign_link(FeedbackRequest.model_validate(request))

    def contract_with_expired_request(self) -> str:
        """A contract whose request has not been answered in time."""
        contract_id = self.contract()
        self.request_feedback(contract_id)
        self.let_expire(contract_id)
        return contract_id

    def contract_with_removed_request(self) -> str:
        """A contract whose request is over and has been removed."""
        contract_id = self.contract_with_expired_request()
        self.remove_open_request(contract_id)
        return contract_id

    def let_expire(self, contract_id: str) -> None:
        stack = self.service.stack
        stack.client("dynamodb").update_item(
            TableName=stack.table_name,
            Key={name: self.open_request_row(contract_id)[name] for name in ("PK", "SK")},
            UpdateExpression="SET expires_at = :past",
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
        """Removes the row of the contract's open request; returns the record that tells of it."""
        stack, row = self.service.stack, self.open_request_row(contract_id)
        key = {name: row[name] for name in ("PK", "SK")}
        stack.client("dynamodb").delete_item(TableName=stack.table_name, Key=key)
        return self.stream_record("REMOVE", "OldImage", row)

    def new_request_record(self) -> tuple[str, Json]:
        """A contract, and the record that tells of its request."""
        contract_id = self.contract()
        self.request_feedback(contract_id)
        return contract_id, self.stream_record("INSERT", "NewImage", self.open_request_row(contract_id))

    def stream_record(self, event: str, image: str, row: Json) -> Json:
        """What the stream hands over when this has happened to a row."""
        [record] = lambda_runtime.event("expire-removed-by-ttl")["Records"]
        changed = {"Keys": {name: row[name] for name in ("PK", "SK")}, image: row, "SequenceNumber": "1"}
        return {"Records": [{**record, "eventName": event, "dynamodb": changed}]}

    def deliver_record(self, function: str, record: Json, contract_id: str, retried: int = 0) -> None:
        """A record of the stream; says how many records about the contract it is to put aside for another try."""
        assert self.invoke(function, record) == {"batchItemFailures": []}
        assert self.take_messages(f"{function}_retry", contract_id) == retried

    def sets_malformed_records_aside(self, function: str, event: str, image: str) -> None:
        contract_id = f"c-{uuid4()}"
        row = items.key(contract_id, items.OPEN_REQUEST)  # and nothing else
        self.deliver_record(function, self.stream_record(event, image, row), contract_id)
        assert self.take_messages(f"{function}_failure", contract_id) == 1

    def take_messages(self, queue: str, contract_id: str) -> int:
        """How many messages about the contract were in the queue; it is empty now."""
        sqs, url = self.service.stack.client("sqs"), self.service.stack.queue_urls[queue]
        bodies: list[str] = []
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                bodies.append(message["Body"])
        return sum(contract_id in body for body in bodies)

    def sweep_part_of_a_backlog(self) -> int:
        """How many requests a sweep has left for the next, having removed some."""
        size = BACKLOG
        while size <= MAX_BACKLOG:
            self.create_backlog(size)
            expired: int = self.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"]
            if 0 < expired < size:
                return size - expired
            size *= 2
        raise AssertionError("The sweep removes all or nothing")

    def create_backlog(self, size: int) -> None:
        due = {"request_id": "r-1", "due_shard": 0, "expires_at": EXPIRED_AT}
        self.change_backlog(
            "PutRequest",
            "Item",
            [
                {**items.key(f"backlog-{number}", items.OPEN_REQUEST), **items.to_dynamo(due)}
                for number in range(size)
            ],
        )

    def backlog(self) -> list[Json]:
        stack = self.service.stack
        pages = (
            stack.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stack.table_name,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND expires_at = :past",
                ExpressionAttributeValues={":shard": {"N": "0"}, ":past": {"N": str(EXPIRED_AT)}},
            )
        )
        return [{name: row[name] for name in ("PK", "SK")} for page in pages for row in page["Items"]]

    def change_backlog(self, request: str, parameter: str, rows: list[Json]) -> None:
        stack = self.service.stack
        for batch in itertools.batched(rows, BATCH_SIZE, strict=False):
            requests = [{request: {parameter: row}} for row in batch]
            written = stack.client("dynamodb").batch_write_item(RequestItems={stack.table_name: requests})
            assert not written["UnprocessedItems"]
