"""Item format: keys, attributes, and conversion to and from domain values.

No other module knows what a row looks like. docs/architecture.md lists all rows with their keys and indexes.
"""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple, assert_never

from mid_job_feedback.domain.email_delivery import EmailReport, EmailState, NotSentReason
from mid_job_feedback.domain.models import (
    ERASED,
    Contract,
    Decision,
    EarlierVersion,
    Feedback,
    FeedbackKind,
    FeedbackRequest,
    FeedbackText,
    Ground,
    Party,
    Ratings,
    RecordedRatings,
    Removal,
    Reply,
    Report,
    ReportTarget,
    RequestStatus,
)

type Item = dict[str, Any]

CONTRACT: Final = "CONTRACT"
# Each open request has a row of its own, so that deleting it can never delete a later one. Its sort key begins
# like the contract's, so that one Query reads both.
OPEN_REQUEST: Final = f"{CONTRACT}#OPEN_REQUEST#"
CLOSED_REQUEST: Final = "REQUEST#"
FEEDBACK: Final = "FEEDBACK#"
# In the index `client`, after the id of the person who is asked: open requests, soonest deadline first.
_ASKED: Final = "OPEN_REQUEST#"
# Sort after the keys of all requests of one deadline, and after those of all deadlines. Ids contain no blank.
_AFTER_DEADLINE: Final = "#~"
_AFTER_ASKED: Final = f"{_ASKED}~"
_AFTER_CONTRACTS: Final = f"{CONTRACT}$"  # a dollar sign follows the # of the contracts' keys
EARLIER: Final = "EARLIER#"
REPORT: Final = "REPORT#"
DECISION: Final = "DECISION#"
# In the index `reports`: the only partition. Reports leave it when they are settled.
OPEN_REPORTS: Final = "open"
DELIVERY: Final = "DELIVERY#"
EMAIL_PREFERENCES: Final = "EMAIL_PREFERENCES"
UNDELIVERABLE: Final = "UNDELIVERABLE#"
# In the partition of a person: contracts for which they were named by mistake, and when their data was erased.
NAMED: Final = "NAMED#"
AFTER_NAMED: Final = "NAMED$"  # a dollar sign follows the # of these keys
ERASURE: Final = "ERASURE"
SUMMARY: Final = "SUMMARY#"
DUE_SHARDS: Final = 16
# Sorts after every instant, so that a descending read returns a contract first and its feedback after it.
_CONTRACT_ROW: Final = "~"
_ABOVE_CONTRACTS: Final = "~"
# What removed feedback has in `withheld` instead, which is in no index.
TEXT: Final = ("ratings", "score", "comment")


class DueRequest(NamedTuple):
    """An open request in the index `due`: the sweep has to look at it from `due_at` on."""

    key: Item
    due_at: datetime
    expires_at: datetime


