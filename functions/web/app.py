"""Serves the web pages: GET and HEAD /app/{proxy+}. Logs without Powertools, which would slow cold starts."""

import json
import logging
import sys
from importlib.resources import files
from typing import Any

from mid_job_feedback.http import static_files

logger = logging.getLogger("web")
logger.setLevel(logging.INFO)
logger.propagate = False  # Lambda's own handler would wrap the line in another JSON object
logger.addHandler(logging.StreamHandler(sys.stdout))

PAGES = static_files.read(files("mid_job_feedback_pages"))


def handler(event: dict[str, Any], _context: object) -> static_files.Response:
    path, reference = event["pathParameters"]["proxy"], event["requestContext"]["requestId"]
    response = static_files.respond(PAGES, event)
    known = path if path in PAGES else None
    line = {"level": "INFO", "message": "web accepted", "command": "web", "reference": reference}
    logger.info(json.dumps({**line, "page": known, "status": response["statusCode"]}))
    return response
