"""A fake of the HTTP API around one contract, in memory. Rules, views and refusals are the package's own.

A test sets what the API knows by the fields, and injects faults with `fail_next`.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from playwright.sync_api import BrowserContext, Route
from pydantic import BaseModel, ValidationError

from mid_job_feedback.domain import corrections, lifecycle, moderation, refusals, replies, totals, views
from mid_job_feedback.domain.email_delivery import EmailReport
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.lifecycle import Change, Snapshot
from mid_job_feedback.domain.models import (
    Contract,
    DeclineInput,
    EarlierVersion,
    EmailPreferences,
    Feedback,
    FeedbackInput,
    FeedbackKind,
    FeedbackRequest,
    ReplyInput,
    Report,
    ReportInput,
    RequestInput,
    RequestPreference,
    RequestStatus,
    Role,
)
from mid_job_feedback.http import problems
from tests.builders import CLIENT, NOW, POLICY, a_contract, a_link, a_request
from tests.template import template

TOKENS = {"client-token": Role.CLIENT, "freelancer-token": Role.FREELANCER}
LINK_TOKEN = "link-token"
_REFERENCE = "{reference}"  # stands in a problem document until the response is sent
UNAVAILABLE = refusals.Unavailable(refusals.Dependency.TABLE, "Query", refusals.Cause.THROTTLED)


@dataclass(frozen=True)
class Call:
    method: str
    path: str  # below the API's URL, with the query
    headers: Mapping[str, str]
    body: str = ""


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Fault:
    """The next call of `method` gets `reply`, or no response if that is None. It takes effect if `carried_out`."""

    method: str
    reply: Reply | None
    carried_out: bool
    path: str

    def hits(self, call: Call) -> bool:
        return call.method == self.method and self.path in call.path


@dataclass
class FakeApi:
    contract: Contract = field(default_factory=a_contract)
    open_request: FeedbackRequest | None = None
    linked_request: FeedbackRequest = field(default_factory=a_request)  # the one that link_token was made for
    link_token: str = LINK_TOKEN
    link_address: str = CLIENT.email  # to which the link was mailed
    past_requests: list[FeedbackRequest] = field(default_factory=list)
    deliveries: dict[str, EmailReport] = field(default_factory=dict)  # by request id
    earlier_versions: dict[str, list[EarlierVersion]] = field(default_factory=dict)  # by feedback id
    feedback: list[Feedback] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    history: dict[str | None, views.WorkHistory] = field(default_factory=dict)  # pages by cursor
    summary: views.FeedbackSummary | None = field(
        default_factory=lambda: a_summary(name=None)
    )  # None: unavailable
    preferences: EmailPreferences = field(  # of whoever holds link_token
        default_factory=partial(EmailPreferences, feedback_requests="subscribed")
    )
    other_contracts: list["FakeApi"] = field(default_factory=list)  # of the same client
    requests_enabled: bool = True
    now: datetime = NOW
    tells_the_time: bool = True
    faults: deque[Fault] = field(default_factory=deque)
    posts: list[Call] = field(default_factory=list)
    puts: list[Call] = field(default_factory=list)
    replies: int = 0
    edit: Callable[[Any], None] | None = None  # puts into a body what only a newer API would send
    _remembered: dict[str, Reply] = field(default_factory=dict)  # by Idempotency-Key

    def install(self, context: BrowserContext, base_url: str, allowed_origin: str = "") -> None:
        """Replies to the API's routes below `base_url`; also to pages of `allowed_origin`, with CORS headers."""
        pattern = re.compile(
            re.escape(base_url)
            + r"/((contracts|freelancers|feedback-links|email-preferences)/|feedback-requests\b).*"
        )
        cors = cors_headers(allowed_origin) if allowed_origin else {}
        context.route(pattern, lambda route: self._route(route, base_url, cors))

    def answers(self) -> dict[str, str]:
        """The answers to the client's three pages, as JSON by path."""
        assert self.open_request
        assert self.summary
        return {
            "/contracts/c-1/feedback": self._feedback_tab(Role.CLIENT).model_dump_json(),
            f"/feedback-links/{LINK_TOKEN}": views.link(
                self.contract, self.open_request, POLICY, self.now
            ).model_dump_json(),
            "/freelancers/u-freelancer/work-history": self.history[None].model_dump_json(),
            "/freelancers/u-freelancer/feedback-summary": self.summary.model_dump_json(),
        }

    def fail_next(
        self, method: str, reply: Reply | None = None, *, path: str = "", carried_out: bool = False
    ) -> None:
        """`path`: a part of it, for pages that make several calls at once."""
        self.faults.append(Fault(method, reply, carried_out, path))

    def _route(self, route: Route, base_url: str, cors: dict[str, str]) -> None:
        request = route.request
        path = request.url.removeprefix(f"{base_url}/")
        reply = self.answer(Call(request.method, path, request.headers, request.post_data or ""))
        if reply is None:
            route.abort()
        else:
            route.fulfill(status=reply.status, body=reply.body, headers={**reply.headers, **cors})

    def answer(self, call: Call) -> Reply | None:
        """The response as it leaves API Gateway; None if the call gets none."""
        if call.method == "POST":
            self.posts.append(call)
        if call.method in {"PUT", "DELETE"}:
            self.puts.append(call)
        fault = self.faults.popleft() if self.faults and self.faults[0].hits(call) else None
        reply = self._reply_once(call) if fault is None or fault.carried_out else None
        reply = fault.reply if fault else reply
        if reply is None:
            return None
        self.replies += 1
        reference = f"request-{self.replies}"
        of_gateway = {"apigw-requestid": reference}
        if self.tells_the_time:
            of_gateway["date"] = format_datetime(self.now, usegmt=True)
        headers = {**of_gateway, **reply.headers, "content-type": reply.content_type}
        return replace(reply, body=self._text(reply).replace(_REFERENCE, reference), headers=headers)

    def _text(self, reply: Reply) -> str:
        if reply.status >= HTTPStatus.BAD_REQUEST or reply.content_type == "text/html":
            return reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
        body = json.loads(reply.body)
        if self.edit:
            self.edit(body)
        return json.dumps(body)

    def _reply_once(self, call: Call) -> Reply:
        key = call.headers.get("idempotency-key")
        if key is None:
            return self._reply(call)
        if key not in self._remembered:
            self._remembered[key] = self._reply(call)
        return self._remembered[key]

    def _reply(self, call: Call) -> Reply:
        try:
            return self._routed(call)
        except refusals.Refusal as refusal:
            return problem(refusal)
        except ValidationError as error:
            return problem(
                refusals.Invalid(
                    [{"field": ".".join(map(str, e["loc"])), "detail": e["msg"]} for e in error.errors()]
                )
            )

    def _routed(self, call: Call) -> Reply:
        path, _, query = call.path.partition("?")
        match path.split("/"):
            case [_, "", _]:
                return Reply(404, {"message": "Not Found"})  # API Gateway's own: the path fits no route
            case ["contracts", contract_id, *resource]:
                return self._contract(call, contract_id, resource)
            case ["feedback-links", token, *resource]:
                return self._link(call, token, resource)
            case ["email-preferences", token]:
                return self._email_preferences(call, token)
            case ["feedback-requests"]:
                return self._open_requests(call, query)
            case _:
                return self._freelancer(path, query)

    def _contract(self, call: Call, contract_id: str, resource: list[str]) -> Reply:
        viewer = _viewer(call)
        if viewer is None:
            return Reply(401, {"message": "Unauthorized"})
        other = next(
            (api for api in self.other_contracts if api.contract.contract_id == unquote(contract_id)), None
        )
        if other:
            return other._contract(call, contract_id, resource)
        if unquote(contract_id) != self.contract.contract_id:
            raise refusals.ContractNotFound
        if call.method == "GET":
            return _json(self._feedback_tab(viewer))
        caller = self.contract.client if viewer is Role.CLIENT else self.contract.freelancer
        return self._command(call, caller.id, resource)

    def _command(self, call: Call, caller_id: str, resource: list[str]) -> Reply:
        match resource:
            case ["feedback"]:
                return self._give_feedback(
                    lambda feedback: lifecycle.submit(
                        self._snapshot, caller_id, feedback, feedback_id=self._next_id, policy=POLICY, now=self.now
                    ),
                    call,
                )
            case ["feedback", feedback_id, *of_feedback]:
                return self._feedback_command(call, caller_id, unquote(feedback_id), of_feedback)
            case ["feedback-requests"]:
                return self._request(call, caller_id)
            case ["feedback-requests", request_id, "decline"]:
                choice = DeclineInput.model_validate_json(call.body)
                seen = self._seen(unquote(request_id))
                return self._settle(lifecycle.decline(seen, caller_id, unquote(request_id), choice, self.now))
            case ["feedback-requests", request_id, "withdrawal"]:
                seen = self._seen(unquote(request_id))
                return self._settle(lifecycle.withdraw(seen, caller_id, unquote(request_id), self.now))
            case _:
                preference = RequestPreference.model_validate_json(call.body)
                self._apply(lifecycle.prefer(self._snapshot, caller_id, preference))
                return _json(preference)

    def _feedback_command(self, call: Call, caller_id: str, feedback_id: str, resource: list[str]) -> Reply:
        seen = self._feedback_seen(feedback_id)
        if resource == ["reports"]:
            return self._report(call, caller_id, seen)
        if not resource:
            return self._correct(call, partial(corrections.correct, seen, caller_id))
        if call.method == "DELETE":
            return self._change(replies.take_back(seen, caller_id, policy=POLICY, now=self.now))
        body = ReplyInput.model_validate_json(call.body)
        return self._change(replies.reply(seen, caller_id, body, policy=POLICY, now=self.now))

    def _report(self, call: Call, caller_id: str, seen: FeedbackSeen) -> Reply:
        body = ReportInput.model_validate_json(call.body)
        report_id = f"report-{len(self.reports)}"
        made = moderation.report(seen, caller_id, body, report_id=report_id, now=self.now).report
        self.reports.append(made)
        return _json(views.report_view(made), 201)

    def _correct(self, call: Call, decide: Callable[..., FeedbackChange]) -> Reply:
        revision = call.headers.get("if-match")
        expected = frozenset({int(revision.strip('"'))}) if revision else None
        body = FeedbackInput.model_validate_json(call.body)
        return self._change(decide(body, expected, policy=POLICY, now=self.now))

    def _change(self, change: FeedbackChange) -> Reply:
        place = self.feedback.index(change.before)
        self.feedback[place] = change.feedback
        self.earlier_versions[change.feedback.feedback_id] = list(change.earlier)
        return _json(views.party_feedback(change.feedback, change.earlier, POLICY))

    def _feedback_seen(self, feedback_id: str) -> FeedbackSeen:
        """What a command reads that names this feedback."""
        found = next((entry for entry in self.feedback if entry.feedback_id == feedback_id), None)
        reports = tuple(report for report in self.reports if report.feedback_id == feedback_id)
        earlier = tuple(self.earlier_versions.get(feedback_id, ()))
        return FeedbackSeen(snapshot=self._snapshot, feedback=found, earlier=earlier, reports=reports)

    def _request(self, call: Call, caller_id: str) -> Reply:
        change = lifecycle.request(
            self._snapshot,
            caller_id,
            RequestInput.model_validate_json(call.body),
            enabled=self.requests_enabled,
            request_id="r-new",
            policy=POLICY,
            now=self.now,
        )
        self._apply(change)
        return _json(views.request_view(change.opened, None), 201)

    def _settle(self, change: lifecycle.RequestSettled) -> Reply:
        self._apply(change)
        return _json(views.request_view(change.request, self.deliveries.get(change.request.request_id)))

    def _open_requests(self, call: Call, query: str) -> Reply:
        """As storage/inbox.py: soonest deadline first. A cursor is the id of the request that ends its page."""
        viewer = _viewer(call)
        if viewer is None:
            return Reply(401, {"message": "Unauthorized"})
        found = [
            views.open_request(api.contract, asked, api.deliveries.get(asked.request_id), POLICY, self.now)
            for api in (self, *self.other_contracts)
            if (asked := api.open_request) and viewer is Role.CLIENT
            if lifecycle.is_asked(api.contract, asked, api.contract.client.id, self.now)
        ]
        found.sort(key=lambda request: request.expires_at)
        given = dict(parse_qsl(query))
        ids = [request.request_id for request in found]
        start = ids.index(given["cursor"]) + 1 if "cursor" in given else 0
        end = start + int(given.get("limit", "20"))
        cursor = ids[end - 1] if end < len(found) else None
        return _json(views.OpenRequests(requests=tuple(found[start:end]), next_cursor=cursor))

    def _email_preferences(self, call: Call, token: str) -> Reply:
        if token != self.link_token:
            raise refusals.LinkInvalid
        if call.method == "POST":
            self.preferences = EmailPreferences.model_validate_json(call.body)
        return _json(self.preferences)

    def _link(self, call: Call, token: str, resource: list[str]) -> Reply:
        if token != self.link_token:
            raise refusals.LinkInvalid
        link = a_link(self.linked_request, self.link_address)
        if call.method == "GET":
            asked = lifecycle.require_open(self._snapshot, link, POLICY, self.now)
            return _json(views.link(self.contract, asked, POLICY, self.now))
        if resource == ["decline"]:
            choice = DeclineInput.model_validate_json(call.body)
            return self._settle(lifecycle.decline_by_link(self._snapshot, link, choice, self.now))
        if call.method == "PUT":
            answer = self._snapshot.answer
            seen = self._feedback_seen(answer.feedback_id if answer else "")
            return self._correct(call, partial(corrections.correct_by_link, seen, link))
        return self._give_feedback(
            lambda feedback: lifecycle.submit_by_link(
                self._snapshot, link, feedback, feedback_id=self._next_id, policy=POLICY, now=self.now
            ),
            call,
        )

    def _freelancer(self, path: str, query: str) -> Reply:
        if path.endswith("/feedback-summary"):
            if self.summary is None:
                raise UNAVAILABLE
            return _json(self.summary)
        cursor = query.removeprefix("cursor=") or None
        empty = views.WorkHistory(freelancer_id="u-freelancer", name=None, contracts=(), next_cursor=None)
        return _json(self.history.get(cursor, empty))

    @property
    def _snapshot(self) -> Snapshot:
        return self._seen(self.linked_request.request_id)

    def _seen(self, request_id: str) -> Snapshot:
        """What a command reads that names this request."""
        closed = next((past for past in self.past_requests if past.request_id == request_id), None)
        answer = next((given for given in self.feedback if given.request_id == request_id), None)
        return Snapshot(contract=self.contract, pending=self.open_request, closed=closed, answer=answer)

    @property
    def _next_id(self) -> str:
        return f"f-new-{len(self.feedback)}"

    def _feedback_tab(self, viewer: Role) -> views.FeedbackTab:
        return views.feedback_tab(
            self._snapshot,
            self.past_requests,
            self.feedback,
            self.deliveries,
            self.earlier_versions,
            viewer=viewer,
            enabled=self.requests_enabled,
            policy=POLICY,
            now=self.now,
        )

    def _give_feedback(self, decide: Callable[[FeedbackInput], lifecycle.FeedbackGiven], call: Call) -> Reply:
        change = decide(FeedbackInput.model_validate_json(call.body))
        self._apply(change)
        return _json(views.party_feedback(change.feedback, (), POLICY), 201)

    def _apply(self, change: Change) -> None:
        if change.closed:
            self.past_requests.insert(0, change.closed)
            self.open_request = None
        if change.opened:
            self.open_request = change.opened
        if change.feedback:
            self.feedback.insert(0, change.feedback)
            self._update_contract(last_feedback_at=change.feedback.provided_at)
        if change.muted is not None:
            self._update_contract(requests_muted=change.muted)
        if change.closed and change.closed.status is RequestStatus.DECLINED:
            self._update_contract(last_declined_at=change.closed.closed_at)
        if change.closed and change.closed.status is RequestStatus.WITHDRAWN:
            self._update_contract(last_withdrawn_request_at=change.closed.requested_at)

    def _update_contract(self, **changed: Any) -> None:
        self.contract = self.contract.model_copy(update=changed)


