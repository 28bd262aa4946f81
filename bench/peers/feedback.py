"""Mid-job feedback without our package: models, rules, table and rollout, as one would write them with boto3."""

import hashlib
import json
import os
import time
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

TABLE = os.environ["TABLE_NAME"]
DAYS_30, DAYS_14 = timedelta(days=30), timedelta(days=14)
DETAILS = {
    "contract_not_active": "The contract has ended.",
    "contract_too_new": "The contract has not run long enough yet.",
    "no_recent_payment": "There was no payment recently enough.",
    "feedback_too_recent": "The last feedback was given too recently.",
    "request_pending": "An earlier request is still open.",
    "requests_not_enabled": "Requesting feedback is not available to this freelancer yet.",
}

client = boto3.client(
    "dynamodb",
    config=Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "max_attempts": 3}),
)
_serializer, _deserializer = TypeSerializer(), TypeDeserializer()

Rating = Annotated[int, Field(strict=True, ge=1, le=5)]
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


class Answer(Strict):
    ratings: Ratings
    comment: Annotated[Comment | None, AfterValidator(lambda text: text or None)] = None


class Ask(Strict):
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


class Request(BaseModel):
    request_id: str
    contract_id: str
    status: str
    message: str | None
    requested_at: datetime
    expires_at: datetime
    closed_at: datetime | None


class Feedback(BaseModel):
    feedback_id: str
    contract_id: str
    kind: str
    ratings: Ratings
    score: float
    comment: str | None
    provided_at: datetime
    request_id: str | None
    counts_towards_job_success_score: bool


class Tab(BaseModel):
    contract: Contract
    viewer: str
    actions: dict[str, Action]
    open_request: Request | None
    past_requests: list[Request]
    feedback: list[Feedback]


class Refused(Exception):
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


def judge(
    contract: dict[str, Any], pending: dict[str, Any] | None, now: datetime, *, enabled: bool = True
) -> Action:
    started, ended = instant(contract["started_at"]), contract.get("ended_at")
    paid, last = instant(contract.get("last_payment_at")), instant(contract.get("last_feedback_at"))
    reasons: list[tuple[str, datetime | None]] = []
    if ended:
        reasons.append(("contract_not_active", None))
    if now - started < DAYS_30:
        reasons.append(("contract_too_new", started + DAYS_30))
    if paid is None or now - paid > DAYS_30:
        reasons.append(("no_recent_payment", None))
    if last and now - last < DAYS_30:
        reasons.append(("feedback_too_recent", last + DAYS_30))
    if pending:
        reasons.append(("request_pending", deadline(pending)))
    if not enabled:
        reasons.append(("requests_not_enabled", None))
    clearing = [clears_at for _, clears_at in reasons if clears_at]
    earliest = max(clearing) if clearing and len(clearing) == len(reasons) else None
    return Action(
        visible=True,
        eligible=not reasons,
        eligible_at=earliest if earliest and paid and earliest - paid <= DAYS_30 else None,
        reasons=[Reason(code=code, detail=DETAILS[code], clears_at=clears_at) for code, clears_at in reasons],
    )


def may_give(contract: dict[str, Any], pending: dict[str, Any] | None, now: datetime) -> Action:
    if pending and not contract.get("ended_at"):
        return Action(visible=True, eligible=True)
    return judge(contract, None, now)


def require_role(contract: dict[str, Any] | None, caller: str, role: str) -> dict[str, Any]:
    actual = role_of(contract, caller)
    if contract is None or actual is None:
        raise Refused(404, "contract_not_found")
    if actual != role:
        raise Refused(403, f"not_the_{role}")
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


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None


def deadline(pending: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(pending["expires_at"]), UTC)


def plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserializer.deserialize(value) for name, value in item.items()}


def dynamo(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _serializer.serialize(value) for name, value in item.items() if value is not None}


