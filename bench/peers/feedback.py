"""What the peers share: mid-job feedback with boto3 and pydantic only, without this service's package.

The same models, rules, reads, transactions, feature flag, log line and metric as `submit`, `request` and `list` of
this service.
"""

import hashlib
import json
import os
import time
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

TABLE = os.environ["TABLE_NAME"]
ELIGIBILITY, REQUEST_LIFETIME, COOLDOWN = timedelta(days=30), timedelta(days=14), timedelta(days=1)
CORRECTION_WINDOW, REPLY_WINDOW, MAX_CORRECTIONS = timedelta(days=2), timedelta(days=28), 5
REMIND_BEFORE = (timedelta(days=7), timedelta(days=2))
ERASED = "Deleted user"
SHOWN = {"rejected": "not_sent", "bounced_for_now": "bounced"}  # other states of an e-mail are shown as they are
DETAILS = {
    "contract_not_active": "The contract has ended.",
    "contract_too_new": "The contract has not run for 30 days yet.",
    "no_recent_payment": "There was no payment in the last 30 days.",
    "feedback_too_recent": "The last feedback is less than 30 days old.",
    "request_pending": "An earlier request is still open.",
    "requests_not_enabled": "You cannot request feedback yet.",
    "request_declined": "The client declined the last request.",
    "requests_muted": "The client has turned off requests.",
    "request_withdrawn_recently": "The last request was withdrawn recently.",
    "client_not_reachable": "The client can no longer be reached.",
}

client = boto3.client(
    "dynamodb",
    config=Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3}),
)
_serializer, _deserializer = TypeSerializer(), TypeDeserializer()

Rating = Annotated[int, Field(strict=True, ge=1, le=5)]
RecordedRatings = dict[str, Rating]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=5000)]
Message = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Ratings(Strict):
    skills: Rating
    quality: Rating
    availability: Rating
    deadlines: Rating
    communication: Rating
    cooperation: Rating


class FeedbackInput(Strict):
    ratings: Ratings
    comment: Annotated[Comment | None, AfterValidator(lambda text: text or None)] = None


class RequestInput(Strict):
    message: Annotated[Message | None, AfterValidator(lambda text: text or None)] = None


class Person(BaseModel):
    id: str
    name: str


class Contract(BaseModel):
    contract_id: str
    title: str
    status: str
    started_at: datetime
    ended_at: datetime | None
    client: Person
    freelancer: Person


class Reason(BaseModel):
    code: str
    detail: str
    clears_at: datetime | None


class Action(BaseModel):
    visible: bool = False
    eligible: bool = False
    eligible_at: datetime | None = None
    reasons: list[Reason] = []


class Email(BaseModel):
    status: str
    reason: str | None
    at: datetime


class Delivery(BaseModel):
    email: Email


class Request(BaseModel):
    request_id: str
    contract_id: str
    status: str
    message: str | None
    requested_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    delivery: Delivery


class Removal(BaseModel):
    at: datetime
    ground: str


class Reply(BaseModel):
    text: str
    replied_at: datetime
    edited_at: datetime | None


class RemovedReply(BaseModel):
    text: None
    replied_at: datetime
    edited_at: datetime | None
    removed: Removal


class EarlierVersion(BaseModel):
    revision: int
    ratings: RecordedRatings
    score: float
    comment: str | None
    replaced_at: datetime


class PublicFeedback(BaseModel):
    feedback_id: str
    contract_id: str
    kind: str
    ratings: RecordedRatings | None
    score: float | None
    comment: str | None
    provided_at: datetime
    counts_towards_job_success_score: bool
    revision: int
    edited_at: datetime | None
    reply: Reply | RemovedReply | None
    removed: Removal | None


class Feedback(PublicFeedback):
    request_id: str | None
    correctable_until: datetime | None
    replyable_until: datetime | None
    earlier_versions: list[EarlierVersion]


class Tab(BaseModel):
    contract: Contract
    viewer: str
    actions: dict[str, Action]
    correctable_until_if_given_now: datetime | None
    requests_muted: bool
    open_request: Request | None
    requestable_at_if_withdrawn: datetime | None
    past_requests: list[Request]
    feedback: list[Feedback]


class Refusal(Exception):
    def __init__(self, status: int, code: str, **data: Any) -> None:
        super().__init__(code)
        self.status = status
        self.problem = {
            "type": f"urn:mid-job-feedback:problem:{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": status,
            "detail": code.replace("_", " ").capitalize() + ".",
            "code": code,
            **data,
        }


