"""Writes the page about the API from the OpenAPI document: `python3.13 render.py DOCUMENT PAGE`.

PAGE is the template, in which comments mark the places, and becomes the page. It needs no script: examples are
`<details>`. What is in the document is escaped. Of Markdown, texts can have code and bold.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

type Json = Mapping[str, Any]

GATEWAY: Final = "GatewayMessage"
SIGN_IN: Final = {
    "jwt": "Sign in with <code>Authorization: Bearer</code> and a token of the marketplace.",
    "iam": "Sign the call with AWS Signature Version 4.",
}
NO_SIGN_IN: Final = "No sign-in."
# OpenAPI names the headers of a status, not of each refusal.
WITH_RETRY_AFTER: Final = ("temporarily_unavailable", "idempotency_key_in_progress")


@dataclass(frozen=True)
class Answer:
    """One of the answers of an operation: a result, a refusal, or what API Gateway says itself."""

    status: str
    code: str
    """The refusal's; empty if it is none."""

    text: str
    shape: str
    headers: str
    examples: tuple[tuple[str, str], ...]

    def html(self) -> str:
        title = f"<b>{self.status}</b> " + (f"<code>{self.code}</code>" if self.code else prose(self.text))
        told = f"<p>{prose(self.text)}</p>" if self.code else ""
        return (
            f"<details><summary>{title}</summary>{told}"
            f'<p class="kind">{self.shape}{self.headers}</p>{shown(self.examples)}</details>'
        )


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    found: Json
    answers: tuple[Answer, ...]
    has_head: bool


def page(document: Json, template: str) -> str:
    operations = tuple(_operations(document))
    places = {
        "title": prose(document["info"]["title"]),
        "version": prose(document["info"]["version"]),
        "contents": "\n".join(_contents(document, operations)),
        "main": "\n".join(_main(document, operations)),
    }
    return re.sub(r"<!-- (\w+) -->", lambda place: places[place[1]], template)


def _contents(document: Json, operations: Iterable[Operation]) -> Iterator[str]:
    for tag in document["tags"]:
        links = [(one.found["operationId"], one.found["summary"]) for one in operations if _is(one, tag)]
        yield _links(tag["name"], links)
    others = [("any", "Answers of any route"), ("sign-in", "Sign-in"), ("objects", "Objects")]
    yield _links("All routes", others)