def read(contract_id: str) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The contract and the request stored beside it."""
    rows = read_all(contract_id, "CONTRACT")
    return (
        next((row for row in rows if row["SK"] == "CONTRACT"), None),
        next((row for row in rows if row["SK"].startswith("CONTRACT#OPEN_REQUEST#")), None),
    )


def read_all(contract_id: str, sort: str | None = None) -> list[dict[str, Any]]:
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
    return [plain(item) for item in items]


def is_open(stored: dict[str, Any] | None, now: datetime) -> dict[str, Any] | None:
    return stored if stored and now < deadline(stored) else None


def closed(stored: dict[str, Any], status: str, closed_at: datetime) -> dict[str, Any]:
    """The row of a request that has ended."""
    sort = f"REQUEST#{stored['requested_at']}#{stored['request_id']}"
    row = {
        "contract_id": stored["contract_id"],
        "request_id": stored["request_id"],
        "status": status,
        "message": stored.get("message"),
        "requested_at": stored["requested_at"],
        "deadline": stamp(deadline(stored)),
        "closed_at": stamp(closed_at),
    }
    return put(stored["contract_id"], sort, row)


def put(contract_id: str, sort: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": TABLE,
            "Item": {**key(contract_id, sort), **dynamo(row)},
            "ConditionExpression": "attribute_not_exists(PK)",
        }
    }


def remove(stored: dict[str, Any]) -> dict[str, Any]:
    target = key(stored["contract_id"], stored["SK"])
    return {"Delete": {"TableName": TABLE, "Key": target, "ConditionExpression": "attribute_exists(PK)"}}


def check_gone(contract: dict[str, Any]) -> dict[str, Any]:
    """That the last request, of which no row was read, has none."""
    target = key(contract["contract_id"], f"CONTRACT#OPEN_REQUEST#{contract['last_request_id']}")
    gone = {"TableName": TABLE, "Key": target, "ConditionExpression": "attribute_not_exists(PK)"}
    return {"ConditionCheck": gone}


def as_read(contract: dict[str, Any]) -> dict[str, Any]:
    """What of the contract must not have changed since it was read."""
    last, asked = contract.get("last_feedback_at"), contract.get("last_request_id")
    condition = " AND ".join(
        [
            "started_at = :started_at AND client_id = :client_id AND freelancer_id = :freelancer_id",
            "attribute_not_exists(ended_at)",
            "last_feedback_at = :last" if last else "attribute_not_exists(last_feedback_at)",
            "last_request_id = :asked" if asked else "attribute_not_exists(last_request_id)",
        ]
    )
    values = {
        ":started_at": contract["started_at"],
        ":client_id": contract["client_id"],
        ":freelancer_id": contract["freelancer_id"],
        ":last": last,
        ":asked": asked,
    }
    return {
        "TableName": TABLE,
        "Key": key(contract["contract_id"], "CONTRACT"),
        "ConditionExpression": condition,
        "ExpressionAttributeValues": dynamo(values),
    }


def transact(writes: list[dict[str, Any]]) -> None:
    try:
        client.transact_write_items(TransactItems=writes)
    except client.exceptions.TransactionCanceledException as error:
        raise Refused(503, "unavailable") from error


# ---- The three commands ------------------------------------------------------------------------------------


def submit(contract_id: str, caller: str, answer: Answer, feedback_id: str) -> Feedback:
    contract, stored = read(contract_id)
    contract, now = require_role(contract, caller, "client"), datetime.now(UTC)
    pending = is_open(stored, now)
    verdict = may_give(contract, pending, now)
    if not verdict.eligible:
        raise Refused(409, "not_eligible", **verdict.model_dump(mode="json", include={"reasons", "eligible_at"}))
    row = {
        "contract_id": contract_id,
        "feedback_id": feedback_id,
        "kind": "mid_contract",
        "ratings": answer.ratings.model_dump(),
        "score": score(answer.ratings),
        "comment": answer.comment,
        "provided_at": stamp(now),
        "request_id": pending["request_id"] if pending else None,
        "freelancer_id": contract["freelancer_id"],
        "history_key": f"{contract['started_at']}#{contract_id}#{stamp(now)}#{feedback_id}",
    }
    guard = as_read(contract)
    guard["UpdateExpression"] = "SET last_feedback_at = :provided_at"
    guard["ExpressionAttributeValues"][":provided_at"] = {"S": stamp(now)}
    writes: list[dict[str, Any]] = [{"Update": guard}]
    if stored:
        ended = closed(stored, "fulfilled", now) if pending else closed(stored, "expired", deadline(stored))
        writes += [remove(stored), ended]
    elif contract.get("last_request_id"):
        writes.append(check_gone(contract))
    transact([*writes, put(contract_id, f"FEEDBACK#{stamp(now)}#{feedback_id}", row)])
    told("submit", contract_id=contract_id, feedback_id=feedback_id)
    return feedback(row)


def request(contract_id: str, caller: str, ask: Ask, request_id: str) -> Request:
    contract, stored = read(contract_id)
    enabled = requests_enabled(caller)
    contract, now = require_role(contract, caller, "freelancer"), datetime.now(UTC)
    if not enabled:
        raise Refused(403, "requests_not_enabled")
    if pending := is_open(stored, now):
        raise Refused(409, "request_pending", expires_at=deadline(pending).isoformat())
    verdict = judge(contract, None, now)
    if not verdict.eligible:
        raise Refused(409, "not_eligible", **verdict.model_dump(mode="json", include={"reasons", "eligible_at"}))
    requested_at = now.replace(microsecond=0)
    row = {
        "contract_id": contract_id,
        "request_id": request_id,
        "message": ask.message,
        "requested_at": stamp(requested_at),
        "expires_at": int((requested_at + DAYS_14).timestamp()),
        "due_shard": int.from_bytes(hashlib.sha256(contract_id.encode()).digest()[:2]) % 16,
    }
    guard = as_read(contract)
    guard["UpdateExpression"] = "SET last_request_id = :request_id"
    guard["ExpressionAttributeValues"][":request_id"] = {"S": request_id}
    writes = [{"Update": guard}, put(contract_id, f"CONTRACT#OPEN_REQUEST#{request_id}", row)]
    if stored:
        writes += [remove(stored), closed(stored, "expired", deadline(stored))]
    elif contract.get("last_request_id"):
        writes.append(check_gone(contract))
    transact(writes)
    told("request", contract_id=contract_id, request_id=request_id)
    return asked(row)


def tab(contract_id: str, caller: str) -> Tab:
    rows = read_all(contract_id)
    by_sort = {row["SK"]: row for row in rows}
    contract = by_sort.get("CONTRACT")
    viewer = role_of(contract, caller)
    if contract is None or viewer is None:
        raise Refused(404, "contract_not_found")
    now = datetime.now(UTC)
    stored = next((row for sort, row in by_sort.items() if sort.startswith("CONTRACT#OPEN_REQUEST#")), None)
    pending = is_open(stored, now)
    past = [ended(row) for sort, row in by_sort.items() if sort.startswith("REQUEST#")]
    if stored and not pending and stored["request_id"] not in {entry.request_id for entry in past}:
        past.append(asked(stored, "expired", deadline(stored)))
    if viewer == "client":
        actions = {"request_feedback": Action(), "give_feedback": may_give(contract, pending, now)}
    else:
        enabled = requests_enabled(caller)
        asking = judge(contract, pending, now, enabled=enabled)
        asking.visible = enabled
        actions = {"request_feedback": asking, "give_feedback": Action()}
    told("list", contract_id=contract_id)
    given = [feedback(row) for sort, row in by_sort.items() if sort.startswith("FEEDBACK#")]
    return Tab(
        contract=Contract(
            contract_id=contract_id,
            title=contract["title"],
            status="ended" if contract.get("ended_at") else "active",
            started_at=contract["started_at"],
            ended_at=contract.get("ended_at"),
            client=Person(id=contract["client_id"], name=contract["client_name"]),
            freelancer=Person(id=contract["freelancer_id"], name=contract["freelancer_name"]),
        ),
        viewer=viewer,
        actions=actions,
        open_request=asked(pending) if pending else None,
        past_requests=sorted(past, key=lambda entry: entry.requested_at, reverse=True),
        feedback=sorted(given, key=lambda entry: entry.provided_at, reverse=True),
    )


def feedback(row: dict[str, Any]) -> Feedback:
    return Feedback(
        feedback_id=row["feedback_id"],
        contract_id=row["contract_id"],
        kind=row["kind"],
        ratings=Ratings(**{name: int(value) for name, value in row["ratings"].items()}),
        score=float(row["score"]),
        comment=row.get("comment"),
        provided_at=row["provided_at"],
        request_id=row.get("request_id"),
        counts_towards_job_success_score=row["kind"] == "end_of_contract",
    )


def asked(row: dict[str, Any], status: str = "pending", closed_at: datetime | None = None) -> Request:
    return Request(
        request_id=row["request_id"],
        contract_id=row["contract_id"],
        status=status,
        message=row.get("message"),
        requested_at=row["requested_at"],
        expires_at=deadline(row),
        closed_at=closed_at,
    )


def ended(row: dict[str, Any]) -> Request:
    return Request(**{**row, "message": row.get("message"), "expires_at": row["deadline"]})


# ---- Rollout, log and metric -------------------------------------------------------------------------------

_flags: dict[str, Any] = {}


def requests_enabled(freelancer_id: str) -> bool:
    """AppConfig's feature flag, kept for a minute."""
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
    answer = _flags["client"].get_latest_configuration(ConfigurationToken=_flags["token"])
    content = answer["Configuration"].read()
    _flags["token"] = answer["NextPollConfigurationToken"]
    if content:
        _flags["flags"] = json.loads(content)
    _flags["read_at"] = time.monotonic()


def told(command: str, **ids: str) -> None:
    """One structured line and one metric in CloudWatch's embedded format."""
    now = datetime.now(UTC)
    print(json.dumps({"level": "INFO", "message": f"{command} accepted", "timestamp": now.isoformat(), **ids}))
    name, milliseconds = f"{command.capitalize()}Accepted", int(now.timestamp() * 1000)
    directive = {"Namespace": "Peers", "Dimensions": [["service"]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    emf = {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": emf, "service": "peer", name: 1}))