# ---- Rules -------------------------------------------------------------------------------------------------


def to_give(contract: dict[str, Any], pending: dict[str, Any] | None, now: datetime) -> Action:
    if pending and not contract.get("ended_at"):
        return Action(visible=True, eligible=True)
    return verdict(contract, contract_reasons(contract, now))


def to_request(
    contract: dict[str, Any], pending: dict[str, Any] | None, now: datetime, *, enabled: bool = True
) -> Action:
    reasons = contract_reasons(contract, now)
    if pending:
        reasons.append(("request_pending", deadline(pending)))
    if not enabled:
        reasons.append(("requests_not_enabled", None))
    declined = parse_instant(contract.get("last_declined_at"))
    withdrawn = parse_instant(contract.get("last_withdrawn_request_at"))
    if declined and now - declined < ELIGIBILITY:
        reasons.append(("request_declined", declined + ELIGIBILITY))
    if contract.get("requests_muted"):
        reasons.append(("requests_muted", None))
    if withdrawn and now - withdrawn < COOLDOWN:
        reasons.append(("request_withdrawn_recently", withdrawn + COOLDOWN))
    if not contract.get("client_email"):
        reasons.append(("client_not_reachable", None))
    return verdict(contract, reasons)


def requestable_if_withdrawn(
    contract: dict[str, Any], pending: dict[str, Any], now: datetime, *, enabled: bool
) -> datetime | None:
    requested_at = pending["requested_at"]
    action = to_request({**contract, "last_withdrawn_request_at": requested_at}, None, now, enabled=enabled)
    return parse_instant(requested_at) + COOLDOWN if action.eligible else action.eligible_at


def contract_reasons(contract: dict[str, Any], now: datetime) -> list[tuple[str, datetime | None]]:
    started = parse_instant(contract["started_at"])
    paid, last = parse_instant(contract.get("last_payment_at")), parse_instant(contract.get("last_feedback_at"))
    reasons: list[tuple[str, datetime | None]] = []
    if contract.get("ended_at"):
        reasons.append(("contract_not_active", None))
    elif now < started:
        reasons.append(("contract_not_active", started))
    if now - started < ELIGIBILITY:
        reasons.append(("contract_too_new", started + ELIGIBILITY))
    if paid is None or now - paid > ELIGIBILITY:
        reasons.append(("no_recent_payment", None))
    if last and now - last < ELIGIBILITY:
        reasons.append(("feedback_too_recent", last + ELIGIBILITY))
    return reasons


def verdict(contract: dict[str, Any], reasons: list[tuple[str, datetime | None]]) -> Action:
    paid = parse_instant(contract.get("last_payment_at"))
    clearing = [clears_at for _, clears_at in reasons if clears_at]
    earliest = max(clearing) if clearing and len(clearing) == len(reasons) else None
    return Action(
        visible=True,
        eligible=not reasons,
        eligible_at=earliest if earliest and paid and earliest - paid <= ELIGIBILITY else None,
        reasons=[Reason(code=code, detail=DETAILS[code], clears_at=clears_at) for code, clears_at in reasons],
    )


def require_role(contract: dict[str, Any] | None, caller: str, role: str) -> dict[str, Any]:
    actual = role_of(contract, caller)
    if contract is None or actual is None:
        raise Refusal(404, "contract_not_found")
    if actual != role:
        raise Refusal(403, f"not_the_{role}")
    return contract


def role_of(contract: dict[str, Any] | None, caller: str) -> str | None:
    if contract is None:
        return None
    return next((role for role in ("client", "freelancer") if contract[f"{role}_id"] == caller), None)


def score(ratings: Ratings) -> Decimal:
    values = list(ratings.model_dump().values())
    return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.01"), ROUND_HALF_UP)


# ---- Table -------------------------------------------------------------------------------------------------


def key(contract_id: str, sort: str) -> dict[str, Any]:
    return {"PK": {"S": f"CONTRACT#{contract_id}"}, "SK": {"S": sort}}


def timestamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_instant(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None


def deadline(pending: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(pending["expires_at"]), UTC)


def from_item(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def to_item(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _serializer.serialize(value) for name, value in item.items() if value is not None}


def read_contract(contract_id: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The contract and the row of its open request, which may be past its deadline."""
    rows = read_rows(contract_id, "CONTRACT")
    return (
        next((row for row in rows if row["SK"] == "CONTRACT"), None),
        next((row for row in rows if row["SK"].startswith("CONTRACT#OPEN_REQUEST#")), None),
    )


def read_rows(contract_id: str, sort: str | None = None) -> list[dict[str, Any]]:
    parameters: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": "PK = :pk AND begins_with(SK, :sort)" if sort else "PK = :pk",
        "ExpressionAttributeValues": {
            ":pk": {"S": f"CONTRACT#{contract_id}"},
            **({":sort": {"S": sort}} if sort else {}),
        },
        "ConsistentRead": True,
    }
    page = client.query(**parameters)
    items = page["Items"]
    while "LastEvaluatedKey" in page:
        page = client.query(**parameters, ExclusiveStartKey=page["LastEvaluatedKey"])
        items += page["Items"]
    return [from_item(item) for item in items]


def is_open(stored: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    return stored if stored and now < deadline(stored) else None


def put_closed_request(stored: dict[str, Any], status: str, closed_at: datetime) -> dict[str, Any]:
    """Put the row of a closed request."""
    sort = f"REQUEST#{stored['requested_at']}#{stored['request_id']}"
    row = {
        "contract_id": stored["contract_id"],
        "request_id": stored["request_id"],
        "status": status,
        "message": stored.get("message"),
        "requested_at": stored["requested_at"],
        "deadline": timestamp(deadline(stored)),
        "closed_at": timestamp(closed_at),
    }
    return put(stored["contract_id"], sort, row)


def put(contract_id: str, sort: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": TABLE,
            "Item": {**key(contract_id, sort), **to_item(row)},
            "ConditionExpression": "attribute_not_exists(PK)",
        }
    }


def delete(stored: dict[str, Any]) -> dict[str, Any]:
    target = key(stored["contract_id"], stored["SK"])
    return {"Delete": {"TableName": TABLE, "Key": target, "ConditionExpression": "attribute_exists(PK)"}}


def check_no_open_request(contract: dict[str, Any]) -> dict[str, Any]:
    """Condition check that the contract's last request, whose row was not read, has no open row."""
    target = key(contract["contract_id"], f"CONTRACT#OPEN_REQUEST#{contract['last_request_id']}")
    gone = {"TableName": TABLE, "Key": target, "ConditionExpression": "attribute_not_exists(PK)"}
    return {"ConditionCheck": gone}


def unchanged_contract(contract: dict[str, Any]) -> dict[str, Any]:
    """Update parameters with a condition that fails if the contract has changed since it was read."""
    compared = {name: contract[name] for name in ("started_at", "client_id", "freelancer_id")}
    conditions = ["attribute_not_exists(ended_at)"]
    compare(contract, ("last_feedback_at", "last_request_id"), conditions, compared)
    conditions += [f"{name} = :{name}" for name in ("started_at", "client_id", "freelancer_id")]
    return {
        "TableName": TABLE,
        "Key": key(contract["contract_id"], "CONTRACT"),
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeValues": to_item({f":{name}": value for name, value in compared.items()}),
    }


def compare(
    contract: dict[str, Any], names: Sequence[str], conditions: list[str], compared: dict[str, Any]
) -> None:
    """Add the conditions that these attributes are as they were read, and the values that they compare."""
    for name in names:
        if contract.get(name):
            conditions.append(f"{name} = :{name}")
            compared[name] = contract[name]
        else:
            conditions.append(f"attribute_not_exists({name})")


def may_be_asked(contract: dict[str, Any], update: dict[str, Any]) -> None:
    """Add the condition that the client has neither declined nor muted requests since the contract was read."""
    conditions = [
        update["ConditionExpression"],
        "attribute_not_exists(requests_muted)",
        "attribute_exists(client_email) AND client_email <> :no_address",
    ]
    compared: dict[str, Any] = {"no_address": ""}
    compare(contract, ("last_declined_at", "last_withdrawn_request_at"), conditions, compared)
    update["ConditionExpression"] = " AND ".join(conditions)
    update["ExpressionAttributeValues"] |= to_item({f":{name}": value for name, value in compared.items()})


def add_to_summary(row: dict[str, Any]) -> dict[str, Any]:
    """Update that adds a piece of feedback to the summary of its freelancer."""
    ratings = row["ratings"]
    rounded = (Decimal(sum(ratings.values())) / len(ratings)).quantize(Decimal(1), ROUND_HALF_UP)
    filed = {"freelancer_id": row["freelancer_id"], "summary_key": f"~{row['kind']}"}
    added = {"version": 1, **ratings, "count": 1, f"scored_{rounded}": 1}
    setting = ", ".join(f"#{name} = :{name}" for name in filed)
    adding = ", ".join(f"#{name} :{name}" for name in added)
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"PK": {"S": f"FREELANCER#{row['freelancer_id']}"}, "SK": {"S": f"SUMMARY#{row['kind']}"}},
            "UpdateExpression": f"SET {setting} ADD {adding}",
            "ExpressionAttributeNames": {f"#{name}": name for name in filed | added},
            "ExpressionAttributeValues": to_item({f":{name}": value for name, value in (filed | added).items()}),
        }
    }


