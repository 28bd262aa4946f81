"""A function that is called by an alias sees the alias in `invoked_function_arn`.

Asynchronous calls of an alias are retried, and reported, as the EventInvokeConfig of that alias says.

ministack shows the ARN of the version instead, except to direct calls, and only finds the EventInvokeConfig of
`$LATEST`.
"""

import functools
from collections.abc import Callable
from typing import Any

from ministack.services import lambda_svc

type Json = dict[str, Any]
type Found = tuple[Json | None, Json | None]


def apply() -> None:
    lambda_svc._effective_func_record_for_qualifier = _by_alias(lambda_svc._effective_func_record_for_qualifier)
    lambda_svc.invoke_async_with_retry = _as_the_alias_says(lambda_svc.invoke_async_with_retry)


def _by_alias(find: Callable[[Json | None, str | None], Found]) -> Callable[[Json | None, str | None], Found]:
    @functools.wraps(find)
    def find_by_alias(function: Json | None, qualifier: str | None) -> Found:
        record, config = find(function, qualifier)
        alias = (function or {}).get("aliases", {}).get(qualifier)
        if not alias or record is None or config is None:
            return record, config
        config = {**config, "FunctionArn": alias["AliasArn"]}
        return {**record, "config": config}, config

    return find_by_alias


def _as_the_alias_says(invoke: Callable[[Json, Json], None]) -> Callable[[Json, Json], None]:
    @functools.wraps(invoke)
    def invoke_as_the_alias_says(called: Json, event: Json) -> None:
        arn = called["config"]["FunctionArn"]
        _name, qualifier = lambda_svc._resolve_name_and_qualifier(arn)
        function, _config, _name = lambda_svc._get_base_func_record_for_ref(arn)
        configured = lambda_svc._event_invoke_config(function, qualifier or "$LATEST")
        invoke({**called, "event_invoke_config": configured}, event)

    return invoke_as_the_alias_says