def _viewer(call: Call) -> Role | None:
    return TOKENS.get(call.headers.get("authorization", "").removeprefix("Bearer "))


def cors_headers(origin: str) -> dict[str, str]:
    """What API Gateway adds for a page of this origin, with the settings of template.yaml."""
    _, settings, _ = template()["Resources"]["HttpApi"]["Properties"]["CorsConfiguration"]["Fn::If"]
    names = ("AllowMethods", "AllowHeaders", "ExposeHeaders")
    methods, headers, exposed = (",".join(settings[name]) for name in names)
    return {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": methods,
        "access-control-allow-headers": headers,
        "access-control-expose-headers": exposed,
    }


def a_summary(*feedback: Feedback, name: str | None) -> views.FeedbackSummary:
    """What all feedback of a freelancer adds up to."""
    by_kind = dict.fromkeys(FeedbackKind, totals.NONE)
    for entry in feedback:
        if entry.ratings:
            by_kind[entry.kind] = totals.plus(by_kind[entry.kind], totals.of(entry.ratings))
    return views.feedback_summary("u-freelancer", name, by_kind)


def a_jwt(subject: str) -> str:
    """An unsigned token of this person, which the pages can read. A test adds it to TOKENS."""
    return f"e30.{base64.urlsafe_b64encode(json.dumps({'sub': subject}).encode()).decode().rstrip('=')}."


def problem(refusal: refusals.Refusal) -> Reply:
    """The problem document that the API makes of `refusal`."""
    response = problems.response(refusal, _REFERENCE)
    headers = {name: str(value) for name, value in response.headers.items()}
    return Reply(response.status_code, str(response.body), headers, "application/problem+json")


def _json(model: BaseModel, status: int = 200) -> Reply:
    return Reply(status, model.model_dump_json())
