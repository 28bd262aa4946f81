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
from typing import Any, override

from mid_job_feedback.http import page_addresses, static_files


class _JsonLine(logging.Formatter):
    """One JSON object per line, with the fields that Lambda and the other functions' lines have.

    Without a timestamp, Lambda takes any line for INFO.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"timestamp": at, "level": record.levelname, "message": record.msg}
        return json.dumps(line | vars(record)["fields"])


output = logging.StreamHandler(sys.stdout)
output.setFormatter(_JsonLine())
logger = logging.getLogger("web")
logger.setLevel(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))
logger.propagate = False  # Lambda's own handler would wrap the line in another JSON object
logger.addHandler(output)

PAGES = static_files.read(files("mid_job_feedback_pages"), os.environ)
HOME = static_files.home(os.environ)


def handler(event: dict[str, Any], _context: object) -> static_files.Response:
    path, reference = page_addresses.path_of(event), event["requestContext"]["requestId"]
    response = static_files.respond(PAGES, event, HOME)
    known = path if path in PAGES else None
    level = logging.DEBUG if response["statusCode"] < HTTPStatus.BAD_REQUEST else logging.INFO
    fields = {"command": "web", "reference": reference, "page": known, "status": response["statusCode"]}
    logger.log(level, "web accepted", extra={"fields": fields})
    return response
