"""Outcomes of commands, which are results, rows and messages, and whether two outcomes agree."""

import json
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

from mid_job_feedback.storage import items
from tests.store.stepping import Result

# Facts of a view.
_STATE: Final = "state"
_NAMES: Final = "names of "


class Outcome(NamedTuple):
    """The results of the commands, the rows that they left, and the messages that they sent."""

    results: frozenset[tuple[int, str]]
    rows: frozenset[Any]
    sent: tuple[str, ...]


@cache
def shown_row(text: str) -> str:
    """The row as far as it is shown: a summary without its `version`; "" for a summary of zeros only."""
    row = json.loads(text)
    if not row["SK"]["S"].startswith(items.SUMMARY):
        return text
    numbers = {name: value for name, value in row.items() if value.keys() == {"N"} and value != {"N": "0"}}
    numbers.pop("version")
    return json.dumps({**row["PK"], **numbers}, sort_keys=True) if numbers else ""


@cache
def comparable(result: Result) -> str:
    """The result without what may be stale: expired requests in a tab's list of past ones, and e-mail status.

    An expired request is missing from the list after its open row is deleted, until its closed row is read. The
    numbers of a recount are not compared: it may count while feedback moves to another freelancer, and of two,
    each reports only its own corrections.
    """
    match json.loads(result.text):
        case [status, dict() as body]:
            body.pop("delivery", None)
            past = [request for request in body.get("past_requests", ()) if request["status"] != "expired"]
            return json.dumps([status, {**body, "past_requests": past}])
        case {"mid_contract": {"corrected": _}}:
            return "recounted"
        case _:
            return result.text


def is_each_fact_possible(found: Outcome, possible: set[Outcome], views: frozenset[int]) -> bool:
    """Whether each shown fact, together with each message, is as in some serial order with the same other rows.

    A view is one read, which may return each row as it was at a different time. If two rows do not depend on each
    other, the reader cannot tell which is older. Each was true during the read. Likewise, of two deliveries of a
    stream record, one may send the e-mail and the other the Dash message.
    """
    outcomes = [found, *possible]
    results = (text for outcome in outcomes for number, text in outcome.results if number in views)
    shown = {name for text in results for name in _facts(text)} or {_STATE}
    told = {name for outcome in outcomes for name in _told(outcome)} or {""}
    return all(
        any(
            _other_rows(found) == _other_rows(other)
            and _told(found).get(message) == _told(other).get(message)
            and _shows_alike(found, other, name, views)
            for other in possible
        )
        for name, message in product(shown, told)
    )


@cache
def _other_rows(outcome: Outcome) -> frozenset[Any]:
    """The rows, except those with the status of e-mails."""
    return frozenset((key, text) for key, text in outcome.rows if items.DELIVERY not in key.attributes)


@cache
def _told(outcome: Outcome) -> dict[Any, list[str]]:
    """Each message by its id, and the status of the newest e-mail by its row's key.

    Which e-mail is the newest depends on the clock. It is fixed in these tests, so that is not compared.
    """
    told: dict[Any, list[str]] = {}
    for message in outcome.sent:
        told.setdefault(message_id(message), []).append(message)
    for key, text in outcome.rows:
        if items.DELIVERY in key.attributes:
            row = json.loads(text)
            told[key] = sorted(f"{name} {row[name]}" for name in row.keys() - {"email_number", "version"})
    return told


def _shows_alike(found: Outcome, other: Outcome, name: str, views: frozenset[int]) -> bool:
    """Whether both have the same results; of the `views`, only the fact `name` is compared.

    The names and title of a contract are not compared with a view that does not show the contract. The reasons of
    refusals are not compared: a refused command changes nothing, and its read is no more of one moment than a
    view.
    """
    here, there = dict(found.results), dict(other.results)
    return here.keys() == there.keys() and all(
        _are_alike(_facts(here[number]), _facts(there[number]), name)
        if number in views
        else here[number] == there[number] or (_is_refusal(here[number]) and _is_refusal(there[number]))
        for number in here
    )


def _are_alike(here: dict[str, str], there: dict[str, str], name: str) -> bool:
    is_not_shown = name.startswith(_NAMES) and name not in there
    return is_not_shown or here.get(name) == there.get(name)


@cache
def _is_refusal(text: str) -> bool:
    match json.loads(text):
        case [int() as status, {"code": _}]:
            return 400 <= status < 500
        case _:
            return False


@cache
def _facts(text: str) -> dict[str, str]:
    """The facts that a view shows, by name. What comes of rows that depend on each other is one fact.

    `state`: the contract, its requests, the ids of mid-contract feedback, and what each party may do. The text of
    a piece of feedback is a fact of its own, and so are end-of-contract feedback, the status of an e-mail, and in
    the inbox the names and the title of a contract.
    """
    facts: dict[str, Any]
    match json.loads(text):
        case [200, {"feedback": list(feedback), "open_request": opened, "past_requests": list(past)} as tab]:
            facts = {f"feedback {entry['feedback_id']}": entry for entry in feedback}
            for request in (opened, *past) if opened else past:
                facts[f"e-mail of {request['request_id']}"] = request.pop("delivery")
            given = [entry["feedback_id"] for entry in feedback if entry["kind"] == "mid_contract"]
            facts[_STATE] = {**tab, "feedback": given}
        case [200, {"requests": list(requests)} as inbox]:
            facts = {f"{_NAMES}{request['request_id']}": request.pop("contract") for request in requests}
            facts[_STATE] = inbox
        case result:
            facts = {_STATE: result}
    return {name: json.dumps(fact) for name, fact in facts.items()}


def difference(found: Outcome, possible: set[Outcome]) -> str:
    lines = [f"results: {found.results}"]
    for other in possible:
        lines.append(f"  or in order: {other.results if other.results != found.results else 'the same'}")
        lines += [f"    row only here: {key} {text}" for key, text in found.rows - other.rows]
        lines += [f"    row only there: {key} {text}" for key, text in other.rows - found.rows]
        lines += [f"    sent only here: {message}" for message in {*found.sent} - {*other.sent}]
        lines += [f"    sent only there: {message}" for message in {*other.sent} - {*found.sent}]
    return "\n".join(lines)


def message_id(message: str) -> str:
    return message.rpartition(" ")[0]