def _links(title: str, links: Iterable[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="#{name}">{prose(text)}</a></li>' for name, text in links)
    return f"<h2>{prose(title)}</h2><ul>{items}</ul>"


def _main(document: Json, operations: tuple[Operation, ...]) -> Iterator[str]:
    everywhere = _in_all(operations)
    in_posts = _in_all([one for one in operations if one.method == "POST"]) - everywhere
    yield f"<section>{paragraphs(document['info']['description'])}</section>"
    for tag in document["tags"]:
        shown_here = (_operation(one, everywhere | in_posts) for one in operations if _is(one, tag))
        title = f"<h2>{prose(tag['name'])}</h2>{paragraphs(tag['description'])}"
        yield f"<section>{title}{''.join(shown_here)}</section>"
    yield f'<section id="any">{_any_route(operations, everywhere, in_posts)}</section>'
    yield f'<section id="sign-in"><h2>Sign-in</h2>{_schemes(document)}</section>'
    yield f'<section id="objects"><h2>Objects</h2>{"".join(_objects(document))}</section>'


def _is(operation: Operation, tag: Json) -> bool:
    return tag["name"] in operation.found["tags"]


def _in_all(operations: Iterable[Operation]) -> set[Answer]:
    """The answers that all of these operations have."""
    return set.intersection(*(set(one.answers) for one in operations))


# ---- Operations --------------------------------------------------------------------------------------------


def _operations(document: Json) -> Iterator[Operation]:
    """All but HEAD, which answers as GET does."""
    for path, found in document["paths"].items():
        for method, operation in found.items():
            if method != "head":
                answers = tuple(_answers(document, operation))
                yield Operation(method.upper(), path, operation, answers, method == "get" and "head" in found)


def _operation(operation: Operation, elsewhere: set[Answer]) -> str:
    found = operation.found
    own = [answer.html() for answer in operation.answers if answer not in elsewhere]
    schemes = [SIGN_IN[name] for scheme in found["security"] for name in scheme]
    head = ", and <code>HEAD</code> for the same without a body" if operation.has_head else ""
    return (
        f'<article id="{found["operationId"]}"><h3>{prose(found["summary"])}</h3>'
        f'<p class="route"><b>{operation.method}</b> <code>{_breakable(operation.path)}</code></p>'
        f"{paragraphs(found['description'])}<p>{' '.join(schemes) or NO_SIGN_IN}</p>"
        f"{_parameters(found['parameters'])}{_body(found.get('requestBody'))}"
        f'<h4>Answers{head}</h4>{"".join(own)}<p>Also <a href="#any">what any route answers</a>.</p></article>'
    )


def _breakable(path: str) -> str:
    """On narrow screens, a long path breaks after a slash."""
    return escape(path).replace("/", "/<wbr>")


def _parameters(parameters: Iterable[Json]) -> str:
    items = "".join(
        f"<dt><code>{prose(one['name'])}</code> <small>in the {_place(one)}, {kind(one['schema'])}</small></dt>"
        f"<dd>{prose(one['description'])}</dd>"
        for one in parameters
    )
    return f"<h4>Parameters</h4><dl>{items}</dl>" if items else ""


def _place(parameter: Json) -> str:
    return f"{parameter['in']}{'' if parameter.get('required') else ', optional'}"


def _body(body: Json | None) -> str:
    if body is None:
        return ""
    content = body["content"]["application/json"]
    return f'<h4>Body</h4><p class="kind">{kind(content["schema"])}</p>{shown(_examples(content))}'


def _answers(document: Json, operation: Json) -> Iterator[Answer]:
    for status, response in operation["responses"].items():
        headers = "".join(
            f"<br>Header <code>{name}</code>: {prose(header.get('description') or header['schema']['const'])}"
            for name, header in response.get("headers", {}).items()
        )
        for media_type, content in response.get("content", {}).items():
            if media_type == "application/problem+json":
                yield from _refusals(document, status, content, headers)
            else:
                shape, text = kind(content["schema"]), response["description"]
                if shape == _link(GATEWAY):
                    text, headers = text.splitlines()[-1].removeprefix("- "), ""
                yield Answer(status, "", text, shape, headers, _examples(content))


def _refusals(document: Json, status: str, content: Json, headers: str) -> Iterator[Answer]:
    schemas = document["components"]["schemas"]
    for one in content["schema"].get("oneOf", [content["schema"]]):
        schema = schemas[name_of(one["$ref"])]
        code = schema["properties"]["code"]["const"]
        example = content["examples"][code]["value"]
        waits = headers if code in WITH_RETRY_AFTER else ""
        yield Answer(
            status, code, schema["description"], _link(name_of(one["$ref"])), waits, (("", dump(example)),)
        )


def _any_route(operations: Iterable[Operation], everywhere: set[Answer], in_posts: set[Answer]) -> str:
    [*known] = dict.fromkeys(answer for one in operations for answer in one.answers)
    any_route, any_post = (
        "".join(answer.html() for answer in known if answer in wanted) for wanted in (everywhere, in_posts)
    )
    return (
        "<h2>Answers of any route</h2><p>They are not repeated for each route above.</p>"
        f"<article><h3>Any route</h3>{any_route}</article><article><h3>Any POST</h3>{any_post}</article>"
    )


def _schemes(document: Json) -> str:
    schemes = document["components"]["securitySchemes"].values()
    return "".join(paragraphs(one["description"]) for one in schemes)


def _examples(content: Json) -> tuple[tuple[str, str], ...]:
    """Summary and text of each example."""
    if "example" in content:
        return (("", dump(content["example"])),)
    return tuple((one["summary"], dump(one["value"])) for one in content.get("examples", {}).values())


def shown(examples: Iterable[tuple[str, str]]) -> str:
    return "".join(
        (f"<p>{prose(summary)}</p>" if summary else "") + f"<pre>{escape(text)}</pre>"
        for summary, text in examples
    )


# ---- Objects -----------------------------------------------------------------------------------------------


def _objects(document: Json) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        members = "".join(
            f"<dt><code>{prose(member)}</code> <small>{kind(described)}</small></dt>"
            f"<dd>{prose(described.get('description', ''))}</dd>"
            for member, described in schema.get("properties", {}).items()
        )
        values = f'<p class="kind">{kind(schema)}</p>' if "enum" in schema else ""
        yield (
            f'<article id="{name}"><h3>{name}</h3>{paragraphs(schema.get("description", ""))}{values}'
            + (f"<dl>{members}</dl></article>" if members else "</article>")
        )


def kind(schema: Json) -> str:
    """What a schema allows, in words."""
    match schema:
        case {"$ref": reference}:
            return _link(name_of(reference))
        case {"anyOf": choices} | {"oneOf": choices}:
            return " or ".join(map(kind, choices))
        case {"const": value}:
            return f"always <code>{prose(str(value))}</code>"
        case {"enum": values}:
            return ", ".join(f"<code>{prose(str(value))}</code>" for value in values)
        case {"type": "array", "items": item}:
            return f"list of {kind(item)}"
        case _:
            return _plain(schema)


def _plain(schema: Json) -> str:
    match schema:
        case {"type": "string", "format": "date-time"}:
            return "instant"
        case {"type": name}:
            return f"{name}{_limits(schema)}"
        case _:
            raise ValueError(f"There are no words for {schema}")


def _limits(schema: Json) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    unit = " characters" if schema["type"] == "string" else ""
    if high is None:
        return "" if low is None else f", at least {low}{unit}"
    return f", at most {high}{unit}" if low is None else f", {low} to {high}{unit}"


def _link(name: str) -> str:
    return f'<a href="#{name}">{name}</a>'


def name_of(reference: str) -> str:
    return reference.rpartition("/")[2]


# ---- Texts -------------------------------------------------------------------------------------------------


def paragraphs(text: str) -> str:
    return "".join(f"<p>{prose(part)}</p>" for part in text.split("\n\n") if part)


def prose(text: str) -> str:
    """One paragraph: escaped, with code and bold."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", marked)


def dump(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def main(document: str, place: str) -> None:
    template = Path(place)
    text = page(json.loads(Path(document).read_text(encoding="utf-8")), template.read_text(encoding="utf-8"))
    template.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