def stamp(instant: datetime) -> str:
    """ISO 8601 in UTC with microseconds: the width is fixed, so instants sort and compare as text."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def dynamo(value: Any) -> Item:
    """One attribute value in DynamoDB JSON. Rows hold strings, numbers, booleans and maps of these.

    Raises:
        TypeError: `value` is anything else, such as a float, which DynamoDB would not return unchanged.
    """
    match value:
        case str():
            return {"S": value}
        case bool():  # before int, which it is a subclass of
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case dict():
            return {"M": to_dynamo(value)}
        case _:
            raise TypeError(f"rows hold no values of type {type(value).__name__}")


def plain(item: Mapping[str, Any]) -> Item:
    """An item converted from DynamoDB JSON.

    Raises:
        TypeError: it holds a value of a kind that `dynamo` never writes.
    """
    return {name: _plain(value) for name, value in item.items()}


def to_dynamo(item: Mapping[str, Any]) -> Item:
    """An item in DynamoDB JSON. Attributes that are None are omitted."""
    return {name: dynamo(value) for name, value in item.items() if value is not None}


def key(contract_id: str, sort: str) -> Item:
    return {"PK": {"S": f"CONTRACT#{contract_id}"}, "SK": {"S": sort}}


def contract_id_of(row: Item) -> str:
    """The contract in whose partition a row is. `row`: in DynamoDB JSON."""
    contract_id: str = row["PK"]["S"].removeprefix("CONTRACT#")
    return contract_id


def open_request_key(contract_id: str, request_id: str) -> Item:
    return key(contract_id, f"{OPEN_REQUEST}{request_id}")


def delivery_key(contract_id: str, request_id: str) -> Item:
    return key(contract_id, f"{DELIVERY}{request_id}")


def preferences_key(person_id: str) -> Item:
    return _person_key(person_id, EMAIL_PREFERENCES)


def undeliverable_key(person_id: str, address_digest: str) -> Item:
    """Each address of a person has a row of its own, so that a corrected address can be mailed at once."""
    return _person_key(person_id, f"{UNDELIVERABLE}{address_digest}")


def summary_row_key(freelancer_id: str, kind: FeedbackKind) -> Item:
    return {"PK": summaries_partition(freelancer_id), "SK": {"S": summary_sort(kind)}}


def summaries_partition(freelancer_id: str) -> Item:
    """The partition key of both summaries of a freelancer."""
    return {"S": f"FREELANCER#{freelancer_id}"}


def summary_sort(kind: FeedbackKind) -> str:
    return f"{SUMMARY}{kind.value}"


def named_key(person_id: str, contract_id: str) -> Item:
    return _person_key(person_id, f"{NAMED}{contract_id}")


def erasure_key(person_id: str) -> Item:
    return _person_key(person_id, ERASURE)


def person_partition(person_id: str) -> Item:
    """The partition key of all rows about a person, whatever the contract."""
    return {"S": f"PERSON#{person_id}"}


def _person_key(person_id: str, sort: str) -> Item:
    return {"PK": person_partition(person_id), "SK": {"S": sort}}


def pair(client_id: str, freelancer_id: str) -> str:
    """Names a pair of people in `other_starts`. Ids contain no blank."""
    return f"{client_id} {freelancer_id}"


def people_of_pair(named: str) -> tuple[str, str]:
    """The ids of the client and the freelancer of such a pair."""
    client_id, freelancer_id = named.split(" ")
    return client_id, freelancer_id


def closed_request_sort(requested_at: datetime, request_id: str) -> str:
    return f"{CLOSED_REQUEST}{stamp(requested_at)}#{request_id}"


def feedback_sort(feedback: Feedback) -> str:
    """End-of-contract feedback is keyed by its id alone, so that every event about it updates the same row."""
    match feedback.kind:
        case FeedbackKind.END_OF_CONTRACT:
            return f"{FEEDBACK}END#{feedback.feedback_id}"
        case FeedbackKind.MID_CONTRACT:
            return f"{FEEDBACK}{stamp(feedback.provided_at)}#{feedback.feedback_id}"
        case unexpected:
            assert_never(unexpected)


def earlier_key(contract_id: str, feedback_id: str, revision: int) -> Item:
    return key(contract_id, f"{EARLIER}{feedback_id}#{revision:02d}")


def report_key(contract_id: str, feedback_id: str, target: ReportTarget, reporter_id: str) -> Item:
    """A party reports each text once, so the key names them. A later one, of a changed text, takes its place."""
    return key(contract_id, f"{REPORT}{feedback_id}#{target}#{reporter_id}")


def decisions_sort(feedback_id: str) -> str:
    """The beginning of the sort keys of all decisions on a piece of feedback and on the reply to it."""
    return f"{DECISION}{feedback_id}#"


def decision_key(decision: Decision) -> Item:
    """Decisions on a text are numbered, so of two that rest on the same read only one is committed."""
    sort = f"{decisions_sort(decision.feedback_id)}{decision.target}#{decision.number:06d}"
    return key(decision.contract_id, sort)


def due_shard(contract_id: str) -> int:
    return zlib.crc32(contract_id.encode()) % DUE_SHARDS


def contract_history_key(contract_id: str, started_at: datetime) -> str:
    return f"{stamp(started_at)}#{contract_id}#{_CONTRACT_ROW}"


def feedback_history_key(contract: Contract, feedback_id: str, provided_at: datetime) -> str:
    return f"{stamp(contract.started_at)}#{contract.contract_id}#{stamp(provided_at)}#{feedback_id}"


def summary_item(freelancer_id: str, kind: FeedbackKind) -> Item:
    """The keys that put a summary into the index `summary`, above the freelancer's contracts."""
    return {"freelancer_id": freelancer_id, "summary_key": f"{_ABOVE_CONTRACTS}{kind.value}"}


