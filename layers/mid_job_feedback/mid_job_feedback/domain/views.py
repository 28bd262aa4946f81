"""The JSON that the read routes return, mapped from domain values in this one place."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field, WithJsonSchema

from mid_job_feedback.domain import change_windows, eligibility, totals
from mid_job_feedback.domain.email_delivery import EmailReport, EmailStatus, NotSentReason, shown_status
from mid_job_feedback.domain.lifecycle import Snapshot, close
from mid_job_feedback.domain.models import (
    Contract,
    ContractStatus,
    Decision,
    EarlierVersion,
    Feedback,
    FeedbackKind,
    FeedbackRequest,
    Ground,
    Instant,
    Party,
    Policy,
    RecordedRatings,
    Removal,
    Reply,
    Report,
    ReportTarget,
    Role,
    Score,
    Value,
)
from mid_job_feedback.domain.totals import Totals


class PersonView(Value):
    id: str
    name: str


class ContractView(Value):
    contract_id: str
    title: str
    status: ContractStatus
    started_at: Instant
    ended_at: Instant | None
    client: PersonView
    freelancer: PersonView


class ActionView(Value):
    visible: bool
    eligible: bool
    eligible_at: Instant | None
    reasons: tuple[eligibility.Reason, ...]


class ActionsView(Value):
    request_feedback: ActionView
    give_feedback: ActionView


class ReplyView(Value):
    """The freelancer's reply, as everybody sees it."""

    text: str
    replied_at: Instant
    edited_at: Instant | None


class RemovedReplyView(Value):
    """What is left of a reply that the marketplace has removed."""

    # As the text of other replies in the schema: generated clients leave out a property that can only be null.
    text: Annotated[None, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]})]
    replied_at: Instant
    edited_at: Instant | None
    removed: Removal


class PublicFeedbackView(Value):
    """Feedback in the public work history. It carries nothing of the client.

    While it is removed, `ratings`, `score` and `comment` are null.
    """

    feedback_id: str
    contract_id: str
    kind: FeedbackKind
    ratings: RecordedRatings | None
    score: Score | None
    comment: str | None
    provided_at: Instant
    counts_towards_job_success_score: bool
    revision: int
    edited_at: Instant | None
    reply: ReplyView | RemovedReplyView | None
    removed: Removal | None


class FeedbackView(PublicFeedbackView):
    """Feedback as the two parties see it. `earlier_versions` are newest first, and empty while it is removed."""

    request_id: str | None
    correctable_until: Instant | None
    replyable_until: Instant | None
    earlier_versions: tuple[EarlierVersion, ...]


class ReportView(Value):
    """A report, as who made it sees it."""

    report_id: str
    contract_id: str
    feedback_id: str
    target: ReportTarget
    ground: Ground
    status: Literal["open", "settled"]
    reported_at: Instant


class OpenReport(ReportView):
    """A report that waits for a decision. `text` is what it is about, as it reads now; null if it is gone."""

    details: str | None
    text: PublicFeedbackView | ReplyView | RemovedReplyView | None


class OpenReports(Value):
    """One page, oldest first."""

    reports: tuple[OpenReport, ...]
    next_cursor: str | None


class DecisionView(Value):
    """What the marketplace's staff have decided about a text."""

    contract_id: str
    feedback_id: str
    target: ReportTarget
    state: Literal["removed", "visible"]
    ground: Ground
    decided_at: Instant


class Decisions(Value):
    """The audit trail of a piece of feedback and the reply to it, oldest first: for operators only."""

    decisions: tuple[Decision, ...]


class EmailDeliveryView(Value):
    """`at`: when `status` was reached. `reason` says why nothing was sent, where we decided so."""

    status: EmailStatus
    reason: NotSentReason | None
    at: Instant


class DeliveryView(Value):
    """How the client was told of a request. It names no address."""

    email: EmailDeliveryView


class RequestView(FeedbackRequest):
    """A request as both parties see it."""

    delivery: DeliveryView


