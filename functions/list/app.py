"""Serves what people read: tab, open requests, work history, summary, what a link asks for, and preferences."""

from typing import Annotated, Any

from mid_job_feedback import clock, links, rollout, startup
from mid_job_feedback.domain import lifecycle, views
from mid_job_feedback.domain.models import Role
from mid_job_feedback.http import api
from mid_job_feedback.http.api import PathParameter, Query, Response
from mid_job_feedback.observability import LambdaContext, answered, link_opened, observed
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import inbox, people, store, summaries, work_history

# Mail programs without one-click unsubscribe open the address of the header in a browser.
app = api.resolver("list", pages={"/email-preferences/{token}": "../app/email-preferences#t={token}"})


@app.route("/contracts/<contract_id>/feedback", method=["GET", "HEAD"])
def feedback_tab(contract_id: PathParameter) -> Response[Any]:
    caller_id = api.caller(app)
    room = store.room(contract_id)
    viewer = lifecycle.require_party(room.seen.contract, caller_id)
    enabled = viewer is Role.FREELANCER and rollout.requests_enabled(caller_id)
    tab = views.feedback_tab(
        room.seen,
        room.past_requests,
        room.feedback,
        room.deliveries,
        room.earlier,
        viewer=viewer,
        enabled=enabled,
        policy=settings().policy,
        now=clock.now(),
    )
    answered("list", contract_id=contract_id)
    return api.ok(tab)


@app.route("/freelancers/<freelancer_id>/work-history", method=["GET", "HEAD"])
def show_work_history(
    freelancer_id: PathParameter,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str | None, Query()] = None,
) -> Response[Any]:
    page = work_history.page(freelancer_id, limit, cursor)
    answered("list", freelancer_id=freelancer_id)
    return api.ok(page, headers=api.CACHED_FOR_A_MINUTE)


@app.route("/freelancers/<freelancer_id>/feedback-summary", method=["GET", "HEAD"])
def feedback_summary(freelancer_id: PathParameter) -> Response[Any]:
    summary = summaries.read(freelancer_id)
    answered("list", freelancer_id=freelancer_id)
    return api.ok(summary, headers=api.CACHED_FOR_A_MINUTE)


@app.route("/feedback-requests", method=["GET", "HEAD"])
def open_requests(
    limit: Annotated[int, Query(ge=1, le=100)] = 20, cursor: Annotated[str | None, Query()] = None
) -> Response[Any]:
    page = inbox.page(api.caller_in_any_role(app), limit, cursor, clock.now())
    answered("list")
    return api.ok(page)


@app.route("/feedback-links/<token>", method=["GET", "HEAD"])
def feedback_link(token: PathParameter) -> Response[Any]:
    link = links.read_link(token)
    seen = store.whole_snapshot(link.contract_id, link)
    policy, now = settings().policy, clock.now()
    asked = lifecycle.require_open(seen, link, policy, now)
    link_opened(app.current_event.http_method, link.contract_id, link.request_id)
    return api.ok(views.link(seen.contract, asked, policy, now))


@app.route("/email-preferences/<token>", method=["GET", "HEAD"])
def email_preferences(token: PathParameter) -> Response[Any]:
    preferences = people.read_preferences(links.read_email_preferences(token))
    answered("list")
    return api.ok(preferences)


@observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return api.respond(app, event, context)


# Not the flag: AppConfig charges for each read, and only a freelancer's tab needs it.
startup.warm_up(lambda: store.room("-"), models=startup.FEEDBACK_TAB)  # no contract has this id
