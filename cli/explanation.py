"""`explain`: why a contract's buttons are as they are: the API's own answer, with the fact behind each rule."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, NamedTuple, assert_never, get_args

import typer

from cli import instants, terminal
from cli import rollout as live_rollout
from cli import tool as tools
from cli.errors import CommandError
from cli.stacks import Stack
from mid_job_feedback import clock, rollout
from mid_job_feedback.domain import views
from mid_job_feedback.domain.addresses import MailStanding
from mid_job_feedback.domain.eligibility import ReasonCode, RequestReasonCode
from mid_job_feedback.domain.models import Contract, Policy, Role, shown
from mid_job_feedback.domain.refusals import ContractNotFound
from mid_job_feedback.domain.views import ActionView, FeedbackTab, RequestView
from mid_job_feedback.rollout import Flag
from mid_job_feedback.storage import items, people, store, torn_reads
from mid_job_feedback.storage.store import ContractRoom

ABOUT_REQUESTS_ONLY: Final = frozenset(get_args(RequestReasonCode.__value__))
RULES_OF_BOTH: Final = tuple(code for code in ReasonCode if code not in ABOUT_REQUESTS_ONLY)


class Facts(NamedTuple):
    """What the service knows. `at`: the instant for which it is asked."""

    room: ContractRoom
    standing: MailStanding
    flag: Flag
    policy: Policy
    at: datetime

    @property
    def contract(self) -> Contract:
        return self.room.seen.contract

    @property
    def enabled(self) -> bool:
        return self.flag.enabled(self.contract.freelancer.id)

    def tab(self, role: Role) -> FeedbackTab:
        """The Feedback tab as the API answers it to this role."""
        room = self.room
        return views.feedback_tab(
            room.seen,
            room.past_requests,
            room.feedback,
            room.deliveries,
            room.earlier,
            viewer=role,
            enabled=self.enabled,
            policy=self.policy,
            now=self.at,
        )


def explain(
    context: typer.Context,
    contract_id: Annotated[str, typer.Argument(metavar="CONTRACT", help="Id of the contract.")],
    *,
    person_id: Annotated[
        str | None, typer.Option("--as", metavar="PERSON", help="For this person only. Default: both.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            parser=instants.parse, metavar="INSTANT", help="At this instant, such as 2026-12-24T12:00:00Z."
        ),
    ] = None,
) -> None:
    """Say which rules hold for a contract, which do not, and when they will; and how its e-mails fared.

    With --at, the rules are asked for that instant, with the contract as it is stored now.
    """
    tool = tools.of(context)
    facts = read(tool.stack, contract_id, at or clock.now())
    roles = _roles(facts.contract, person_id)
    tool.answer(document(facts, roles), lambda: _show(facts, roles))


def read(stack: Stack, contract_id: str, at: datetime) -> Facts:
    """Reads everything that the API's answers depend on.

    Raises:
        CommandError: there is no such contract.
    """
    try:
        room = torn_reads.whole(lambda: store.room_of(list(_partition(stack, contract_id))), store.is_torn)
    except ContractNotFound:
        arrived = sorted({row["SK"]["S"].partition("#")[0] for row in _partition(stack, contract_id)})
        rest = f"; only rows of {', '.join(arrived)} are there" if arrived else ""
        raise CommandError(f"No ContractStarted of {contract_id} has been applied{rest}.") from None
    client = room.seen.contract.client
    keys = {stack.outputs["TableName"]: {"Keys": people.keys(client.id, client.email), "ConsistentRead": True}}
    rows = stack.client("dynamodb").batch_get_item(RequestItems=keys)["Responses"]
    standing = people.standing(rows[stack.outputs["TableName"]])
    return Facts(room, standing, live_rollout.read(stack), policy(stack), at)


def policy(stack: Stack) -> Policy:
    settings = {name.lower(): value for name, value in stack.settings.items()}
    return Policy.model_validate({name: settings[name] for name in Policy.model_fields if name in settings})


def document(facts: Facts, roles: list[Role]) -> dict[str, Any]:
    """What is known, as JSON. `actions` are those of the API's answer, each with its rules."""
    tab = facts.tab(roles[0] if roles else Role.CLIENT).model_dump(mode="json")
    return {
        "contract": tab["contract"],
        "at": shown(facts.at),
        "facts": facts.contract.model_dump(mode="json", exclude={"client", "freelancer"}),
        "policy": facts.policy.model_dump(mode="json"),
        "rollout": _rollout(facts),
        "client_email": {
            "reachable": facts.contract.client.is_reachable,
            "unsubscribed": facts.standing.unsubscribed,
            "undeliverable": facts.standing.undeliverable,
        },
        "viewers": {role.value: _actions(facts, role) for role in roles},
        "open_request": tab["open_request"],
        "past_requests": tab["past_requests"],
    }


