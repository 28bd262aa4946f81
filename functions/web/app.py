"""Serves the web pages: GET and HEAD /app/{proxy+}. Plain logging, so that no page waits for a library to load."""

import json
import logging
from importlib.resources import files
from typing import Any

from mid_job_feedback.http import static_files

logger = logging.getLogger("web")
logger.setLevel(logging.INFO)

PAGES = static_files.read(files("mid_job_feedback_pages"))


def handler(event: dict[str, Any], _context: object) -> static_files.Response:
    path = event["pathParameters"]["proxy"]
    response = static_files.respond(PAGES, path, event["requestContext"]["http"]["method"], event["headers"])
    known = path if path in PAGES else None
    logger.info(json.dumps({"command": "web", "page": known, "status": response["statusCode"]}))
    return response
