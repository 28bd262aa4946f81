"""Serves the web pages below /app/, and 404 for calls that fit no route.

Logs without Powertools, which would slow cold starts: at DEBUG, except refusals. A path is never logged: it can
contain a link's token.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from mid_job_feedback.http import page_addresses, static_files

logger = logging.getLogger("web")
logger.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))
logger.propagate = False  # Lambda's own handler would wrap the line in another JSON object
logger.addHandler(logging.StreamHandler(sys.stdout))

PAGES = static_files.read(files("mid_job_feedback_pages"), os.environ)
HOME = static_files.home(os.environ)


def handler(event: dict[str, Any], _context: object) -> static_files.Response:
    path, reference = page_addresses.path_of(event), event["requestContext"]["requestId"]
    response = static_files.respond(PAGES, event, HOME)
    known = path if path in PAGES else None
    level = logging.DEBUG if response["statusCode"] < HTTPStatus.BAD_REQUEST else logging.INFO
    at = datetime.now(UTC).isoformat(timespec="milliseconds")  # without it, Lambda takes any line for INFO
    line = {"timestamp": at, "level": logging.getLevelName(level), "message": "web accepted", "command": "web"}
    found = {"reference": reference, "page": known, "status": response["statusCode"]}
    logger.log(level, json.dumps(line | found))
    return response