class FeedbackTab(Value):
    contract: ContractView
    viewer: Role
    actions: ActionsView
    correctable_until_if_given_now: Instant | None
    requests_muted: bool
    open_request: RequestView | None
    requestable_at_if_withdrawn: Instant | None
    past_requests: tuple[RequestView, ...]
    feedback: tuple[FeedbackView, ...]


class HistoryContract(Value):
    contract_id: str
    title: str
    status: ContractStatus
    started_at: Instant
    ended_at: Instant | None
    feedback: tuple[PublicFeedbackView, ...]


class WorkHistory(Value):
    """One page. `name` is the freelancer's name in the newest contract on it, or None if there is none."""

    freelancer_id: str
    name: str | None
    contracts: tuple[HistoryContract, ...]
    next_cursor: str | None


def _by_category(schema: dict[str, Any]) -> None:
    """Names the keys in the OpenAPI document, which would otherwise show a map of any keys."""
    _with_keys(schema, totals.CATEGORIES)


def _by_score(schema: dict[str, Any]) -> None:
    _with_keys(schema, map(str, totals.SCORES))


def _with_keys(schema: dict[str, Any], keys: Iterable[str]) -> None:
    value = schema.pop("additionalProperties")
    properties = dict.fromkeys(keys, value)
    schema |= {"properties": properties, "required": [*properties], "additionalProperties": False}


class KindSummary(Value):
    """The feedback of one kind that is visible. Averages are null if there is none.

    `average`: of all ratings. `distribution`: how many have each score, rounded half up to a whole number.
    """

    count: int
    average: Score | None
    categories: Annotated[dict[str, Score | None], Field(json_schema_extra=_by_category)]
    distribution: Annotated[dict[str, int], Field(json_schema_extra=_by_score)]


class FeedbackSummary(Value):
    """`name` is the freelancer's name in the newest contract, or None if there is none.

    Only end-of-contract feedback counts towards the Job Success Score.
    """

    freelancer_id: str
    name: str | None
    mid_contract: KindSummary
    end_of_contract: KindSummary


class Difference(Value):
    """One number of a summary, as it was stored and as the feedback adds up."""

    stored: int
    counted: int


class KindRecount(Value):
    """`count`: pieces of visible feedback. `corrected`: by name, the numbers of the summary that were wrong.

    A dry run has only found them.
    """

    count: int
    corrected: dict[str, Difference]


class Recount(Value):
    """What a recount of a freelancer's feedback found, in so many contracts."""

    freelancer_id: str
    contracts: int
    mid_contract: KindRecount
    end_of_contract: KindRecount


class LinkFreelancer(Value):
    name: str


class LinkContract(Value):
    contract_id: str
    title: str
    freelancer: LinkFreelancer


class LinkView(Value):
    contract: LinkContract
    request: FeedbackRequest
    correctable_until_if_given_now: Instant | None


class RequestingContract(Value):
    contract_id: str
    title: str
    freelancer: PersonView


class OpenRequest(RequestView):
    """A request that the client can answer now, and the contract it is about."""

    contract: RequestingContract
    correctable_until_if_given_now: Instant | None


class OpenRequests(Value):
    """One page, soonest deadline first."""

    requests: tuple[OpenRequest, ...]
    next_cursor: str | None


_HIDDEN = ActionView(visible=False, eligible=False, eligible_at=None, reasons=())


