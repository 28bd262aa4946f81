"""Small calls that need every permission of the functions' roles; their names begin with the function's.

Event sources are paused meanwhile, so that nothing but these calls invokes a function.
"""

import itertools
import json
from collections.abc import Callable
from uuid import uuid4

from mid_job_feedback.domain import privacy_texts as texts
from mid_job_feedback.storage import items
from tests import email_events, lambda_runtime
from tests.builders import RATINGS
from tests.e2e.deployed_service import days_ago, eventually
from tests.e2e.direct_access import EXPIRED_AT, DirectAccess, Json
from tests.e2e.iam_policies import without_statement
from tests.e2e.live_versions import live, released

type Check = Callable[[], None]

BACKLOG = 2_000  # expired requests; doubled until one sweep cannot remove all of them in its second
MAX_BACKLOG = 32_000
BATCH_SIZE = 25
TIME_FOR_ONE_SECOND_OF_WORK = 6  # seconds; the sweep stops five seconds before its timeout


class PermissionChecks(DirectAccess):
    def for_function(self, function: str) -> list[Check]:
        return [getattr(self, name) for name in sorted(vars(PermissionChecks)) if name.startswith(f"{function}_")]

    # -- request -----------------------------------------------------------------------------------------

    def request_is_made(self) -> None:
        self.make_request(self.contract())

    def request_is_made_once_per_key(self) -> None:
        contract_id, key = self.contract(), _new_key()
        assert self.make_request(contract_id, key) == self.make_request(contract_id, key)

    def request_refused_as_invalid_leaves_its_key_unused(self) -> None:
        contract_id, key = self.contract(), _new_key()
        path = f"/contracts/{contract_id}/feedback-requests"
        invalid = self.service.call("POST", path, self.service.freelancer, json={"rating": 5}, headers=key)
        assert invalid.status_code == 422
        self.make_request(contract_id, key)

    def request_replaces_an_expired_one(self) -> None:
        contract_id = self.contract_with_expired_request()
        request = self.make_request(contract_id)
        assert self.open_request_row(contract_id)["request_id"]["S"] == request["request_id"]

    def request_after_a_removed_one(self) -> None:
        self.make_request(self.contract_with_removed_request())

    def request_is_withdrawn_and_withdrawn_again(self) -> None:
        """The second time, the closed request is looked for."""
        request = self.make_request(self.contract())
        path = f"/contracts/{request['contract_id']}/feedback-requests/{request['request_id']}/withdrawal"
        for _ in range(2):
            withdrawn = self.service.call("POST", path, self.service.freelancer, json={})
            assert withdrawn.status_code == 200
            assert withdrawn.json()["status"] == "withdrawn"

    def request_a_reply_and_take_it_back(self) -> None:
        contract_id = self.contract()
        self.give_feedback(contract_id)
        path = f"{self.path_of_feedback(contract_id)}/reply"
        replied = self.service.call("PUT", path, self.service.freelancer, json={"text": "Thank you."})
        assert replied.status_code == 200
        taken_back = self.service.call("DELETE", path, self.service.freelancer)
        assert taken_back.status_code == 200, taken_back.text
        assert taken_back.json()["reply"] is None

    # -- submit ------------------------------------------------------------------------------------------

    def submit_unprompted(self) -> None:
        self.give_feedback(self.contract())

    def submit_after_a_removed_request(self) -> None:
        self.give_feedback(self.contract_with_removed_request())

    def submit_by_link_is_accepted(self) -> None:
        request = self.make_request(self.contract())
        assert self.service.submit_by_link(self.sign_link(request)).status_code == 201

    def submit_is_done_once_per_key(self) -> None:
        contract_id, key = self.contract(), _new_key()
        assert self.give_feedback(contract_id, key) == self.give_feedback(contract_id, key)

    def submit_refused_as_invalid_leaves_its_key_unused(self) -> None:
        contract_id, key = self.contract(), _new_key()
        path = f"/contracts/{contract_id}/feedback"
        invalid = self.service.call("POST", path, self.service.client, json={}, headers=key)
        assert invalid.status_code == 422
        self.give_feedback(contract_id, key)

    def submit_a_decline_and_repeat_it_by_the_link(self) -> None:
        request, choice = self.make_request(self.contract()), {"further_requests": "muted"}
        path = f"/contracts/{request['contract_id']}/feedback-requests/{request['request_id']}/decline"
        by_link = f"/feedback-links/{self.sign_link(request)}/decline"
        for declined in (
            self.service.call("POST", path, self.service.client, json=choice),
            self.service.call("POST", by_link, json=choice),
        ):
            assert declined.status_code == 200
            assert declined.json()["status"] == "declined"

    def submit_a_preference(self) -> None:
        path = f"/contracts/{self.contract()}/request-preference"
        for muted in (True, False):
            chosen = self.service.call("PUT", path, self.service.client, json={"muted": muted})
            assert chosen.status_code == 200
            assert chosen.json() == {"muted": muted}

    def submit_preferences_for_emails(self) -> None:
        path, choice = f"/email-preferences/{self.sign_email_preferences()}", {"feedback_requests": "subscribed"}
        chosen = self.service.call("POST", path, json=choice)
        assert chosen.status_code == 200
        assert chosen.json() == choice

    def submit_a_correction_and_a_report(self) -> None:
        contract_id = self.contract()
        self.give_feedback(contract_id)
        path = self.path_of_feedback(contract_id)
        corrected = self.service.call("PUT", path, self.service.client, json={"ratings": RATINGS})
        assert corrected.status_code == 200, corrected.text
        assert corrected.json()["revision"] == 2
        self.report(contract_id)

    # -- moderate ----------------------------------------------------------------------------------------

    def moderate_a_reported_text(self) -> None:
        contract_id = self.contract()
        self.give_feedback(contract_id)
        self.report(contract_id)
        path = f"{self.path_of_feedback(contract_id)}/moderation"
        for state in ("visible", "removed", "visible"):  # the first changes nothing, so it is a check
            decision = {"target": "feedback", "state": state, "ground": "abusive", "reason": "x", "operator": "x"}
            body, json_type = json.dumps(decision).encode(), {"Content-Type": "application/json"}
            decided = self.service.signed_call("PUT", path, body, json_type)
            assert (decided.status_code, decided.json().get("state")) == (200, state)

    def moderate_lists_reports_page_by_page(self) -> None:
        for _ in range(2):
            contract_id = self.contract()
            self.give_feedback(contract_id)
            self.report(contract_id)

        def cursor() -> str | None:
            page = self.service.signed_call("GET", "/reports?limit=1")
            assert page.status_code == 200
            found: str | None = page.json()["next_cursor"]
            return found

        following = eventually(cursor, "a second page of reports")
        assert self.service.signed_call("GET", f"/reports?limit=1&cursor={following}").status_code == 200

    def moderate_recounts_a_summary_and_shows_decisions(self) -> None:
        contract_id = self.contract()
        self.give_feedback(contract_id)
        recount = {"command": "recount", "freelancer_id": self.service.freelancer.id}
        assert self.invoke("moderate", recount)["mid_contract"]["count"] >= 1
        decisions = {"command": "decisions", "contract_id": contract_id, "feedback_id": "f-unknown"}
        assert self.invoke("moderate", decisions) == {"decisions": []}

    # -- list --------------------------------------------------------------------------------------------

    def list_tab(self) -> None:
        contract_id = self.contract()
        for person in (self.service.client, self.service.freelancer):
            assert self.service.tab(contract_id, person).status_code == 200

    def list_work_history(self) -> None:
        path = f"/freelancers/{self.service.freelancer.id}/work-history"
        assert self.service.call("GET", path).status_code == 200

    def list_feedback_summary(self) -> None:
        path = f"/freelancers/{self.service.freelancer.id}/feedback-summary"
        assert self.service.call("GET", path).status_code == 200

    def list_open_requests(self) -> None:
        request = self.make_request(self.contract())

        def listed() -> bool:
            page = self.service.call("GET", "/feedback-requests?limit=100", self.service.client)
            assert page.status_code == 200
            return request["request_id"] in page.text

        eventually(listed, "the open request")

    def list_link(self) -> None:
        request = self.make_request(self.contract())
        assert self.service.open_link(self.sign_link(request)).status_code == 200

    def list_preferences_for_emails(self) -> None:
        path = f"/email-preferences/{self.sign_email_preferences()}"
        assert self.service.call("GET", path).status_code == 200

    # -- expire ------------------------------------------------------------------------------------------

    def expire_removes_expired_requests(self) -> None:
        contract_id = self.contract_with_expired_request()
        self.invoke("expire", lambda_runtime.event("expire-schedule"))
        assert not self.open_request_row(contract_id)

    def expire_records_a_reminder(self) -> None:
        contract_id = self.contract()
        self.make_request(contract_id)
        self.let_a_reminder_be_due(contract_id)
        self.invoke("expire", lambda_runtime.event("expire-schedule"))
        assert "reminded_at" in self.open_request_row(contract_id)

    def expire_records_a_removal(self) -> None:
        contract_id = self.contract_with_expired_request()
        self.deliver_record("expire", self.remove_open_request(contract_id), contract_id)
        [past] = self.service.tab(contract_id, self.service.client).json()["past_requests"]
        assert past["status"] == "expired"

    def expire_records_a_removal_with_a_message(self) -> None:
        """It asks whether the freelancer was erased."""
        contract_id = self.contract()
        path = f"/contracts/{contract_id}/feedback-requests"
        made = self.service.call("POST", path, self.service.freelancer, json={"message": "Please."})
        assert made.status_code == 201
        self.let_expire(contract_id)
        self.deliver_record("expire", self.remove_open_request(contract_id), contract_id)
        [past] = self.service.tab(contract_id, self.service.freelancer).json()["past_requests"]
        assert past["message"] == "Please."

    def expire_by_hand_runs_once_per_key(self) -> None:
        key, contract_id = _new_key(), self.contract_with_expired_request()
        first = self.service.sweep(key)
        assert first.status_code == 200
        assert not self.open_request_row(contract_id)
        contract_id = self.contract_with_expired_request()
        assert self.service.sweep(key).json() == first.json()
        assert self.open_request_row(contract_id)

    def expire_by_hand_that_failed_leaves_its_key_unused(self) -> None:
        key, contract_id = _new_key(), self.contract_with_expired_request()
        with without_statement(self.service.stack, "expire", "RemoveDueRequests"):
            assert self.service.sweep(key).status_code >= 500
        assert self.service.sweep(key).status_code == 200
        assert not self.open_request_row(contract_id)

    def expire_retries_what_it_cannot_record(self) -> None:
        contract_id = self.contract_with_expired_request()
        removal = self.remove_open_request(contract_id)
        with without_statement(self.service.stack, "expire", "RecordExpiredRequests"):
            self.deliver_record("expire", removal, contract_id, retried=1)

    def expire_sets_malformed_records_aside(self) -> None:
        self.malformed_record_is_set_aside("expire", "REMOVE", "OldImage")

    def expire_starts_the_next_run_when_time_is_up(self) -> None:
        """Alphabetically the last check of `expire`, since creating the backlog takes long."""
        with released(self.service.stack, "expire", Timeout=TIME_FOR_ONE_SECOND_OF_WORK):
            self.warm_up("expire", lambda_runtime.event("expire-schedule"))
            try:
                left = self.sweep_part_of_a_backlog()
                eventually(lambda: len(self.backlog()) < left, "the next run")
            finally:
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
        self.deliver_record("notify", self.stream_event("INSERT", "NewImage", closed), contract_id)
        assert len(self.service.dash_messages_about("feedback_request_expired", contract_id)) == 1

    def notify_retries_what_it_cannot_send(self) -> None:
        contract_id, record = self.new_request_record()
        with without_statement(self.service.stack, "notify", "SendEmail"):
            self.deliver_record("notify", record, contract_id, retried=1)
        assert self.service.emails(contract_id) == []
        self.deliver_record("notify", record, contract_id)
        assert len(self.service.emails(contract_id)) == 1

    def notify_sets_malformed_records_aside(self) -> None:
        self.malformed_record_is_set_aside("notify", "INSERT", "NewImage")

    def notify_reports_an_email_that_it_does_not_send(self) -> None:
        contract_id, record = self.new_request_record()
        self.give_feedback(contract_id)
        self.deliver_record("notify", record, contract_id)
        [past] = self.service.tab(contract_id, self.service.client).json()["past_requests"]
        assert past["delivery"]["email"]["reason"] == "request_closed"

    # -- delivery ----------------------------------------------------------------------------------------

    def delivery_records_a_bounce(self) -> None:
        contract_id = self.contract()
        request = self.make_request(contract_id)
        tags = email_events.some_tags(
            person_id=f"u-{uuid4()}", contract_id=contract_id, request_id=request["request_id"]
        )
        self.invoke("delivery", email_events.invocation(email_events.event("bounced", about=tags)))
        tab = self.service.tab(contract_id, self.service.client).json()
        assert tab["open_request"]["delivery"]["email"]["status"] == "bounced"

    def delivery_retries_without_addresses(self) -> None:
        event = email_events.event("delivered", about=email_events.some_tags(contract_id=f"c-{uuid4()}"))
        with without_statement(self.service.stack, "delivery", "RecordWhatBecameOfEmails"):
            self.invoke("delivery", email_events.invocation(event))

    def delivery_sets_malformed_events_aside(self) -> None:
        contract_id = f"c-{uuid4()}"
        malformed = json.dumps({"contract_id": contract_id, "eventType": "Bounce"})
        self.invoke("delivery", email_events.invocation(malformed))
        assert self.take_messages("email_events_failure", contract_id) == 1

    # -- privacy -----------------------------------------------------------------------------------------

    def privacy_erases_a_client(self) -> None:
        """In rows found by the index of clients, in an answer and in a queue."""
        contract_id, person = f"c-{uuid4()}", {"id": f"u-{uuid4()}", "name": "C", "email": "c@example.com"}
        started = self.service.start_details(contract_id, client=person)
        paid = {"contract_id": contract_id, "paid_at": days_ago(1)}
        self.send_events(("contract-started", started), ("payment-made", paid))
        self.make_request(contract_id)
        stack, dynamodb = self.service.stack, self.service.stack.client("dynamodb")
        choice = items.preferences_key(person["id"]) | {"feedback_requests": {"S": "unsubscribed"}}
        dynamodb.put_item(TableName=stack.table_name, Item=choice)
        words = json.dumps({"body": json.dumps({"comment": "words"})})
        answer = {"PK": items.key(contract_id, "")["PK"], "SK": {"S": "http#1"}, "data": {"S": words}}
        dynamodb.put_item(TableName=stack.idempotency_table_name, Item=answer)
        stack.client("sqs").send_message(
            QueueUrl=stack.queue_urls["contract_events_dead_letter"],
            MessageBody=json.dumps({"detail": started}),
        )
        command = lambda_runtime.event("privacy-erasure") | {"person_id": person["id"]}
        erased = {each["what"] for each in self.invoke("privacy", command)["erased"]}
        assert erased >= {
            texts.OPEN_REQUEST,
            texts.NAME_AND_ADDRESS,
            texts.ABOUT_THE_PERSON,
            texts.IN_AN_ANSWER,
            texts.IN_A_QUEUE,
        }
        assert self.take_messages("contract_events_dead_letter", contract_id) == 1

    def privacy_exports_nothing_of_a_stranger(self) -> None:
        command = lambda_runtime.event("privacy-export") | {"person_id": f"u-{uuid4()}"}
        assert self.invoke("privacy", command)["entries"] == []

    # -- ingest ------------------------------------------------------------------------------------------

    def ingest_starts_a_contract(self) -> None:
        self.contract()

    def ingest_ends_a_contract(self) -> None:
        self.end_contract(self.contract())

    def ingest_ends_a_contract_and_cancels_its_request(self) -> None:
        contract_id = self.contract()
        self.make_request(contract_id)
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

    # -- feedback ----------------------------------------------------------------------------------------

    def path_of_feedback(self, contract_id: str) -> str:
        """Of the only feedback of a contract."""
        [feedback] = self.service.tab(contract_id, self.service.client).json()["feedback"]
        return f"/contracts/{contract_id}/feedback/{feedback['feedback_id']}"

    def report(self, contract_id: str) -> None:
        path, body = f"{self.path_of_feedback(contract_id)}/reports", {"target": "feedback", "ground": "abusive"}
        assert self.service.call("POST", path, self.service.freelancer, json=body).status_code == 201

    # -- stream records ----------------------------------------------------------------------------------

    def new_request_record(self) -> tuple[str, Json]:
        """A contract with a request, and the stream event of that request."""
        contract_id = self.contract()
        self.make_request(contract_id)
        return contract_id, self.stream_event("INSERT", "NewImage", self.open_request_row(contract_id))

    def deliver_record(self, function: str, event: Json, contract_id: str, retried: int = 0) -> None:
        """Delivers a stream event. `retried`: how many messages about the contract the retry queue must get."""
        assert self.invoke(function, event) == {"batchItemFailures": []}
        assert self.take_messages(f"{function}_retry", contract_id) == retried

    def malformed_record_is_set_aside(self, function: str, event: str, image: str) -> None:
        contract_id = f"c-{uuid4()}"
        row = items.key(contract_id, items.OPEN_REQUEST)  # a row without attributes
        self.deliver_record(function, self.stream_event(event, image, row), contract_id)
        assert self.take_messages(f"{function}_failure", contract_id) == 1

    # -- the backlog of the sweep ------------------------------------------------------------------------

    def warm_up(self, function: str, event: Json) -> None:
        """Invokes until it succeeds: on a busy machine a cold start may use up the whole timeout."""
        stack, payload = self.service.stack, json.dumps(event).encode()
        name = live(stack, function)
        eventually(
            lambda: "FunctionError" not in stack.client("lambda").invoke(FunctionName=name, Payload=payload),
            "a warm process",
        )

    def sweep_part_of_a_backlog(self) -> int:
        """Sweeps backlogs of growing size until one is removed in part; returns how many requests are left."""
        size = BACKLOG
        while size <= MAX_BACKLOG:
            self.create_backlog(size)
            expired: int = self.invoke("expire", lambda_runtime.event("expire-schedule"))["expired"]
            if 0 < expired < size:
                return size - expired
            size *= 2
        raise AssertionError("the sweep removes all or nothing")

    def create_backlog(self, size: int) -> None:
        due = {"request_id": "r-1", "due_shard": 0, "due_at": EXPIRED_AT, "expires_at": EXPIRED_AT}
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
                KeyConditionExpression="due_shard = :shard AND due_at = :past",
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


def _new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}
