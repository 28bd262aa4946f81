"""DynamoDB's TTL deletes expired items, with a stream record whose `userIdentity` is the service.

Records of deletions by callers have no `userIdentity`. ministack ignores `TimeToLiveSpecification` in templates,
sweeps once a minute, and writes no stream record.

Items expire by the test clock (shifted_clock.py), and `sweep` can be called at any time. AWS has neither.
"""

import functools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.core.concurrency import esm_wake
from ministack.core.responses import request_scope
from ministack.services import dynamodb

from local.cloud import shifted_clock
from local.cloud.provisioning import Json, after_provisioning

SECONDS_BETWEEN_SWEEPS = float(os.environ.get("TTL_SECONDS", "5"))
REMOVED_BY_DYNAMODB = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def apply() -> None:
    after_provisioning("AWS::DynamoDB::Table", _specify)
    dynamodb._remove_item = _except_by_reaper(dynamodb._remove_item)
    threading.Thread(target=_sweep_forever, daemon=True).start()


def _specify(table: str, properties: Json) -> None:
    if specification := properties.get("TimeToLiveSpecification"):
        dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})
    else:
        dynamodb._ttl_settings.pop(table, None)


def _except_by_reaper(remove: Callable[..., Any]) -> Callable[..., Any]:
    """Keeps ministack's own reaper, which writes no stream records, from deleting anything."""

    @functools.wraps(remove)
    def remove_except_by_reaper(table: Json, partition: Any, sort: Any) -> Any:
        if threading.current_thread().name == "dynamodb-ttl-reaper":
            return None
        return remove(table, partition, sort)

    return remove_except_by_reaper


def _sweep_forever() -> None:
    while True:
        time.sleep(SECONDS_BETWEEN_SWEEPS)
        if app._MAIN_LOOP:
            # Requests are served on the same loop, so none of them sees half of a deletion.
            app._MAIN_LOOP.call_soon_threadsafe(sweep)


def sweep() -> int:
    """Delete the expired items of all tables. Returns their number. Call on the server's loop only."""
    removed = 0
    for (account, region, name), setting in list(dynamodb._ttl_settings.all_items()):
        with request_scope(account, region):
            table = dynamodb._tables.get(name)
            if table and setting["TimeToLiveStatus"] == "ENABLED":
                removed += _remove_expired(name, table, setting["AttributeName"])
    return removed


def _remove_expired(name: str, table: Json, attribute: str) -> int:
    now, removed = shifted_clock.now(), 0
    for partition, items in list(table["items"].items()):
        for sort, item in list(items.items()):
            expiry = item.get(attribute, {}).get("N")
            if expiry is not None and float(expiry) <= now:
                dynamodb._remove_item(table, partition, sort)
                _record_removal(name, table, item)
                removed += 1
    return removed


def _record_removal(name: str, table: Json, item: Json) -> None:
    stream = table.get("StreamSpecification") or {}
    if not stream.get("StreamEnabled"):
        return
    record = dynamodb._build_change_record(table, "REMOVE", item, None, stream["StreamViewType"])
    record["userIdentity"] = REMOVED_BY_DYNAMODB
    dynamodb._stream_records.setdefault(name, []).append(record)
    esm_wake.set()