def _roles(contract: Contract, person_id: str | None) -> list[Role]:
    """The roles to explain. None of a person who is no party."""
    if person_id is None:
        return list(Role)
    role = contract.role_of(person_id)
    return [role] if role else []


def _partition(stack: Stack, contract_id: str) -> Iterator[items.Item]:
    pages = (
        stack.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=stack.outputs["TableName"],
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": items.key(contract_id, "")["PK"]},
            ConsistentRead=True,
        )
    )
    return (row for page in pages for row in page["Items"])


def _rollout(facts: Facts) -> dict[str, Any]:
    freelancer_id = facts.contract.freelancer.id
    rules = [
        {"rule": name, "matches": all(condition.holds(freelancer_id) for condition in rule.conditions)}
        for name, rule in facts.flag.rules.items()
    ]
    return {"includes": facts.enabled, "bucket": rollout.bucket(freelancer_id), "rules": rules}


def _actions(facts: Facts, role: Role) -> dict[str, Any]:
    """The actions as the API answers them, and with that of the role, its rules."""
    tab = facts.tab(role)
    actions = tab.actions.model_dump(mode="json")
    name, action = _own_action(tab)
    rules = [
        {"code": code.value, "holds": holds, "clears_at": shown(clears_at) if clears_at else None}
        for code, holds, clears_at in _rules(tab, action)
    ]
    return {"actions": actions, "rules": {name: rules}}


def _own_action(tab: FeedbackTab) -> tuple[str, ActionView]:
    match tab.viewer:
        case Role.CLIENT:
            return "give_feedback", tab.actions.give_feedback
        case Role.FREELANCER:
            return "request_feedback", tab.actions.request_feedback
        case unexpected:
            assert_never(unexpected)


def _rules(tab: FeedbackTab, action: ActionView) -> Iterator[tuple[ReasonCode, bool | None, datetime | None]]:
    """Each rule of the role's action, whether it holds, and when it will. None: it is not asked."""
    failing = {reason.code: reason.clears_at for reason in action.reasons}
    for code in RULES_OF_BOTH if tab.viewer is Role.CLIENT else ReasonCode:
        holds = code not in failing
        yield code, None if _is_answer(tab) else holds, failing.get(code)


def _is_answer(tab: FeedbackTab) -> bool:
    """Whether the client can answer an open request, for which the rules are not asked again."""
    return tab.viewer is Role.CLIENT and tab.open_request is not None and tab.actions.give_feedback.eligible


# What people read


def _show(facts: Facts, roles: list[Role]) -> None:
    contract = facts.contract
    terminal.say(f"Contract {contract.contract_id}: {contract.title}", style="bold")
    terminal.show(
        terminal.facts(
            [
                ("At", _utc(facts.at)),
                ("Client", f"{contract.client.id} ({contract.client.name})"),
                ("Freelancer", f"{contract.freelancer.id} ({contract.freelancer.name})"),
                ("E-mails", _email_standing(facts)),
            ]
        )
    )
    if not roles:
        terminal.say("", "The person is neither its client nor its freelancer: the API answers")
        terminal.say("404 contract_not_found.")
    for role in roles:
        _show_action(facts, facts.tab(role))
    tab = facts.tab(Role.CLIENT)
    requests = [*([tab.open_request] if tab.open_request else []), *tab.past_requests]
    if requests:
        terminal.say("", "Requests and their e-mails, newest first", style="bold")
        terminal.show(terminal.rows(map(_delivery, requests)))


def _show_action(facts: Facts, tab: FeedbackTab) -> None:
    name, action = _own_action(tab)
    terminal.say("", f"{name.replace('_', ' ').capitalize()}: {_verdict(action)}", style="bold")
    if _is_answer(tab):
        terminal.say("An open request is enough: the other rules held when it was made.")
        return
    rows = []
    for code, holds, clears_at in _rules(tab, action):
        rule, fact = _explained(code, facts, tab.open_request)
        later = f"will hold from {_utc(clears_at)} on" if clears_at else "will hold after an event only"
        rows.append(("yes" if holds else "NO", rule, fact if holds else f"{fact}\n{later}"))
    terminal.show(terminal.rows(rows))


