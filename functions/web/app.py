"""Serves the web pages: GET and HEAD /app/{proxy+}. It logs without Powertools, which would delay a page."""

import json
import logging
from importlib.resources import files
from typing import Any

from mid_job_feedback.http import static_files

logger = logging.getLogger("web")
logger.setLevel(logging.INFO)

PAGES = static_files.read(files("mid_job_feedback_pages"))


def handler(event: dict[str, Any], _context: object) -> static_files.Response:
    path, reference = event["pathParameters"]["proxy"], event["requestContext"]["requestId"]
    response = static_files.respond(PAGES, event)
    known = path if path in PAGES else None
    line = {"command": "web", "reference": reference, "page": known, "status": response["statusCode"]}
    logger.info(json.dumps(line))
    return response