def feedback_tab(
    seen: Snapshot,
    past_requests: Iterable[FeedbackRequest],
    feedback: Iterable[Feedback],
    deliveries: Mapping[str, EmailReport],
    earlier: Mapping[str, Sequence[EarlierVersion]],
    *,
    viewer: Role,
    enabled: bool,
    policy: Policy,
    now: datetime,
) -> FeedbackTab:
    """The Feedback tab as `viewer` sees it. A request past its deadline reads as expired, also while it is stored.

    `enabled`: whether the rollout includes this contract's freelancer. If not, the action is hidden.
    `deliveries`: the reports on the requests' e-mails, by request id. `earlier`: versions by feedback id.
    """
    past = {request.request_id: request for request in past_requests}
    open_request = None
    if seen.pending and seen.pending.is_open(now):
        open_request = seen.pending
    elif seen.pending:
        past.setdefault(seen.pending.request_id, close(seen.pending, "deadline_passed", now))
    actions = _actions(seen, viewer, policy, now, enabled=enabled)
    can_give = actions.give_feedback.eligible
    can_withdraw = viewer is Role.FREELANCER
    return FeedbackTab(
        contract=_contract(seen.contract),
        viewer=viewer,
        actions=actions,
        correctable_until_if_given_now=change_windows.correctable_until_if_given(now, policy)
        if can_give
        else None,
        requests_muted=seen.contract.requests_muted,
        open_request=request_view(open_request, deliveries.get(open_request.request_id)) if open_request else None,
        requestable_at_if_withdrawn=eligibility.requestable_at_if_withdrawn(
            seen.contract, open_request, policy, now, enabled=enabled
        )
        if open_request and can_withdraw
        else None,
        past_requests=tuple(
            request_view(request, deliveries.get(request.request_id))
            for request in sorted(past.values(), key=lambda r: r.requested_at, reverse=True)
        ),
        feedback=tuple(
            party_feedback(entry, earlier.get(entry.feedback_id, ()), policy)
            for entry in sorted(feedback, key=lambda f: f.provided_at, reverse=True)
        ),
    )


def request_view(request: FeedbackRequest, report: EmailReport | None) -> RequestView:
    """A request as both parties see it. Without a report, its e-mail is queued since the request was made."""
    if report is None:
        email = EmailDeliveryView(status=EmailStatus.QUEUED, reason=None, at=request.requested_at)
    else:
        email = EmailDeliveryView(status=shown_status(report.state), reason=report.reason, at=report.at)
    return RequestView(**dict(request), delivery=DeliveryView(email=email))


def party_feedback(feedback: Feedback, earlier: Sequence[EarlierVersion], policy: Policy) -> FeedbackView:
    """Feedback as the two parties see it, with its earlier versions."""
    newest_first = sorted(earlier, key=lambda version: version.revision, reverse=True)
    return FeedbackView(
        **_public(feedback),
        request_id=feedback.request_id,
        correctable_until=change_windows.correctable_until(feedback, policy),
        replyable_until=change_windows.replyable_until(feedback, policy),
        earlier_versions=() if feedback.removed else tuple(newest_first),
    )


def report_view(report: Report) -> ReportView:
    return ReportView(**_report(report))


def open_report(report: Report, feedback: Feedback | None) -> OpenReport:
    """A report with the text that it is about. `feedback` is None if it is gone."""
    return OpenReport(**_report(report), details=report.details, text=_reported(report.target, feedback))


def decision_view(decision: Decision) -> DecisionView:
    return DecisionView(
        contract_id=decision.contract_id,
        feedback_id=decision.feedback_id,
        target=decision.target,
        state=decision.state,
        ground=decision.ground,
        decided_at=decision.decided_at,
    )


def public_feedback(feedback: Feedback) -> PublicFeedbackView:
    """Feedback as the public sees it."""
    return PublicFeedbackView(**_public(feedback))


def _public(feedback: Feedback) -> dict[str, Any]:
    """The shared fields, listed by hand: `model_dump` takes four times as long for a page of 100 entries."""
    return {
        "feedback_id": feedback.feedback_id,
        "contract_id": feedback.contract_id,
        "kind": feedback.kind,
        "ratings": feedback.ratings,
        "score": feedback.score,
        "comment": feedback.comment,
        "provided_at": feedback.provided_at,
        "counts_towards_job_success_score": feedback.counts_towards_job_success_score,
        "revision": feedback.revision,
        "edited_at": feedback.edited_at,
        "reply": _reply(feedback.reply) if feedback.reply else None,
        "removed": feedback.removed,
    }