def contract_summary_key(contract_id: str, started_at: datetime) -> str:
    """The key that puts a contract into the index `summary`, which has its freelancer's name."""
    return f"{stamp(started_at)}#{contract_id}"


def from_contract_item(item: Item) -> Contract | None:
    """None if only a payment or an end has arrived so far, and no start."""
    if "started_at" not in item:
        return None
    return Contract(
        contract_id=item["contract_id"],
        title=item["title"],
        started_at=_instant(item["started_at"]),
        ended_at=_instant(item.get("ended_at")),
        client=_party(item, "client"),
        freelancer=_party(item, "freelancer"),
        last_payment_at=_instant(item.get("last_payment_at")),
        last_feedback_at=_instant(item.get("last_feedback_at")),
        last_request_id=item.get("last_request_id"),
        last_request_expires_at=_instant(item.get("last_request_expires_at")),
        last_declined_at=_instant(item.get("last_declined_at")),
        last_withdrawn_request_at=_instant(item.get("last_withdrawn_request_at")),
        requests_muted=item.get("requests_muted", False),
    )


def client_key(request: FeedbackRequest) -> str:
    return f"{_ASKED}{stamp(request.expires_at)}#{request.request_id}"


def client_keys_open_at(now: datetime) -> tuple[str, str]:
    """The range of keys in the index `client` that belong to requests whose deadline is after `now`."""
    return f"{_ASKED}{stamp(now)}{_AFTER_DEADLINE}", _AFTER_ASKED


def next_client_key(key: str) -> str:
    """A text that sorts after `key`, and before every later key: ids contain no blank."""
    return f"{key} "


def contract_client_key(contract_id: str) -> str:
    """The key that puts a contract into the index `client`, apart from its open requests."""
    return f"{CONTRACT}#{contract_id}"


def client_keys_of_contracts(after: str) -> tuple[str, str]:
    """The range of keys in the index `client` that belong to contracts, after the key `after`; "" for all."""
    return next_client_key(after) if after else f"{CONTRACT}#", _AFTER_CONTRACTS


def asked_item(client_id: str, request: FeedbackRequest) -> Item:
    """The keys that put an open request into the index `client`, below the person who is asked."""
    return {"client_id": client_id, "client_key": client_key(request)}


def open_request_item(request: FeedbackRequest) -> Item:
    return {
        "contract_id": request.contract_id,
        "request_id": request.request_id,
        "message": request.message,
        "requested_at": stamp(request.requested_at),
        "expires_at": seconds(request.expires_at),  # in whole seconds, for TTL
    }


def due_item(contract_id: str, due_at: datetime) -> Item:
    """The keys that put an open request into the index `due`: when the sweep has to look at it next."""
    return {"due_shard": due_shard(contract_id), "due_at": seconds(due_at)}


def from_due_item(row: Mapping[str, Any]) -> DueRequest:
    """From DynamoDB JSON, as a query returns it."""
    due_at, expires_at = (_from_seconds(row[name]["N"]) for name in ("due_at", "expires_at"))
    return DueRequest({"PK": row["PK"], "SK": row["SK"]}, due_at, expires_at)


def from_open_request_item(item: Item) -> FeedbackRequest:
    return FeedbackRequest(
        request_id=item["request_id"],
        contract_id=item["contract_id"],
        status=RequestStatus.PENDING,
        message=item.get("message"),
        requested_at=_instant(item["requested_at"]),
        expires_at=_from_seconds(item["expires_at"]),
    )


def closed_request_item(request: FeedbackRequest) -> Item:
    """Stores the deadline as `deadline`: a numeric `expires_at` would make TTL delete the row."""
    return {
        "contract_id": request.contract_id,
        "request_id": request.request_id,
        "status": request.status.value,
        "message": request.message,
        "requested_at": stamp(request.requested_at),
        "deadline": stamp(request.expires_at),
        "closed_at": stamp(request.closed_at or request.expires_at),
    }


def from_closed_request_item(item: Item) -> FeedbackRequest:
    return FeedbackRequest(
        request_id=item["request_id"],
        contract_id=item["contract_id"],
        status=RequestStatus(item["status"]),
        message=item.get("message"),
        requested_at=_instant(item["requested_at"]),
        expires_at=_instant(item["deadline"]),
        closed_at=_instant(item["closed_at"]),
    )


