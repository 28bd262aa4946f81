"""Timestamps that people or functions are shown are those of the test clock (shifted_clock.py).

These are the header `Date` of an HTTP API's answers, by which pages set their clock; the `time` of
EventBridge's events; the timestamps of messages in queues and from topics, of e-mails sent, and of stream
records.

ministack shows real times. Inside queues they stay real, since they decide when a message is visible and when
it is too old.
"""

import functools
import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from ministack.services import apigateway, dynamodb, eventbridge, lambda_svc, ses_v2, sns, sqs

from local.cloud import shifted_clock

type Json = dict[str, Any]
type Response = tuple[int, dict[str, Any], bytes]

OF_A_MESSAGE = ("SentTimestamp", "ApproximateFirstReceiveTimestamp")  # milliseconds, as text


def apply() -> None:
    apigateway.handle_execute = _with_date(apigateway.handle_execute)
    eventbridge._now_ts = shifted_clock.now
    sns.time = shifted_clock.time_module(gmtime=lambda: time.gmtime(shifted_clock.now()))
    ses_v2.time = shifted_clock.time_module(time=shifted_clock.now)
    dynamodb._build_change_record = _created_now(dynamodb._build_change_record)
    sqs._build_sys_attrs = _as_shown(sqs._build_sys_attrs)
    lambda_svc._run_sqs_batch = _with_times_shown(lambda_svc._run_sqs_batch)


def _with_date(execute: Callable[..., Awaitable[Response]]) -> Callable[..., Awaitable[Response]]:
    @functools.wraps(execute)
    async def execute_with_date(*arguments: Any, **options: Any) -> Response:
        status, headers, body = await execute(*arguments, **options)
        return status, {**headers, "Date": formatdate(shifted_clock.now(), usegmt=True)}, body

    return execute_with_date


def _created_now(build: Callable[..., Json]) -> Callable[..., Json]:
    @functools.wraps(build)
    def build_created_now(*change: Any) -> Json:
        record = build(*change)
        record["dynamodb"]["ApproximateCreationDateTime"] = int(shifted_clock.now())
        return record

    return build_created_now


def _as_shown(attributes_of: Callable[..., dict[str, str]]) -> Callable[..., dict[str, str]]:
    @functools.wraps(attributes_of)
    def attributes_as_shown(*message: Any) -> dict[str, str]:
        return _shown(attributes_of(*message))

    return attributes_as_shown


def _with_times_shown(run: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(run)
    def run_with_times_shown(mapping: Json, function: Json, event: Json, *batch: Any) -> None:
        records = [{**record, "attributes": _shown(record["attributes"])} for record in event["Records"]]
        run(mapping, function, {**event, "Records": records}, *batch)

    return run_with_times_shown


def _shown(attributes: dict[str, str]) -> dict[str, str]:
    times = {name: int(attributes[name]) / 1000 for name in OF_A_MESSAGE if name in attributes}
    shown = {name: str(round(shifted_clock.shown(real) * 1000)) for name, real in times.items()}
    return attributes | shown