def transact(writes: list[dict[str, Any]]) -> None:
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        raise Refusal(503, "unavailable") from error


# ---- The three commands ------------------------------------------------------------------------------------


def submit(contract_id: str, caller: str, feedback_input: FeedbackInput, feedback_id: str) -> Feedback:
    contract, stored = read_contract(contract_id)
    contract, now = require_role(contract, caller, "client"), datetime.now(UTC)
    pending = is_open(stored, now)
    action = to_give(contract, pending, now)
    if not action.eligible:
        raise Refusal(409, "not_eligible", **action.model_dump(mode="json", include={"reasons", "eligible_at"}))
    row = {
        "contract_id": contract_id,
        "feedback_id": feedback_id,
        "kind": "mid_contract",
        "ratings": feedback_input.ratings.model_dump(),
        "score": score(feedback_input.ratings),
        "comment": feedback_input.comment,
        "provided_at": timestamp(now),
        "request_id": pending["request_id"] if pending else None,
        "freelancer_id": contract["freelancer_id"],
        "history_key": f"{contract['started_at']}#{contract_id}#{timestamp(now)}#{feedback_id}",
    }
    update = unchanged_contract(contract)
    unmute = "" if pending else " REMOVE requests_muted"
    update["UpdateExpression"] = f"SET last_feedback_at = :provided_at{unmute}"
    update["ExpressionAttributeValues"][":provided_at"] = {"S": timestamp(now)}
    writes: list[dict[str, Any]] = [{"Update": update}]
    if stored:
        status, closed_at = ("fulfilled", now) if pending else ("expired", deadline(stored))
        writes += [delete(stored), put_closed_request(stored, status, closed_at)]
    elif contract.get("last_request_id"):
        writes.append(check_no_open_request(contract))
    writes += [add_to_summary(row), put(contract_id, f"FEEDBACK#{timestamp(now)}#{feedback_id}", row)]
    transact(writes)
    log_accepted("submit", contract_id=contract_id, feedback_id=feedback_id)
    return feedback_view(row)


def request(contract_id: str, caller: str, request_input: RequestInput, request_id: str) -> Request:
    contract, stored = read_contract(contract_id)
    enabled = requests_enabled(caller)
    contract, now = require_role(contract, caller, "freelancer"), datetime.now(UTC)
    if not enabled:
        raise Refusal(403, "requests_not_enabled")
    if pending := is_open(stored, now):
        raise Refusal(409, "request_pending", expires_at=deadline(pending).isoformat())
    action = to_request(contract, None, now)
    if not action.eligible:
        raise Refusal(409, "not_eligible", **action.model_dump(mode="json", include={"reasons", "eligible_at"}))
    requested_at = now.replace(microsecond=0)
    expires_at = requested_at + REQUEST_LIFETIME
    row = {
        "contract_id": contract_id,
        "request_id": request_id,
        "message": request_input.message,
        "requested_at": timestamp(requested_at),
        "expires_at": int(expires_at.timestamp()),
        "due_shard": zlib.crc32(contract_id.encode()) % 16,
        "due_at": int(min(expires_at - before for before in REMIND_BEFORE).timestamp()),
        "client_id": contract["client_id"],
        "client_key": f"OPEN_REQUEST#{timestamp(expires_at)}#{request_id}",
        "freelancer_id": contract["freelancer_id"],
    }
    update = unchanged_contract(contract)
    may_be_asked(contract, update)
    update["UpdateExpression"] = "SET last_request_id = :request_id, last_request_expires_at = :expires_at"
    update["ExpressionAttributeValues"] |= {
        ":request_id": {"S": request_id},
        ":expires_at": {"S": timestamp(expires_at)},
    }
    writes = [{"Update": update}, put(contract_id, f"CONTRACT#OPEN_REQUEST#{request_id}", row)]
    if stored:
        writes += [delete(stored), put_closed_request(stored, "expired", deadline(stored))]
    elif contract.get("last_request_id"):
        writes.append(check_no_open_request(contract))
    transact(writes)
    log_accepted("request", contract_id=contract_id, request_id=request_id)
    return request_view(row, {})


