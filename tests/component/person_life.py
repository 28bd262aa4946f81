"""A whole life of two people with words that nobody else uses, and a search for these words in every place."""

import json
import re
from typing import Any, Final

from mid_job_feedback.aws import client
from mid_job_feedback.domain.models import Role
from mid_job_feedback.domain.privacy import Place
from tests import contract_queue, email_events, lambda_runtime
from tests.builders import DAY, NOW, SECOND
from tests.component import table_stream
from tests.component.marketplace import Marketplace
from tests.log_search import IN_PROCESS

type Person = dict[str, Any]

CLIENT: Final = "u-client"
FREELANCER: Final = "u-freelancer"
OF = {CLIENT: Role.CLIENT, FREELANCER: Role.FREELANCER}
EVENTS = {"export": lambda_runtime.event("privacy-export"), "erase": lambda_runtime.event("privacy-erasure")}
QUEUES: Final = ("contract-events", "dead-letters", "retries", "failures", "expire-retries", "expire-failures")
_WORD: Final = re.compile(r"Zz(?:client|freelancer)[a-z0-9]+", re.IGNORECASE)


def named(person_id: str, word: str = "") -> Person:
    who = f"Zz{OF[person_id]}"
    return {
        "id": person_id,
        "name": f"{who}name{word}",
        "email": f"{who}mail{word}@example.com",
        "locale": "de",
        "time_zone": "Asia/Kathmandu",
    }


