"""Parameters of a path reach the handler as API Gateway decoded them, and lead to no other route."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel

from mid_job_feedback.domain.models import ID_LENGTH, NOT_IN_IDS, is_id
from mid_job_feedback.http import api
from mid_job_feedback.http.api import PathParameter, Response
from tests import lambda_runtime
from tests.builders import IDS

app = api.resolver("test")
ids = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=NOT_IN_IDS), min_size=1
).filter(is_id)


class Seen(BaseModel):
    first: str
    second: str


@app.get("/a/<first>/b/<second>")
def show(first: PathParameter, second: PathParameter) -> Response[Any]:
    return api.ok(Seen(first=first, second=second))


def seen(first: str, second: str) -> Any:
    event = lambda_runtime.event("list-feedback-tab") | {
        "routeKey": "GET /a/{first}/b/{second}",
        "rawPath": f"/base/a/{first}/b/{second}",
        "pathParameters": {"first": first, "second": second},
    }
    context: Any = lambda_runtime.Context(lambda_runtime.TIME_LEFT)
    response = api.respond(app, event, context)
    assert response["statusCode"] == 200
    return json.loads(response["body"])


@given(ids, ids)
def test_an_id_arrives_as_it_was_sent(first: str, second: str) -> None:
    assert seen(first, second) == {"first": first, "second": second}


@given(st.text(min_size=1))
@example("a/b/c")
@example("%2F")
@example("%252F")
@example("+")
@example("x" * (ID_LENGTH + 1))
def test_so_does_any_other_text(text: str) -> None:
    for id_ in IDS:
        assert seen(text, id_) == {"first": text, "second": id_}