def tab(contract_id: str, caller: str) -> Tab:
    rows = read_rows(contract_id)
    by_sort = {row["SK"]: row for row in rows}
    contract = by_sort.get("CONTRACT")
    viewer = role_of(contract, caller)
    if contract is None or viewer is None:
        raise Refusal(404, "contract_not_found")
    now = datetime.now(UTC)
    stored = next((row for sort, row in by_sort.items() if sort.startswith("CONTRACT#OPEN_REQUEST#")), None)
    pending = is_open(stored, now)
    emails = {row["request_id"]: row for sort, row in by_sort.items() if sort.startswith("DELIVERY#")}
    past = [closed_request_view(row, emails) for sort, row in by_sort.items() if sort.startswith("REQUEST#")]
    if stored and not pending and stored["request_id"] not in {entry.request_id for entry in past}:
        past.append(request_view(stored, emails, "expired", deadline(stored)))
    requestable_at = None
    if viewer == "client":
        actions = {"request_feedback": Action(), "give_feedback": to_give(contract, pending, now)}
    else:
        enabled = requests_enabled(caller)
        may_request = to_request(contract, pending, now, enabled=enabled)
        may_request.visible = enabled
        if pending:
            requestable_at = requestable_if_withdrawn(contract, pending, now, enabled=enabled)
        actions = {"request_feedback": may_request, "give_feedback": Action()}
    earlier: dict[str, list[dict[str, Any]]] = {}
    for sort, row in by_sort.items():
        if sort.startswith("EARLIER#"):
            earlier.setdefault(row["feedback_id"], []).append(row)
    feedback = [
        feedback_view(row, earlier.get(row["feedback_id"], ()))
        for sort, row in by_sort.items()
        if sort.startswith("FEEDBACK#")
    ]
    return Tab(
        contract=Contract(
            contract_id=contract_id,
            title=contract["title"],
            status="ended" if contract.get("ended_at") else "active",
            started_at=contract["started_at"],
            ended_at=contract.get("ended_at"),
            client=Person(id=contract["client_id"], name=contract.get("client_name") or ERASED),
            freelancer=Person(id=contract["freelancer_id"], name=contract.get("freelancer_name") or ERASED),
        ),
        viewer=viewer,
        actions=actions,
        correctable_until_if_given_now=now + CORRECTION_WINDOW if actions["give_feedback"].eligible else None,
        requests_muted=contract.get("requests_muted", False),
        open_request=request_view(pending, emails) if pending else None,
        requestable_at_if_withdrawn=requestable_at,
        past_requests=sorted(past, key=lambda entry: entry.requested_at, reverse=True),
        feedback=sorted(feedback, key=lambda entry: entry.provided_at, reverse=True),
    )


def feedback_view(row: dict[str, Any], earlier: Sequence[dict[str, Any]] = ()) -> Feedback:
    provided_at, removed, reply = parse_instant(row["provided_at"]), row.get("removed"), row.get("reply")
    is_final = row["kind"] == "end_of_contract" or removed or int(row.get("revision", 1)) > MAX_CORRECTIONS
    reply_until = parse_instant(reply["replied_at"]) + CORRECTION_WINDOW if reply else provided_at + REPLY_WINDOW
    return Feedback(
        **public_fields(row),
        request_id=row.get("request_id"),
        correctable_until=None if is_final else provided_at + CORRECTION_WINDOW,
        replyable_until=None if removed or row.get("reply_removed") else reply_until,
        earlier_versions=[] if removed else earlier_versions(earlier),
    )


def public_fields(row: dict[str, Any]) -> dict[str, Any]:
    """The fields of feedback that everybody sees."""
    removed = row.get("removed")
    return {
        "feedback_id": row["feedback_id"],
        "contract_id": row["contract_id"],
        "kind": row["kind"],
        "ratings": None if removed else whole_numbers(row["ratings"]),
        "score": None if removed else float(row["score"]),
        "comment": row.get("comment"),
        "provided_at": row["provided_at"],
        "counts_towards_job_success_score": row["kind"] == "end_of_contract",
        "revision": int(row.get("revision", 1)),
        "edited_at": row.get("edited_at"),
        "reply": reply_view(row),
        "removed": Removal(**removed) if removed else None,
    }


