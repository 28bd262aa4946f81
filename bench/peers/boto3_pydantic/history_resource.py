"""The work history through the boto3 resource, which converts items to Python values."""

import base64
import json
from typing import Any

import boto3
import feedback
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

table = boto3.resource("dynamodb").Table(feedback.TABLE)


class Entry(BaseModel):
    feedback_id: str
    contract_id: str
    kind: str
    ratings: feedback.Ratings
    score: float
    comment: str | None
    provided_at: str
    counts_towards_job_success_score: bool


class Contract(BaseModel):
    contract_id: str
    title: str
    status: str
    started_at: str
    ended_at: str | None
    feedback: list[Entry]


class History(BaseModel):
    freelancer_id: str
    contracts: list[Contract]
    next_cursor: str | None


def query(event: dict[str, Any]) -> Any:
    return table.query(
        IndexName="work_history",
        KeyConditionExpression=Key("freelancer_id").eq(event["pathParameters"]["freelancer_id"]),
        ScanIndexForward=False,
        Limit=int((event.get("queryStringParameters") or {}).get("limit", 20)),
    )


def query_only(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Query the page's rows without building a response from them."""
    return {"statusCode": 200, "rows": len(query(event)["Items"])}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    freelancer_id, page = event["pathParameters"]["freelancer_id"], query(event)
    contracts: dict[str, Contract] = {}
    for item in page["Items"]:
        if item["SK"] == "CONTRACT":
            contracts[item["contract_id"]] = _contract(item)
        else:
            contracts[item["contract_id"]].feedback.append(_entry(item))
    last = page.get("LastEvaluatedKey")
    cursor = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None
    feedback.log_accepted("list", freelancer_id=freelancer_id)
    shown = History(freelancer_id=freelancer_id, contracts=list(contracts.values()), next_cursor=cursor)
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": shown.model_dump_json(),
    }


def _contract(item: dict[str, Any]) -> Contract:
    return Contract(
        contract_id=item["contract_id"],
        title=item["title"],
        status="ended" if "ended_at" in item else "active",
        started_at=item["started_at"],
        ended_at=item.get("ended_at"),
        feedback=[],
    )


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        feedback_id=item["feedback_id"],
        contract_id=item["contract_id"],
        kind=item["kind"],
        ratings=feedback.Ratings(**{name: int(value) for name, value in item["ratings"].items()}),
        score=float(item["score"]),
        comment=item.get("comment"),
        provided_at=item["provided_at"],
        counts_towards_job_success_score=item["kind"] == "end_of_contract",
    )
