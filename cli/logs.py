"""Lines of the functions' log, and `tail`: those about one contract or call, as they arrive."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.stacks import Stack


def lines(stack: Stack, pattern: str, look_back: timedelta) -> Iterator[dict[str, Any]]:
    """The JSON lines that match a filter pattern of CloudWatch Logs, oldest first."""
    since = datetime.now(UTC) - look_back
    pages = (
        stack.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=stack.outputs["FunctionsLogGroup"],
            startTime=int(since.timestamp() * 1000),
            filterPattern=pattern,
        )
    )
    for page in pages:
        for event in page["events"]:
            if event["message"].startswith("{"):
                yield json.loads(event["message"])
