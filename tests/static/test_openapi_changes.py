"""The API has no change that would break a client of the released one, unless it has a new version."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.openapi_document import document
from tests.static.openapi_changes import breaking, is_new_version
from tests.template import ROOT

type Json = dict[str, Any]
type Change = Callable[[Json], object]

TAB = "/contracts/{contract_id}/feedback"
HISTORY = "/freelancers/{freelancer_id}/work-history"


def released() -> Json:
    found: Json = json.loads((ROOT / "docs/openapi-released.json").read_text())
    return found


def schema(name: str) -> Callable[[Json], Json]:
    def find(changed: Json) -> Json:
        found: Json = changed["components"]["schemas"][name]
        return found

    return find


def responses(changed: Json, path: str, method: str) -> Json:
    found: Json = changed["paths"][path][method]["responses"]
    return found


def limit(changed: Json) -> Json:
    [found] = (one for one in changed["paths"][HISTORY]["get"]["parameters"] if one["name"] == "limit")
    parameter: Json = found
    return parameter


ratings, given, message, request = map(schema, ("Ratings", "FeedbackInput", "RequestInput", "RequestView"))
REQUIRED_HEADER = {"in": "header", "name": "X-Market", "required": True, "schema": {"type": "string"}}

BREAKING: dict[str, Change] = {
    f"POST {TAB}: is gone": lambda d: d["paths"][TAB].pop("post"),
    f"GET {HISTORY}: is gone": lambda d: d["paths"].pop(HISTORY),
    f"GET {HISTORY}: other credentials are needed": lambda d: d["paths"][HISTORY]["get"].update(
        security=[{"jwt": []}]
    ),
    f"GET {HISTORY}: parameter limit is gone": lambda d: d["paths"][HISTORY]["get"]["parameters"].remove(limit(d)),
    f"GET {HISTORY}: parameter limit has a lower maximum": lambda d: limit(d)["schema"].update(maximum=50),
    f"GET {HISTORY}: parameter limit is required now": lambda d: limit(d).update(required=True),
    f"GET {TAB}: parameter X-Market is required now": lambda d: d["paths"][TAB]["get"]["parameters"].append(
        REQUIRED_HEADER
    ),
    f"POST {TAB}: status 201 is gone": lambda d: responses(d, TAB, "post").pop("201"),
    f"POST {TAB}: application/problem+json of 403 is gone": lambda d: responses(d, TAB, "post")["403"].pop(
        "content"
    ),
    f"GET {HISTORY}: header Cache-Control of 200 is gone": lambda d: responses(d, HISTORY, "get")["200"].pop(
        "headers"
    ),
    f"POST {TAB}: 409 can no longer be code not_eligible": lambda d: responses(d, TAB, "post")["409"]["content"][
        "application/problem+json"
    ]["schema"]["oneOf"].pop(0),
    f"POST {TAB}: body.comment is gone": lambda d: given(d)["properties"].pop("comment"),
    f"POST {TAB}: body.comment is required now": lambda d: given(d)["required"].append("comment"),
    f"POST {TAB}: body.comment can no longer be null": lambda d: given(d)["properties"]["comment"]["anyOf"].pop(),
    f"POST {TAB}: body.ratings.skills has a higher minimum": lambda d: ratings(d)["properties"]["skills"].update(
        minimum=2
    ),
    f"POST {TAB}: body.ratings.skills accepts fewer values": lambda d: ratings(d)["properties"]["skills"].update(
        enum=[1, 5]
    ),
    f"POST {TAB}-requests: body.message can no longer be string": lambda d: message(d)["properties"].update(
        message={"type": "null"}
    ),
    f"GET {TAB}: 200.open_request.message is gone": lambda d: request(d)["properties"].pop("message"),
    f"GET {TAB}: 200.past_requests[].message may be missing now": lambda d: request(d)["required"].remove(
        "message"
    ),
    f"GET {TAB}: 200.past_requests[].status can now be null": lambda d: request(d)["properties"].update(
        status={"anyOf": [request(d)["properties"]["status"], {"type": "null"}]}
    ),
    f"GET {TAB}: 200.past_requests[].expires_at has another format": lambda d: request(d)["properties"][
        "expires_at"
    ].update(format="date"),
    f"GET {TAB}: 404.status is no longer always 404": lambda d: schema("ContractNotFound")(d)["properties"][
        "status"
    ].update(const=410),
}
TOLERATED: dict[str, Change] = {
    "a new path": lambda d: d["paths"].update({"/new": d["paths"][TAB]}),
    "a new method": lambda d: d["paths"][HISTORY].update(post=d["paths"][TAB]["post"]),
    "a new optional parameter": lambda d: d["paths"][TAB]["get"]["parameters"].append(
        REQUIRED_HEADER | {"required": False}
    ),
    "a new optional field": lambda d: given(d)["properties"].update(title={"type": "string"}),
    "a wider limit": lambda d: limit(d)["schema"].update(maximum=1000),
    "a new property": lambda d: request(d)["properties"].update(seen_at={"type": "string"}),
    "a new value": lambda d: schema("RequestStatus")(d)["enum"].append("declined"),
    "a new status": lambda d: responses(d, TAB, "get").update({"410": {"description": "Gone"}}),
    "a new refusal": lambda d: responses(d, TAB, "get")["404"]["content"]["application/problem+json"].update(
        schema={
            "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("ContractNotFound", "LinkInvalid")]
        }
    ),
    "other words": lambda d: d["info"].update(description="Other words."),
}


def changed(change: Change) -> Json:
    after = deepcopy(document())
    change(after)
    return after


def test_no_client_of_the_released_api_breaks_unless_there_is_a_new_version() -> None:
    """Raise the major version of `info.version` in local/openapi.py, or change it in another way."""
    assert breaking(released(), document()) == [] or is_new_version(released(), document())


@pytest.mark.parametrize("said", BREAKING)
def test_a_change_that_breaks_clients_is_found(said: str) -> None:
    assert said in breaking(document(), changed(BREAKING[said]))


@pytest.mark.parametrize("name", TOLERATED)
def test_a_change_that_clients_have_to_tolerate_is_none_of_them(name: str) -> None:
    after = changed(TOLERATED[name])
    assert after != document()
    assert breaking(document(), after) == []


@pytest.mark.parametrize(("version", "is_new"), [("1.0.0", False), ("1.7.0", False), ("2.0.0", True)])
def test_only_a_higher_major_version_is_a_new_one(version: str, is_new: bool) -> None:  # noqa: FBT001
    assert is_new_version(document(), changed(lambda d: d["info"].update(version=version))) is is_new