class Stored:
    """What a life has stored in both tables, and all that the stream has told of it."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.answers: list[Any] = []
        self.records: list[table_stream.Record] = []

    def restore(self, marketplace: Marketplace) -> None:
        if not self.rows:
            self.records = _live(marketplace)
            self.rows, self.answers = marketplace.rows(), marketplace.idempotency_records()
            empty_queues()
        for row in marketplace.rows():
            client("dynamodb").delete_item(TableName="feedback", Key={"PK": row["PK"], "SK": row["SK"]})
        for table, rows in (("feedback", self.rows), ("idempotency", self.answers)):
            for row in rows:
                client("dynamodb").put_item(TableName=table, Item=row)
        marketplace.wait(SECOND)
        marketplace.stream.new_records()


def _live(marketplace: Marketplace) -> list[table_stream.Record]:
    """Feedback that was asked for by link, corrected, replied to, reported and removed; feedback at the end of the
    contract; a second contract with an open request; a third that named them by mistake.
    """
    IN_PROCESS.forbid("Zzclient", "Zzfreelancer")
    parties = people()
    key: dict[str, str | None] = {"idempotency-key": "key-1"}
    marketplace.start_eligible_contract(**parties)
    marketplace.request_feedback(body={"message": "Zzfreelancermessage"}, headers=key)
    given = marketplace.submit_by_link(
        marketplace.link_token(), body={"ratings": _ratings(4), "comment": "Zzclientcomment"}, headers=key
    )
    marketplace.wait(SECOND)
    feedback_id = given.body["feedback_id"]
    corrected = {"ratings": _ratings(3), "comment": "Zzclientcorrected"}
    assert marketplace.correct(feedback_id, corrected).status == 200
    assert marketplace.reply(feedback_id, "Zzfreelancerreply").status == 200
    details = {"feedback": (FREELANCER, "Zzfreelancerdetails"), "reply": (CLIENT, "Zzclientdetails")}
    for target, (reporter, words_of_reporter) in details.items():
        body = {"target": target, "ground": "abusive", "details": words_of_reporter}
        assert marketplace.report(feedback_id, person=reporter, body=body, headers=key).status == 201
    assert marketplace.moderate(feedback_id).status == 200
    marketplace.publish_event("end-of-contract-feedback", comment="Zzclientend", provided_at=NOW.isoformat())
    marketplace.start_eligible_contract("c-2", **parties)
    marketplace.request_feedback("c-2", body={"message": "Zzfreelanceropen"}, headers=key)
    marketplace.unsubscribe(marketplace.preferences_token(CLIENT))
    _name_by_mistake()
    return marketplace.stream.new_records()


def people(word: str = "") -> dict[str, Any]:
    return {"client": named(CLIENT, word), "freelancer": named(FREELANCER, word)}


def _ratings(rating: int) -> dict[str, int]:
    categories = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")
    return dict.fromkeys(categories, rating)


def _name_by_mistake() -> None:
    """Of the two starts of this contract, the older one says who the people are."""
    others: dict[str, Any] = {
        "client": {"id": "u-3", "name": "Third", "email": "third@example.com"},
        "freelancer": {"id": "u-4", "name": "Fourth", "email": "fourth@example.com"},
    }
    mistaken = people("mistake")
    older = contract_queue.event("contract-started", NOW - DAY, contract_id="c-3", **others)
    newer = contract_queue.event("contract-started", contract_id="c-3", **mistaken)
    assert contract_queue.deliver(older, newer) == []


def fill_queues(stored: Stored) -> None:
    """What waits to be handled again, and what was set aside; see events/."""
    waiting = people("waiting")
    _send("contract-events", contract_queue.event("contract-started", NOW - SECOND, **waiting))
    _send("contract-events", contract_queue.event("payment-made"))
    _send("dead-letters", contract_queue.event("contract-started", contract_id="c-3", **people("mistake")))
    malformed = contract_queue.event("end-of-contract-feedback", comment="Zzclientset", ratings={})
    _send("dead-letters", malformed)
    _send("dead-letters", '{"id": "u-client", "name": "Zzclientbroken')
    for function, queue in (("notify", "retries"), ("expire", "expire-failures")):
        for record in table_stream.filtered(function, stored.records):
            _send(queue, json.dumps(table_stream.queued(function, record)))
    _send("failures", email_events.event("bounced", destination=["Zzclientmail@example.com"]))
    subject = {"subject": "Zzclientname gave feedback", "from": ["x"]}
    tags = email_events.some_tags(person_id=FREELANCER, request_id=None)
    _send(
        "failures",
        email_events.event(
            "sent", about=tags, destination=["Zzfreelancermail@example.com"], commonHeaders=subject
        ),
    )
    _send(
        "expire-failures", json.dumps({"requestPayload": {}, "requestContext": {"condition": "RetriesExhausted"}})
    )


def _send(queue: str, body: str) -> None:
    client("sqs").send_message(
        QueueUrl=_url(queue),
        MessageBody=body,
        MessageAttributes={"reason": {"DataType": "String", "StringValue": "table timed_out"}},
    )


def _url(queue: str) -> str:
    return f"https://sqs.eu-west-1.amazonaws.com/123456789012/{queue}"


def empty_queues() -> None:
    for queue in QUEUES:
        client("sqs").delete_queue(QueueUrl=_url(queue))
        client("sqs").create_queue(QueueName=queue)


def messages(queue: str) -> list[str]:
    """All visible messages of a queue, which are visible again afterwards."""
    found: list[Any] = []
    while more := client("sqs").receive_message(QueueUrl=_url(queue), MaxNumberOfMessages=10).get("Messages"):
        found += more
    for message in found:
        client("sqs").change_message_visibility(
            QueueUrl=_url(queue), ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
        )
    return [message["Body"] for message in found]


def _tables(marketplace: Marketplace) -> dict[str, str]:
    return {
        "table": json.dumps(marketplace.rows(), default=str),
        "answers": json.dumps(marketplace.idempotency_records(), default=str),
    }


def words(text: str, person_id: str) -> set[str]:
    """The words of a person in a text, in lower case: addresses may be stored so."""
    return {word.lower() for word in _WORD.findall(text) if word.lower().startswith(f"zz{OF[person_id]}")}


def words_stored(marketplace: Marketplace, person_id: str) -> dict[str, set[str]]:
    """The words of a person in both tables, by table."""
    return _words_by_place(_tables(marketplace), person_id)


def words_everywhere(marketplace: Marketplace, person_id: str) -> dict[str, set[str]]:
    """The words of a person in both tables and all queues, by place."""
    queues = {queue: json.dumps(messages(queue)) for queue in QUEUES}
    return _words_by_place(_tables(marketplace) | queues, person_id)


def _words_by_place(texts: dict[str, str], person_id: str) -> dict[str, set[str]]:
    found = {place: words(text, person_id) for place, text in texts.items()}
    return {place: those for place, those in found.items() if those}


def handled(marketplace: Marketplace, command: str, person_id: str, **how: Any) -> list[dict[str, Any]]:
    """The responses to all calls of an export or an erasure, the last one of which is done."""
    responses: list[dict[str, Any]] = []
    progress = None
    while not (responses and responses[-1]["done"]):
        event = EVENTS[command] | {"person_id": person_id, "progress": progress}
        responses.append(lambda_runtime.invoke("privacy", event, **how))
        progress = responses[-1]["progress"]
        marketplace.wait(SECOND * responses[-1]["wait_seconds"])
        assert len(responses) < 20 * len(Place)
    return responses


def erased(marketplace: Marketplace, person_id: str) -> list[dict[str, Any]]:
    return handled(marketplace, "erase", person_id)
