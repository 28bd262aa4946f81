"""A handler that only returns 200: the minimum of a cold start."""

from typing import Any


def handler(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    return {"statusCode": 200, "body": "{}"}
