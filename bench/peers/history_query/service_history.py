"""Queries the rows of a work-history page with this service's package, without building a response from them."""

from typing import Any

from mid_job_feedback.storage import store


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    limit = int(event["queryStringParameters"]["limit"])
    page = store.history(event["pathParameters"]["freelancer_id"], limit, None)
    return {"statusCode": 200, "rows": len(page.rows)}
