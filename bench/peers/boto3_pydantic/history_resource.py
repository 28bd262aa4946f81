"""The work history through the boto3 resource, which converts items to Python values."""

import base64
import json
from typing import Any

import boto3
import feedback
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

KEY = ("PK", "SK", "freelancer_id", "history_key")
table = boto3.resource("dynamodb").Table(feedback.TABLE)


class Contract(BaseModel):
    contract_id: str
    title: str
    status: str
    started_at: str
    ended_at: str | None
    feedback: list[feedback.PublicFeedback]


class History(BaseModel):
    freelancer_id: str
    name: str | None
    contracts: list[Contract]
    next_cursor: str | None


def query(event: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
    """The page's rows, and whether another page follows: reads one row more to know that."""
    limit = int((event.get("queryStringParameters") or {}).get("limit", 20))
    page = table.query(
        IndexName="work_history",
        KeyConditionExpression=Key("freelancer_id").eq(event["pathParameters"]["freelancer_id"]),
        ScanIndexForward=False,
        Limit=limit + 1,
    )
    rows = page["Items"]
    return rows[:limit], len(rows) > limit or "LastEvaluatedKey" in page


def query_only(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Query the page's rows without building a response from them."""
    rows, _ = query(event)
    return {"statusCode": 200, "rows": len(rows)}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    freelancer_id, (rows, more) = event["pathParameters"]["freelancer_id"], query(event)
    contracts: dict[str, Contract] = {}
    for item in rows:
        if item["SK"] == "CONTRACT":
            contracts[item["contract_id"]] = _contract(item)
        else:
            contracts[item["contract_id"]].feedback.append(feedback.PublicFeedback(**feedback.public_fields(item)))
    last = {name: rows[-1][name] for name in KEY} if more else None
    cursor = base64.urlsafe_b64encode(json.dumps(last).encode()).decode() if last else None
    headings = (item for item in rows if item["SK"] == "CONTRACT")
    name = next((item.get("freelancer_name", feedback.ERASED) for item in headings), None)
    shown = History(freelancer_id=freelancer_id, name=name, contracts=list(contracts.values()), next_cursor=cursor)
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