def delivery_item(contract_id: str, request_id: str, report: EmailReport) -> Item:
    """Names the address by its digest."""
    return {
        "contract_id": contract_id,
        "request_id": request_id,
        "version": report.version,
        "email_number": report.email_number,
        "address_digest": report.address_digest,
        "status": report.state.value,
        "reason": report.reason.value if report.reason else None,
        "at": stamp(report.at),
    }


def from_delivery_item(item: Item) -> EmailReport:
    """A row in a record that was in a queue lacks the digest of the address."""
    return EmailReport(
        email_number=int(item["email_number"]),
        address_digest=item.get("address_digest", ""),
        state=EmailState(item["status"]),
        reason=NotSentReason(item["reason"]) if "reason" in item else None,
        at=_instant(item["at"]),
    )


def feedback_item(feedback: Feedback) -> Item:
    return {
        "contract_id": feedback.contract_id,
        "feedback_id": feedback.feedback_id,
        "kind": feedback.kind.value,
        "provided_at": stamp(feedback.provided_at),
        "request_id": feedback.request_id,
        "by_link": feedback.by_link or None,
        **changeable(feedback),
    }


def changeable(feedback: Feedback) -> Item:
    """What can change of feedback that was given. None for what the row lacks.

    The text of a removed feedback or reply is elsewhere: see `withheld_text` and `withheld_reply`.
    """
    reply, first, edited_at = feedback.reply, feedback.first_replied_at, feedback.edited_at
    return {
        "ratings": feedback.ratings,
        "score": feedback.score,
        "comment": feedback.comment,
        "revision": feedback.revision if edited_at else None,
        "edited_at": stamp(edited_at) if edited_at else None,
        "reply": _reply_item(reply) if reply else None,
        "reply_removed": _removal_item(reply.removed) if reply and reply.removed else None,
        "first_replied_at": stamp(first) if first else None,
        "removed": _removal_item(feedback.removed) if feedback.removed else None,
    }


def _reply_item(reply: Reply) -> Item:
    edited = {"edited_at": stamp(reply.edited_at)} if reply.edited_at else {}
    text = {"text": reply.text} if reply.text is not None else {}
    return {**text, "replied_at": stamp(reply.replied_at), **edited}


def _removal_item(removal: Removal) -> Item:
    return {"at": stamp(removal.at), "ground": removal.ground.value}


def history_attributes(contract: Contract, feedback_id: str, provided_at: datetime) -> Item:
    """The keys that put a feedback row into the index `work_history`, below its contract."""
    return {
        "freelancer_id": contract.freelancer.id,
        "history_key": feedback_history_key(contract, feedback_id, provided_at),
    }


def from_feedback_item(item: Item) -> Feedback:
    """A row written before a rating category was introduced lacks it, and is read without it.

    The row of a removed feedback has no ratings, neither in the table nor in the index.
    """
    return Feedback(
        feedback_id=item["feedback_id"],
        contract_id=item["contract_id"],
        kind=FeedbackKind(item["kind"]),
        ratings=None if item.get("removed") else _ratings(item["ratings"]),
        score=None if item.get("removed") else Decimal(item["score"]),
        comment=item.get("comment"),
        provided_at=_instant(item["provided_at"]),
        request_id=item.get("request_id"),
        revision=int(item.get("revision") or 1),
        edited_at=_instant(item.get("edited_at")),
        by_link=item.get("by_link") or False,
        reply=_reply(item),
        first_replied_at=_instant(item.get("first_replied_at")),
        removed=_removal(item.get("removed")),
    )


def withheld_text(item: Item) -> FeedbackText | None:
    """What a removed feedback says; None for one that is not removed."""
    withheld = item.get("withheld")
    if withheld is None:
        return None
    return FeedbackText(_ratings(withheld["ratings"]), Decimal(withheld["score"]), withheld.get("comment"))


def withheld_reply(item: Item) -> str | None:
    """What a removed reply says; None for one that is not removed."""
    text: str | None = item.get("withheld_reply")
    return text


def earlier_item(contract_id: str, feedback_id: str, version: EarlierVersion) -> Item:
    return {
        "contract_id": contract_id,
        "feedback_id": feedback_id,
        "revision": version.revision,
        "ratings": version.ratings,
        "score": version.score,
        "comment": version.comment,
        "replaced_at": stamp(version.replaced_at),
    }