def _verdict(action: ActionView) -> str:
    if not action.visible:
        return "hidden, since the rollout does not include the freelancer"
    if action.eligible:
        return "possible"
    if action.eligible_at:
        return f"not possible before {_utc(action.eligible_at)}"
    return "not possible until something changes"


def _explained(code: ReasonCode, facts: Facts, pending: RequestView | None) -> tuple[str, str]:
    """A rule in words, and what it is about in this contract."""
    contract, given = facts.contract, facts.policy
    match code:
        case ReasonCode.CONTRACT_NOT_ACTIVE:
            ended = f"ended {_utc(contract.ended_at)}" if contract.ended_at else "not ended"
            return "it runs", f"started {_utc(contract.started_at)}, {ended}"
        case ReasonCode.CONTRACT_TOO_NEW:
            return f"it is {_duration(given.minimum_contract_age)} old", f"started {_utc(contract.started_at)}"
        case ReasonCode.NO_RECENT_PAYMENT:
            paid = _when("last payment", contract.last_payment_at)
            return f"a payment within {_duration(given.payment_window)}", paid
        case ReasonCode.FEEDBACK_TOO_RECENT:
            provided = _when("last feedback", contract.last_feedback_at)
            return f"no feedback within {_duration(given.feedback_interval)}", provided
        case (
            ReasonCode.REQUEST_PENDING
            | ReasonCode.REQUESTS_NOT_ENABLED
            | ReasonCode.REQUEST_DECLINED
            | ReasonCode.REQUESTS_MUTED
            | ReasonCode.REQUEST_WITHDRAWN_RECENTLY
            | ReasonCode.CLIENT_NOT_REACHABLE
        ):
            return _explained_about_requests(code, facts, pending)
        case unexpected:
            assert_never(unexpected)


def _explained_about_requests(
    code: RequestReasonCode, facts: Facts, pending: RequestView | None
) -> tuple[str, str]:
    contract, given = facts.contract, facts.policy
    match code:
        case ReasonCode.REQUEST_PENDING:
            return "no request is open", f"open until {_utc(pending.expires_at)}" if pending else "none is open"
        case ReasonCode.REQUESTS_NOT_ENABLED:
            return "the rollout includes them", _bucket(facts)
        case ReasonCode.REQUEST_DECLINED:
            declined = _when("last decline", contract.last_declined_at)
            return f"no decline within {_duration(given.decline_interval)}", declined
        case ReasonCode.REQUESTS_MUTED:
            return "the client takes requests", "turned off" if contract.requests_muted else "turned on"
        case ReasonCode.REQUEST_WITHDRAWN_RECENTLY:
            made = _when("last withdrawn one made", contract.last_withdrawn_request_at)
            return f"none withdrawn within {_duration(given.request_cooldown)}", made
        case ReasonCode.CLIENT_NOT_REACHABLE:
            return "the client has an address", "yes" if contract.client.is_reachable else "none: erased"
        case unexpected:
            assert_never(unexpected)


def _bucket(facts: Facts) -> str:
    found = _rollout(facts)
    matching = [rule["rule"] for rule in found["rules"] if rule["matches"]]
    return f"bucket {found['bucket']} of 100; matches {', '.join(matching) or 'no rule'}"


def _when(what: str, instant: datetime | None) -> str:
    return f"{what} {_utc(instant)}" if instant else "never"


def _utc(instant: datetime) -> str:
    """To the second. JSON has the milliseconds."""
    return f"{instant.astimezone(UTC):%F %T}Z"


def _duration(duration: timedelta) -> str:
    """`30 days`, or `1 day, 2:00:00`."""
    return str(duration).removesuffix(", 0:00:00")


def _email_standing(facts: Facts) -> str:
    if not facts.contract.client.is_reachable:
        return "none: the client's data was erased"
    if facts.standing.undeliverable:
        return f"none: the client's address {facts.standing.undeliverable.value}"
    return (
        "none about requests: the client unsubscribed" if facts.standing.unsubscribed else "the client gets them"
    )


def _delivery(request: RequestView) -> tuple[str, str]:
    email = request.delivery.email
    status = f"{email.status.value}{f' ({email.reason.value})' if email.reason else ''}".replace("_", " ")
    made = f"{request.status.value}, made {_utc(request.requested_at)}"
    return request.request_id, f"{made}\ne-mail {status} {_utc(email.at)}"