def _report(report: Report) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "contract_id": report.contract_id,
        "feedback_id": report.feedback_id,
        "target": report.target,
        "ground": report.ground,
        "status": report.status,
        "reported_at": report.reported_at,
    }


def _reported(
    target: ReportTarget, feedback: Feedback | None
) -> PublicFeedbackView | ReplyView | RemovedReplyView | None:
    if feedback is None:
        return None
    match target:
        case ReportTarget.FEEDBACK:
            return public_feedback(feedback)
        case ReportTarget.REPLY:
            return _reply(feedback.reply) if feedback.reply else None
        case unexpected:
            assert_never(unexpected)


def _reply(reply: Reply) -> ReplyView | RemovedReplyView:
    if reply.removed:
        return RemovedReplyView(
            text=None, replied_at=reply.replied_at, edited_at=reply.edited_at, removed=reply.removed
        )
    return ReplyView(text=reply.text or "", replied_at=reply.replied_at, edited_at=reply.edited_at)


def feedback_summary(
    freelancer_id: str, name: str | None, by_kind: Mapping[FeedbackKind, Totals]
) -> FeedbackSummary:
    """The summary of a freelancer's feedback, as everybody sees it."""
    return FeedbackSummary(
        freelancer_id=freelancer_id,
        name=name,
        mid_contract=_summary(by_kind[FeedbackKind.MID_CONTRACT]),
        end_of_contract=_summary(by_kind[FeedbackKind.END_OF_CONTRACT]),
    )


def _summary(added_up: Totals) -> KindSummary:
    return KindSummary(
        count=added_up["count"],
        average=totals.average(added_up),
        categories=totals.category_averages(added_up),
        distribution=totals.distribution(added_up),
    )


def link(contract: Contract, request: FeedbackRequest, policy: Policy, now: datetime) -> LinkView:
    """What the holder of a link may see: what is being asked, by whom, and until when."""
    return LinkView(
        contract=LinkContract(
            contract_id=contract.contract_id,
            title=contract.title,
            freelancer=LinkFreelancer(name=contract.freelancer.name),
        ),
        request=request,
        correctable_until_if_given_now=change_windows.correctable_until_if_given(now, policy),
    )


def open_request(
    contract: Contract, request: FeedbackRequest, report: EmailReport | None, policy: Policy, now: datetime
) -> OpenRequest:
    """An open request as its client sees it in the list of all that wait for an answer."""
    heading = RequestingContract(
        contract_id=contract.contract_id, title=contract.title, freelancer=_person(contract.freelancer)
    )
    return OpenRequest(
        **dict(request_view(request, report)),
        contract=heading,
        correctable_until_if_given_now=change_windows.correctable_until_if_given(now, policy),
    )


def _actions(seen: Snapshot, viewer: Role, policy: Policy, now: datetime, *, enabled: bool) -> ActionsView:
    match viewer:
        case Role.CLIENT:
            verdict = eligibility.to_give(seen.contract, seen.pending, policy, now)
            return ActionsView(request_feedback=_HIDDEN, give_feedback=_action(verdict, visible=True))
        case Role.FREELANCER:
            verdict = eligibility.to_request(seen.contract, seen.pending, policy, now, enabled=enabled)
            return ActionsView(request_feedback=_action(verdict, visible=enabled), give_feedback=_HIDDEN)
        case unexpected:
            assert_never(unexpected)


def _action(verdict: eligibility.Eligibility, *, visible: bool) -> ActionView:
    return ActionView(
        visible=visible,
        eligible=verdict.eligible,
        eligible_at=verdict.eligible_at,
        reasons=verdict.reasons,
    )


def _contract(contract: Contract) -> ContractView:
    return ContractView(
        contract_id=contract.contract_id,
        title=contract.title,
        status=contract.status,
        started_at=contract.started_at,
        ended_at=contract.ended_at,
        client=_person(contract.client),
        freelancer=_person(contract.freelancer),
    )


def _person(party: Party) -> PersonView:
    return PersonView(id=party.id, name=party.name)