def from_earlier_item(item: Item) -> EarlierVersion:
    return EarlierVersion(
        revision=int(item["revision"]),
        ratings=_ratings(item["ratings"]),
        score=Decimal(item["score"]),
        comment=item.get("comment"),
        replaced_at=_instant(item["replaced_at"]),
    )


def report_item(report: Report, feedback_sort: str) -> Item:
    """While the report is open, it has the keys of the index `reports`, oldest report first.

    `feedback_sort`: the sort key of the feedback that it is about.
    """
    reported_at = stamp(report.reported_at)
    is_open = report.settled_at is None
    return {
        "contract_id": report.contract_id,
        "feedback_id": report.feedback_id,
        "feedback_key": feedback_sort,
        "report_id": report.report_id,
        "number": report.number,
        "target": report.target.value,
        "ground": report.ground.value,
        "details": report.details,
        "reporter_id": report.reporter_id,
        "status": report.status,
        "reported_at": reported_at,
        "settled_at": stamp(report.settled_at) if report.settled_at else None,
        "outcome": report.outcome,
        "open_reports": OPEN_REPORTS if is_open else None,
        "report_key": f"{reported_at}#{report.report_id}" if is_open else None,
    }


def from_report_item(item: Item) -> Report:
    return Report(
        report_id=item["report_id"],
        number=int(item.get("number", 0)),
        contract_id=item["contract_id"],
        feedback_id=item["feedback_id"],
        target=ReportTarget(item["target"]),
        ground=Ground(item["ground"]),
        details=item.get("details"),
        reporter_id=item["reporter_id"],
        reported_at=_instant(item["reported_at"]),
        settled_at=_instant(item.get("settled_at")),
        outcome=item.get("outcome"),
    )


def decision_item(decision: Decision) -> Item:
    return {
        "contract_id": decision.contract_id,
        "feedback_id": decision.feedback_id,
        "decision_id": decision.decision_id,
        "number": decision.number,
        "target": decision.target.value,
        "state": decision.state,
        "ground": decision.ground.value,
        "reason": decision.reason,
        "operator": decision.operator,
        "decided_at": stamp(decision.decided_at),
        "changed": decision.changed,
    }


def from_decision_item(item: Item) -> Decision:
    return Decision(
        decision_id=item["decision_id"],
        number=int(item["number"]),
        contract_id=item["contract_id"],
        feedback_id=item["feedback_id"],
        target=ReportTarget(item["target"]),
        state=item["state"],
        ground=Ground(item["ground"]),
        reason=item["reason"],
        operator=item["operator"],
        decided_at=_instant(item["decided_at"]),
        changed=item["changed"],
    )


def reminded_at(open_request: Item) -> datetime | None:
    """When the sweep last decided to remind the client; None if it never did."""
    return _from_seconds(open_request["reminded_at"]) if "reminded_at" in open_request else None


def seconds(instant: datetime) -> int:
    """Unix time in whole seconds, cut: what TTL and the sweep compare."""
    return int(instant.timestamp())


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, found),) = value.items()
    match kind:
        case "S" | "BOOL":
            return found
        case "N":
            return Decimal(found)
        case "M":
            return plain(found)
        case _:
            raise TypeError(f"rows hold no values of kind {kind}")


def _party(item: Item, role: str) -> Party:
    """A person whose name and address were erased is still a party to the contract."""
    return Party(
        id=item[f"{role}_id"],
        name=item.get(f"{role}_name") or ERASED,
        email=item.get(f"{role}_email") or "",
        locale=item.get(f"{role}_locale"),
        time_zone=item.get(f"{role}_time_zone"),
    )


def _ratings(recorded: Mapping[str, Any]) -> RecordedRatings:
    return {category: int(recorded[category]) for category in Ratings.model_fields if category in recorded}


def _reply(item: Item) -> Reply | None:
    reply = item.get("reply")
    if reply is None:
        return None
    return Reply(
        text=reply.get("text"),
        replied_at=_instant(reply["replied_at"]),
        edited_at=_instant(reply.get("edited_at")),
        removed=_removal(item.get("reply_removed")),
    )


def _removal(item: Item | None) -> Removal | None:
    return None if item is None else Removal(at=_instant(item["at"]), ground=Ground(item["ground"]))


def _from_seconds(number: Decimal | str) -> datetime:
    return datetime.fromtimestamp(int(number), UTC)


def _instant(text: str | None) -> Any:
    return None if text is None else datetime.fromisoformat(text)
