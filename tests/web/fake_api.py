"""The API as a browser meets it, in memory: the real rules, views and refusals around one contract.

A test sets the scene by the fields, and troubles the line by `trouble`.
"""

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from playwright.sync_api import BrowserContext, Request, Route
from pydantic import BaseModel, ValidationError

from mid_job_feedback import errors, lifecycle, problems, views
from mid_job_feedback.lifecycle import Change, Link, Snapshot
from mid_job_feedback.models import Answer, Ask, Contract, Feedback, FeedbackRequest, Role
from tests.builders import NOW, POLICY, a_contract, a_request

TOKENS = {"client-token": Role.CLIENT, "freelancer-token": Role.FREELANCER}
LINK_TOKEN = "link-token"


@dataclass(frozen=True)
class Reply:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


@dataclass(frozen=True)
class Trouble:
    """What happens to the next call of `method` instead of, or after, its being carried out."""

    method: str
    reply: Reply | None = None  # None: no answer at all
    carried_out: bool = False


@dataclass
class Marketplace:
    contract: Contract = field(default_factory=a_contract)
    open_request: FeedbackRequest | None = None
    asked: FeedbackRequest = field(default_factory=a_request)  # what the link is about
    past_requests: list[FeedbackRequest] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    history: dict[str | None, views.WorkHistory] = field(default_factory=dict)  # by cursor
    enabled: bool = True
    now: datetime = NOW
    troubles: deque[Trouble] = field(default_factory=deque)
    posts: list[Request] = field(default_factory=list)
    _answers: dict[str, Reply] = field(default_factory=dict)  # by Idempotency-Key

    def install(self, context: BrowserContext, base: str, allowed_origin: str = "") -> None:
        """Answers the API's routes below `base`; to pages of `allowed_origin` too, as the gateway does (CORS)."""
        pattern = re.compile(re.escape(base) + r"/(contracts|freelancers|feedback-links)/.*")
        cors = {"access-control-allow-origin": allowed_origin} if allowed_origin else {}
        context.route(pattern, lambda route: self._route(route, base, cors))

    def trouble(self, method: str, reply: Reply | None = None, *, carried_out: bool = False) -> None:
        self.troubles.append(Trouble(method, reply, carried_out))

    def _route(self, route: Route, base: str, cors: dict[str, str]) -> None:
        request = route.request
        if request.method == "POST":
            self.posts.append(request)
        trouble = self.troubles.popleft() if self.troubles and self.troubles[0].method == request.method else None
        reply = self._once(request, base) if trouble is None or trouble.carried_out else None
        reply = trouble.reply if trouble else reply
        if reply is None:
            route.abort()
        else:
            body = reply.body if isinstance(reply.body, str) else json.dumps(reply.body)
            headers = {**reply.headers, **cors, "content-type": reply.content_type}
            route.fulfill(status=reply.status, body=body, headers=headers)

    def _once(self, request: Request, base: str) -> Reply:
        key = request.headers.get("idempotency-key")
        if key is None:
            return self._reply(request, base)
        if key not in self._answers:
            self._answers[key] = self._reply(request, base)
        return self._answers[key]

    def _reply(self, request: Request, base: str) -> Reply:
        path, _, query = request.url.removeprefix(base).partition("?")
        try:
            match path.removeprefix("/").split("/"):
                case [_, "", _]:
                    return Reply(404, {"message": "Not Found"})  # the gateway's own
                case ["contracts", contract_id, resource]:
                    return self._contract(request, contract_id, resource)
                case ["feedback-links", token]:
                    return self._link(request, token)
                case _:
                    return self._history(query)
        except errors.Refusal as refusal:
            return problem(refusal)
        except ValidationError as error:
            return problem(
                errors.Invalid(
                    [{"field": ".".join(map(str, e["loc"])), "detail": e["msg"]} for e in error.errors()]
                )
            )

    def _contract(self, request: Request, contract_id: str, resource: str) -> Reply:
        viewer = TOKENS.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if viewer is None:
            return Reply(401, {"message": "Unauthorized"})
        if contract_id != self.contract.contract_id:
            raise errors.ContractNotFound
        if request.method == "GET":
            return _ok(self._tab(viewer))
        caller = self.contract.client if viewer is Role.CLIENT else self.contract.freelancer
        if resource == "feedback":
            return self._given(
                lambda answer: lifecycle.submit(
                    self._seen, caller.id, answer, feedback_id=self._next_id, policy=POLICY, now=self.now
                ),
                request,
            )
        change = lifecycle.request(
            self._seen,
            caller.id,
            Ask.model_validate_json(request.post_data or ""),
            enabled=self.enabled,
            request_id="r-new",
            policy=POLICY,
            now=self.now,
        )
        self._apply(change)
        return _ok(change.opened, 201)

    def _link(self, request: Request, token: str) -> Reply:
        if token != LINK_TOKEN:
            raise errors.LinkInvalid
        link = Link(**self.asked.model_dump(include=set(Link.model_fields)))
        if request.method == "GET":
            return _ok(views.link(self.contract, lifecycle.require_open(self._seen, link, self.now)))
        return self._given(
            lambda answer: lifecycle.submit_by_link(
                self._seen, link, answer, feedback_id=self._next_id, now=self.now
            ),
            request,
        )

    def _history(self, query: str) -> Reply:
        cursor = query.removeprefix("cursor=") or None
        empty = views.WorkHistory(freelancer_id="u-freelancer", contracts=(), next_cursor=None)
        return _ok(self.history.get(cursor, empty))

    @property
    def _seen(self) -> Snapshot:
        closed = next((past for past in self.past_requests if past.request_id == self.asked.request_id), None)
        return Snapshot(contract=self.contract, stored=self.open_request, closed=closed)

    @property
    def _next_id(self) -> str:
        return f"f-new-{len(self.feedback)}"

    def _tab(self, viewer: Role) -> views.FeedbackTab:
        return views.feedback_tab(
            self._seen,
            self.past_requests,
            self.feedback,
            viewer,
            enabled=self.enabled,
            policy=POLICY,
            now=self.now,
        )

    def _given(self, decide: Callable[[Answer], lifecycle.FeedbackGiven], request: Request) -> Reply:
        change = decide(Answer.model_validate_json(request.post_data or ""))
        self._apply(change)
        return _ok(views.party_feedback(change.feedback), 201)

    def _apply(self, change: Change) -> None:
        if change.closed:
            self.past_requests.insert(0, change.closed)
            self.open_request = None
        if change.opened:
            self.open_request = change.opened
        if change.feedback:
            self.feedback.insert(0, change.feedback)
            self.contract = self.contract.model_copy(update={"last_feedback_at": change.feedback.provided_at})


def problem(refusal: errors.Refusal) -> Reply:
    response = problems.response(refusal)
    headers = {name: str(value) for name, value in response.headers.items()}
    return Reply(response.status_code, str(response.body), headers, "application/problem+json")


def _ok(model: BaseModel, status: int = 200) -> Reply:
    return Reply(status, model.model_dump_json())