def reply_view(row: dict[str, Any]) -> Reply | RemovedReply | None:
    reply, removed = row.get("reply"), row.get("reply_removed")
    if reply is None:
        return None
    instants = {"replied_at": reply["replied_at"], "edited_at": reply.get("edited_at")}
    if removed:
        return RemovedReply(text=None, **instants, removed=Removal(**removed))
    return Reply(text=reply["text"], **instants)


def earlier_versions(rows: Sequence[dict[str, Any]]) -> list[EarlierVersion]:
    """Newest first."""
    versions = [
        EarlierVersion(
            revision=int(row["revision"]),
            ratings=whole_numbers(row["ratings"]),
            score=float(row["score"]),
            comment=row.get("comment"),
            replaced_at=row["replaced_at"],
        )
        for row in rows
    ]
    return sorted(versions, key=lambda version: version.revision, reverse=True)


def whole_numbers(ratings: dict[str, Any]) -> dict[str, int]:
    return {category: int(ratings[category]) for category in Ratings.model_fields if category in ratings}


def request_view(
    row: dict[str, Any],
    emails: dict[str, dict[str, Any]],
    status: str = "pending",
    closed_at: datetime | None = None,
) -> Request:
    return Request(
        request_id=row["request_id"],
        contract_id=row["contract_id"],
        status=status,
        message=row.get("message"),
        requested_at=row["requested_at"],
        expires_at=deadline(row),
        closed_at=closed_at,
        delivery=delivery(row, emails),
    )


def closed_request_view(row: dict[str, Any], emails: dict[str, dict[str, Any]]) -> Request:
    message, sent = row.get("message"), delivery(row, emails)
    return Request(**{**row, "message": message, "expires_at": row["deadline"], "delivery": sent})


def delivery(row: dict[str, Any], emails: dict[str, dict[str, Any]]) -> Delivery:
    """What became of a request's e-mail. Without a row about it, it is queued since the request was made."""
    email = emails.get(row["request_id"])
    if email is None:
        return Delivery(email=Email(status="queued", reason=None, at=row["requested_at"]))
    status = SHOWN.get(email["status"], email["status"])
    return Delivery(email=Email(status=status, reason=email.get("reason"), at=email["at"]))


# ---- Rollout, log and metric -------------------------------------------------------------------------------

_flags: dict[str, Any] = {}


def requests_enabled(freelancer_id: str) -> bool:
    """Evaluate AppConfig's feature flag, which is read again after a minute."""
    if time.monotonic() - _flags.get("read_at", float("-inf")) > 60:
        _read_flags()
    digest = hashlib.sha256(f"feedback_requests:{freelancer_id}".encode()).digest()
    bucket = int.from_bytes(digest[:8]) % 100 + 1
    rules = _flags["flags"]["feedback_requests"]["rules"]
    selected = rules["selected freelancers"]["conditions"][0]["value"]
    percent: int = rules["percentage of all freelancers"]["conditions"][0]["value"]
    return freelancer_id in selected or bucket <= percent


def _read_flags() -> None:
    if "client" not in _flags:
        _flags["client"] = boto3.client("appconfigdata")
        session = _flags["client"].start_configuration_session(
            ApplicationIdentifier=os.environ["ROLLOUT_APPLICATION"],
            EnvironmentIdentifier=os.environ["ROLLOUT_ENVIRONMENT"],
            ConfigurationProfileIdentifier=os.environ["ROLLOUT_PROFILE"],
        )
        _flags["token"] = session["InitialConfigurationToken"]
    response = _flags["client"].get_latest_configuration(ConfigurationToken=_flags["token"])
    content = response["Configuration"].read()
    _flags["token"] = response["NextPollConfigurationToken"]
    if content:
        _flags["flags"] = json.loads(content)
    _flags["read_at"] = time.monotonic()


def log_accepted(command: str, **ids: str) -> None:
    """One structured log line and one metric in CloudWatch's embedded metric format."""
    now = datetime.now(UTC)
    print(json.dumps({"level": "INFO", "message": f"{command} accepted", "timestamp": now.isoformat(), **ids}))
    name, milliseconds = f"{command.capitalize()}Accepted", int(now.timestamp() * 1000)
    directive = {"Namespace": "Peers", "Dimensions": [["service"]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    emf = {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": emf, "service": "peer", name: 1}))
