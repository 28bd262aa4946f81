"""What a PartiQL statement deletes is in the table's stream, as is what any other call deletes.

ministack writes no record of it.
"""

import copy
import functools
from collections.abc import Callable
from typing import Any

from ministack.services import dynamodb

type Json = dict[str, Any]
type Delete = Callable[..., tuple[int, Json, bytes]]


def apply() -> None:
    dynamodb._partiql_delete = _recorded(dynamodb._partiql_delete)


def _recorded(delete: Delete) -> Delete:
    @functools.wraps(delete)
    def delete_and_record(table: Json, parsed: Json, *rest: Any) -> tuple[int, Json, bytes]:
        partition, sort, _condition, _error = dynamodb._partiql_key_target(table, parsed)
        old = copy.deepcopy(table["items"].get(partition, {}).get(sort))
        answer = delete(table, parsed, *rest)
        if old is not None and sort not in table["items"].get(partition, {}):
            dynamodb._emit_stream_event(dynamodb._normalize_table_name(parsed["table"]), "REMOVE", old, None)
        return answer

    return delete_and_record
