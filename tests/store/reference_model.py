"""The rules of the product once more, as a small independent program on plain Python values.

It shares no code with the service. Given what happened and when, it returns the expected responses and messages.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from tests.store.model_values import (
    COOLDOWN,
    CORRECTION_WINDOW,
    CORRECTIONS,
    LIFETIME,
    REMINDER_PAUSE,
    Contract,
    Feedback,
    Json,
    Message,
    Person,
    Reasons,
    Request,
    Response,
    RowState,
    StartDetails,
)

_CATEGORIES: Final = ("skills", "quality", "availability", "deadlines", "communication", "cooperation")


class ReferenceModel:
    def __init__(self) -> None:
        self.contracts: dict[str, Contract] = {}
        self.requests: dict[str, Request] = {}
        self.enabled: set[str] = set()  # freelancers in the rollout
        self.announced: set[tuple[str, str]] = set()
        self.told_of_feedback: set[str] = set()
        self.revoked: set[str] = set()  # requests that were withdrawn before the client was told of them
        self.mailed: set[tuple[str, str]] = set()  # requests, and the addresses that got their e-mail
        self.dead_letters: list[str] = []  # contract ids

    def contract(self, contract_id: str) -> Contract:
        return self.contracts.setdefault(contract_id, Contract(contract_id))

    def started_contracts(self) -> list[Contract]:
        return [contract for contract in self.contracts.values() if contract.starts]

    def eligible_contracts(self, now: datetime, *, requesting: bool) -> list[str]:
        """Contracts whose freelancer may request feedback or, if not `requesting`, whose client may give it."""
        return [
            contract.contract_id
            for contract in self.started_contracts()
            if not self._eligibility(contract, now, requesting=requesting)["reasons"]
        ]

    # Contract events

    def start_contract(self, contract_id: str, time: datetime, start: StartDetails, now: datetime) -> None:
        contract = self.contract(contract_id)
        starts, known = contract.starts, bool(contract.starts)
        client, freelancer = (contract.client.id, contract.freelancer.id) if known else (None, None)
        starts[time] = start._replace(started_at=_in_milliseconds(start.started_at))
        if starts[min(starts)].people != start.people:
            self.dead_letters.append(contract_id)
        if known and contract.freelancer.id != freelancer:
            _close_stored_request(contract, "cancelled", now)
            contract.last_withdrawn_request_at = None
        if known and contract.client.id != client:
            contract.requests_muted, contract.last_declined_at = False, None

    def add_payment(self, contract_id: str, paid_at: datetime, now: datetime) -> None:
        paid_at = _in_milliseconds(paid_at)
        if self._set_aside(contract_id, paid_at, now):
            return
        contract = self.contract(contract_id)
        contract.last_payment_at = max(contract.last_payment_at or paid_at, paid_at)

    def end_contract(self, contract_id: str, ended_at: datetime, now: datetime) -> None:
        ended_at = _in_milliseconds(ended_at)
        if self._set_aside(contract_id, ended_at, now):
            return
        contract = self.contract(contract_id)
        contract.ended_at = min(contract.ended_at or ended_at, ended_at)
        if contract.starts:
            _close_stored_request(contract, "cancelled", now)

    def add_end_of_contract_feedback(
        self, contract_id: str, time: datetime, submitted: Json, now: datetime
    ) -> None:
        """Keeps the newest version of feedback with one id, by the time of the event."""
        submitted = submitted | {"provided_at": _in_milliseconds(submitted["provided_at"])}
        if self._set_aside(contract_id, submitted["provided_at"], now):
            return
        entries, feedback_id = self.contract(contract_id).end_of_contract_feedback, submitted["feedback_id"]
        if feedback_id not in entries:
            entries[feedback_id] = time, _feedback(contract_id, submitted, kind="end_of_contract", request_id=None)
        elif entries[feedback_id][0] < time:
            _, entry = entries[feedback_id]
            entry.ratings, entry.comment = submitted["ratings"], _text_or_none(submitted.get("comment"))
            entry.provided_at = submitted["provided_at"]
            entries[feedback_id] = time, entry

    def take_dead_letters(self) -> list[Message]:
        """Returns the events set aside since the last call."""
        taken = [Message("dead letter", "contract event", "", contract_id) for contract_id in self.dead_letters]
        self.dead_letters = []
        return taken

    def _set_aside(self, contract_id: str, instant: datetime, now: datetime) -> bool:
        """Whether an event says what has happened more than a day from now. Put back later, it is applied."""
        is_ahead = instant > now + timedelta(days=1)
        if is_ahead:
            self.dead_letters.append(contract_id)
        return is_ahead

    # People

    def request_feedback(
        self, contract_id: str, person: str, message: str | None, now: datetime, new_id: str
    ) -> Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.freelancer.id:
            return Response(403, "not_the_freelancer", {})
        if person not in self.enabled:
            return Response(403, "requests_not_enabled", {})
        if pending := contract.open_request(now):
            return Response(409, "request_pending", {"expires_at": pending.expires_at})
        if contract.failing_criteria(now) or contract.request_criteria(now):
            return Response(409, "not_eligible", self._eligibility(contract, now, requesting=True))
        _close_stored_request(contract, "expired", now)
        at = now.replace(microsecond=0)
        request = Request(new_id, contract_id, _text_or_none(message), at, at + LIFETIME)
        contract.requests.append(request)
        self.requests[new_id] = request
        return Response(201, None, request.party_view(now))

    def give_feedback(
        self, contract_id: str, person: str, submitted: Json, now: datetime, new_id: str
    ) -> Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.client.id:
            return Response(403, "not_the_client", {})
        if contract.failing_criteria(now) and not contract.open_request(now):
            return Response(409, "not_eligible", self._eligibility(contract, now, requesting=False))
        return _accept_feedback(contract, submitted, now, new_id)

    def submit_by_link(self, request_id: str, submitted: Json, now: datetime, new_id: str) -> Response:
        """Submits by the link of a request."""
        return self._link_refusal(request_id, now) or _accept_feedback(
            self._contract_of_request(request_id), submitted, now, new_id
        )

    def withdraw(self, contract_id: str, person: str, request_id: str, now: datetime) -> Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.freelancer.id:
            return Response(403, "not_the_freelancer", {})
        return self._settle(contract, request_id, "withdrawn", now)

    def decline(self, contract_id: str, person: str, request_id: str, choice: str, now: datetime) -> Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.client.id:
            return Response(403, "not_the_client", {})
        return self._settle(contract, request_id, "declined", now, muting=choice == "muted")

    def decline_by_link(self, request_id: str, choice: str, now: datetime) -> Response:
        contract = self._contract_of_request(request_id)
        return self._settle(contract, request_id, "declined", now, muting=choice == "muted", by_link=True)

    def _settle(
        self,
        contract: Contract,
        request_id: str,
        closed_as: str,
        now: datetime,
        *,
        muting: bool = False,
        by_link: bool = False,
    ) -> Response:
        request = self.requests.get(request_id)
        if request is None or request.contract_id != contract.contract_id:
            return Response(404, "request_not_found", {})
        if request.row is RowState.REMOVED and request is not contract.requests[-1] and not by_link:
            return Response(404, "request_not_found", {})  # until its end is recorded, nothing names it
        view = request.view(now)
        if view["status"] not in {"pending", closed_as}:
            closed = {"request_status": view["status"], "closed_at": view["closed_at"]}
            return Response(409, "request_closed", closed)
        if view["status"] == "pending":
            _close_stored_request(contract, closed_as, now)
            if closed_as == "declined":
                contract.last_declined_at = now
            else:
                contract.last_withdrawn_request_at = request.requested_at
        contract.requests_muted |= muting
        return Response(200, None, request.party_view(now))

    def prefer(self, contract_id: str, person: str, *, muted: bool) -> Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.client.id:
            return Response(403, "not_the_client", {})
        contract.requests_muted = muted
        return Response(200, None, {"muted": muted})

    def correct(self, contract_id: str, person: str, feedback_id: str, submitted: Json, now: datetime) -> Response:
        entry = self._feedback_of_party(contract_id, person, "client", feedback_id)
        if isinstance(entry, Response):
            return entry
        if entry.removed:
            return Response(409, "feedback_removed", {})
        if entry.kind == "end_of_contract":
            return Response(409, "correction_closed", {"closed_at": None})
        ratings, comment = submitted["ratings"], _text_or_none(submitted.get("comment"))
        if (ratings, comment) != (entry.ratings, entry.comment):
            closes_at = entry.provided_at + CORRECTION_WINDOW
            if now >= closes_at:
                return Response(409, "correction_closed", {"closed_at": closes_at})
            if entry.revision > CORRECTIONS:
                return Response(409, "too_many_corrections", {})
            entry.earlier_versions.insert(0, {"revision": entry.revision, **entry.text, "replaced_at": now})
            entry.ratings, entry.comment = ratings, comment
            entry.revision, entry.edited_at = entry.revision + 1, now
        return Response(200, None, entry.party_view())

    def reply(self, contract_id: str, person: str, feedback_id: str, text: str | None, now: datetime) -> Response:
        """Without a text, the reply is taken back."""
        entry = self._feedback_of_party(contract_id, person, "freelancer", feedback_id)
        if isinstance(entry, Response):
            return entry
        if entry.removed or entry.reply_removed:
            return Response(409, "feedback_removed", {})
        if text == (entry.reply["text"] if entry.reply else None):
            return Response(200, None, entry.party_view())
        if now >= entry.reply_closes_at:
            return Response(409, "reply_closed", {"closed_at": entry.reply_closes_at})
        if text is None:
            entry.reply = None
        elif entry.reply:
            entry.reply = entry.reply | {"text": text, "edited_at": now}
        else:
            entry.reply = {"text": text, "replied_at": now, "edited_at": None}
        return Response(200, None, entry.party_view())

    def moderate(
        self, contract_id: str, feedback_id: str, *, target: str, state: str, ground: str, now: datetime
    ) -> Response:
        if not self.contract(contract_id).starts:
            return Response(404, "contract_not_found", {})
        entry = self.feedback(contract_id, feedback_id)
        if entry is None or (target == "reply" and entry.reply is None):
            return Response(404, "feedback_not_found", {})
        before = entry.removed if target == "feedback" else entry.reply_removed
        tombstone = {"at": before["at"] if before else now, "ground": ground} if state == "removed" else None
        last = entry.decisions.get(target)
        if tombstone == before and last and (last["state"], last["ground"]) == (state, ground):
            return Response(200, None, last)
        if target == "feedback":
            entry.removed = tombstone
        elif entry.reply:
            entry.reply = {name: value for name, value in entry.reply.items() if name != "removed"}
            entry.reply |= {"removed": tombstone} if tombstone else {}
        decided = {"contract_id": contract_id, "feedback_id": feedback_id, "target": target}
        entry.decisions[target] = decided | {"state": state, "ground": ground, "decided_at": now}
        return Response(200, None, entry.decisions[target])

    def _feedback_of_party(
        self, contract_id: str, person: str, role: str, feedback_id: str
    ) -> Feedback | Response:
        contract = self._contract_of_party(contract_id, person)
        if contract is None:
            return Response(404, "contract_not_found", {})
        if person != contract.people[role].id:
            return Response(403, f"not_the_{role}", {})
        return self.feedback(contract_id, feedback_id) or Response(404, "feedback_not_found", {})

    def feedback(self, contract_id: str, feedback_id: str) -> Feedback | None:
        entries = self.contract(contract_id).feedback
        return next((entry for entry in entries if entry.feedback_id == feedback_id), None)

    def open_link(self, request_id: str, now: datetime) -> Response:
        contract = self._contract_of_request(request_id)
        shown = {
            "contract_id": contract.contract_id,
            "title": contract.newest.title,
            "freelancer": {"name": contract.freelancer.name},
        }
        view = {
            "contract": shown,
            "request": self.requests[request_id].view(now),
            "correctable_until_if_given_now": now + CORRECTION_WINDOW,
        }
        return self._link_refusal(request_id, now) or Response(200, None, view)

    def tab(self, contract_id: str, viewer: str, now: datetime) -> Response:
        """The Feedback tab without its past requests; see `past_requests`."""
        contract = self._contract_of_party(contract_id, viewer)
        if contract is None:
            return Response(404, "contract_not_found", {})
        pending = contract.open_request(now)
        requesting = viewer == contract.freelancer.id
        action = self._eligibility(contract, now, requesting=requesting)
        action |= {"visible": viewer in self.enabled or not requesting, "eligible": not action["reasons"]}
        hidden: Json = {"visible": False, "eligible": False, "eligible_at": None, "reasons": {}}
        view = {
            "contract": contract.heading
            | {
                "client": {"id": contract.client.id, "name": contract.client.name},
                "freelancer": {"id": contract.freelancer.id, "name": contract.freelancer.name},
            },
            "viewer": "freelancer" if requesting else "client",
            "actions": {
                "request_feedback": action if requesting else hidden,
                "give_feedback": hidden if requesting else action,
            },
            "correctable_until_if_given_now": now + CORRECTION_WINDOW
            if action["eligible"] and not requesting
            else None,
            "requests_muted": contract.requests_muted,
            "open_request": pending.party_view(now) if pending else None,
            "requestable_at_if_withdrawn": self._requestable_at(contract, pending, now)
            if pending and requesting
            else None,
            "feedback": _newest_first([entry.party_view() for entry in contract.feedback], "provided_at"),
        }
        return Response(200, None, view)

    def open_requests(self, client_id: str, now: datetime) -> Response:
        """What waits for a client, soonest deadline first."""
        waiting = [
            request.party_view(now)
            | {
                "contract": {
                    "contract_id": contract.contract_id,
                    "title": contract.newest.title,
                    "freelancer": {"id": contract.freelancer.id, "name": contract.freelancer.name},
                },
                "correctable_until_if_given_now": now + CORRECTION_WINDOW,
            }
            for contract in self.started_contracts()
            if contract.client.id == client_id and (request := contract.open_request(now))
        ]
        waiting.sort(key=lambda view: (view["expires_at"], view["request_id"]))
        return Response(200, None, {"requests": waiting, "next_cursor": None})

    def past_requests(self, contract_id: str, now: datetime) -> list[tuple[Json, bool]]:
        """Past requests, newest first, each with whether it may be missing until the stream record is handled."""
        past = [request for request in self.contract(contract_id).requests if request.status(now) != "pending"]
        return [(request.party_view(now), request.row is RowState.REMOVED) for request in reversed(past)]

    def work_history(self, freelancer_id: str) -> Json:
        own = [contract for contract in self.started_contracts() if contract.freelancer.id == freelancer_id]
        shown = [
            contract.heading
            | {"feedback": _newest_first([entry.public_view() for entry in contract.feedback], "provided_at")}
            for contract in own
        ]
        contracts = _newest_first(shown, "started_at")
        name = self.contract(contracts[0]["contract_id"]).freelancer.name if contracts else None
        return {"freelancer_id": freelancer_id, "name": name, "contracts": contracts}

    def feedback_summary(self, freelancer_id: str) -> Json:
        own = [contract for contract in self.started_contracts() if contract.freelancer.id == freelancer_id]
        newest = max(own, key=lambda contract: contract.started_at, default=None)
        entries = [entry for contract in own for entry in contract.feedback if not entry.removed]
        return {
            "freelancer_id": freelancer_id,
            "name": newest.freelancer.name if newest else None,
            **{
                kind: _summary([entry.ratings for entry in entries if entry.kind == kind])
                for kind in ("mid_contract", "end_of_contract")
            },
        }

    # Time

    def stored_requests(self) -> list[Request]:
        """Requests whose open row is in the table."""
        return [request for contract in self.contracts.values() if (request := contract.stored_request())]

    def overdue_requests(self, now: datetime) -> list[Request]:
        """Expired requests whose open row is still in the table."""
        return [request for request in self.stored_requests() if request.status(now) == "expired"]

    def requests_to_remind_of(self, now: datetime) -> list[Request]:
        """Open requests of which a sweep would find a reminder due."""
        return [
            request
            for request in self.stored_requests()
            if request.status(now) == "pending" and request.due_at <= now
        ]

    def sweep(self, now: datetime) -> None:
        for request in self.overdue_requests(now):
            request.row = RowState.REMOVED
        for request in self.requests_to_remind_of(now):
            request.reminded_at = now.replace(microsecond=0)

    def remove_by_ttl(self, request_id: str) -> None:
        self.requests[request_id].row = RowState.REMOVED

    def record_removal(self, request_id: str) -> None:
        """The stream record of the removal was handled."""
        self.requests[request_id].row = RowState.RECORDED

    # Messages

    def messages_about(self, kind: str, about: str, now: datetime) -> list[Message]:
        """The messages for a stream record: none if the same was announced before."""
        emails = self._request_emails(kind, about, now)
        if kind in {"address_corrected", "contract_changed", "text_changed"}:
            return emails
        if kind == "feedback_provided":
            return self._messages_about_feedback(about)
        if (kind, about) in self.announced or not self._is_still_to_be_told(kind, about, now):
            return emails
        self.announced.add((kind, about))
        return [*emails, *self._messages_about_request(kind, self.requests[about.partition(" ")[0]], now)]

    def _messages_about_feedback(self, feedback_id: str) -> list[Message]:
        """The event says what the tab shows now. People are told once, and not of what is removed."""
        kind = "feedback_provided"
        contract, entry = next(
            (contract, entry)
            for contract in self.contracts.values()
            for entry in contract.mid_contract_feedback
            if entry.feedback_id == feedback_id
        )
        told: list[Message] = []
        if (kind, feedback_id) not in self.announced:
            details = {"feedback": entry.party_view()}
            told.append(_event("FeedbackProvided", feedback_id, contract, entry.provided_at, details))
        self.announced.add((kind, feedback_id))
        if feedback_id in self.told_of_feedback or entry.removed:
            return told
        self.told_of_feedback.add(feedback_id)
        recipient, view = contract.freelancer, entry.party_view()
        facts = {name: view[name] for name in ("feedback_id", "request_id", "score", "provided_at")}
        return [
            *told,
            _dash(kind, recipient, contract, entry.provided_at, facts),
            Message("e-mail", kind, recipient.email, contract.newest.title, _language(recipient)),
        ]

    def _request_emails(self, kind: str, about: str, now: datetime) -> list[Message]:
        """The e-mail about an open request, which each address of the client gets once."""
        request = self.requests.get(about) if kind == "feedback_requested" else None
        if kind == "address_corrected" and not self.contracts[about].requests_muted:
            request = next((one for one in self.contracts[about].requests if one.status(now) == "pending"), None)
        if request is None:
            return []
        if request.status(now) != "pending":
            request.report = request.report or {"status": "not_sent", "reason": "request_closed", "at": now}
            return []
        client = self.contracts[request.contract_id].client
        if (request.request_id, client.email) in self.mailed:
            return []
        self.mailed.add((request.request_id, client.email))
        request.note_email(now)
        return [Message("e-mail", "feedback_requested", client.email, request.request_id, _language(client))]

    def _is_still_to_be_told(self, kind: str, about: str, now: datetime) -> bool:
        """Only a reminder depends on the moment: its request is open, and requests are on. No later one is due."""
        if kind != "feedback_request_reminder":
            return True
        request_id, _, reminded_at = about.partition(" ")
        request = self.requests[request_id]
        if self.contracts[request.contract_id].requests_muted:
            return False
        return request.status(now) == "pending" and request.reminded_at == datetime.fromisoformat(reminded_at)

    def _messages_about_request(self, kind: str, request: Request, now: datetime) -> list[Message]:
        contract, about, view = self.contracts[request.contract_id], request.request_id, request.view(now)
        facts = {name: view[name] for name in ("request_id", "requested_at", "expires_at")}
        if kind == "feedback_request_reminder":
            assert request.reminded_at
            dash = _dash(kind, contract.client, contract, request.reminded_at, facts)
            if request.mailed_at is None or now < request.mailed_at + REMINDER_PAUSE:
                return [dash]
            request.note_email(now)
            return [
                dash,
                Message("e-mail", kind, contract.client.email, request.request_id, _language(contract.client)),
            ]
        if kind == "feedback_requested":
            as_made = view | {"status": "pending", "closed_at": None}
            dash = _dash(kind, contract.client, contract, request.requested_at, facts)
            event = _event("FeedbackRequested", about, contract, request.requested_at, {"request": as_made})
            return [event] if request.request_id in self.revoked else [dash, event]
        details = {"status": view["status"], "request": view}
        event = _event("FeedbackRequestClosed", about, contract, view["closed_at"], details)
        if kind == "feedback_request_closed":
            return [event]
        if kind == "feedback_request_withdrawn":
            facts["closed_at"] = view["closed_at"]
            if ("feedback_requested", request.request_id) not in self.announced:
                self.revoked.add(request.request_id)
            dash = _dash(kind, contract.client, contract, view["closed_at"], facts)
            return [event] if request.request_id in self.revoked else [dash, event]
        if kind == "feedback_request_declined":
            facts["closed_at"] = view["closed_at"]
        verdict = self._eligibility(contract, now, requesting=True)
        facts["next_request"] = {"eligible": not verdict["reasons"], **verdict}
        return [_dash(kind, contract.freelancer, contract, view["closed_at"], facts), event]

    def expected_announcements(self, now: datetime) -> set[tuple[str, str]]:
        """All that must have been announced when every stream record has been handled, besides reminders."""
        expired = [request for request in self.requests.values() if request.status(now) == "expired"]
        closed = [request for request in self.requests.values() if request.closed_as not in {None, "expired"}]
        told = {"declined": "feedback_request_declined", "withdrawn": "feedback_request_withdrawn"}
        return {
            *(("feedback_requested", request_id) for request_id in self.requests),
            *(("feedback_request_expired", request.request_id) for request in expired),
            *(
                (told.get(request.closed_as or "", "feedback_request_closed"), request.request_id)
                for request in closed
            ),
            *(
                ("feedback_provided", entry.feedback_id)
                for contract in self.contracts.values()
                for entry in contract.mid_contract_feedback
            ),
        }

    # Inside

    def _contract_of_party(self, contract_id: str, person: str) -> Contract | None:
        """The contract, if it has started and this person is a party to it."""
        contract = self.contract(contract_id)
        party = contract.starts and person in {contract.client.id, contract.freelancer.id}
        return contract if party else None

    def _contract_of_request(self, request_id: str) -> Contract:
        return self.contracts[self.requests[request_id].contract_id]

    def _link_refusal(self, request_id: str, now: datetime) -> Response | None:
        codes = {
            "fulfilled": "already_answered",
            "expired": "link_expired",
            "cancelled": "contract_ended",
            "declined": "request_declined",
            "withdrawn": "request_withdrawn",
        }
        code = codes.get(self.requests[request_id].status(now))
        if code == "contract_ended" and self._contract_of_request(request_id).ended_at is None:
            code = "request_cancelled"  # because its freelancer was replaced
        if code not in {"link_expired", "request_declined", "request_withdrawn"}:
            return Response(410, code, {}) if code else None
        contract = self._contract_of_request(request_id)
        can_give_feedback = bool(contract.open_request(now)) or not contract.failing_criteria(now)
        return Response(410, code, {"contract_id": contract.contract_id, "can_give_feedback": can_give_feedback})

    def _eligibility(self, contract: Contract, now: datetime, *, requesting: bool) -> Json:
        """Reasons and `eligible_at`, found by trying every instant at which something changes."""

        def reasons_at(at: datetime) -> Reasons:
            pending = contract.open_request(at)
            if not requesting:
                return {} if pending else contract.failing_criteria(at)
            reasons = contract.failing_criteria(at)
            if pending:
                reasons["request_pending"] = pending.expires_at
            if contract.freelancer.id not in self.enabled:
                reasons["requests_not_enabled"] = None
            return reasons | contract.request_criteria(at)

        reasons = reasons_at(now)
        later = sorted(instant for instant in contract.boundaries() if instant > now)
        eligible_at = next((instant for instant in later if not reasons_at(instant)), None)
        return {"reasons": reasons, "eligible_at": eligible_at if reasons else None}

    def _requestable_at(self, contract: Contract, pending: Request, now: datetime) -> datetime | None:
        """From when another request is possible if `pending` is withdrawn."""
        withdrawn = replace(contract, last_withdrawn_request_at=pending.requested_at, requests=[])
        found = self._eligibility(withdrawn, now, requesting=True)
        eligible_at: datetime | None = found["eligible_at"]
        return eligible_at if found["reasons"] else pending.requested_at + COOLDOWN


def _accept_feedback(contract: Contract, submitted: Json, now: datetime, new_id: str) -> Response:
    fulfilled = contract.open_request(now)
    entry = _feedback(
        contract.contract_id,
        submitted | {"feedback_id": new_id, "provided_at": now},
        kind="mid_contract",
        request_id=fulfilled.request_id if fulfilled else None,
    )
    _close_stored_request(contract, "fulfilled", now)
    if fulfilled is None:
        contract.requests_muted = False
    contract.mid_contract_feedback.append(entry)
    return Response(201, None, entry.party_view())


def _close_stored_request(contract: Contract, closed_as: str, now: datetime) -> None:
    """Records how the stored request ended: as `closed_as`, or as expired if its deadline has passed."""
    request = contract.stored_request()
    if request is None:
        return
    if request.status(now) == "pending":
        request.closed_as, request.closed_at = closed_as, now
    request.row = RowState.RECORDED


def _feedback(contract_id: str, submitted: Json, *, kind: str, request_id: str | None) -> Feedback:
    return Feedback(
        feedback_id=submitted["feedback_id"],
        contract_id=contract_id,
        kind=kind,
        ratings=submitted["ratings"],
        comment=_text_or_none(submitted.get("comment")),
        provided_at=submitted["provided_at"],
        request_id=request_id,
    )


def _summary(ratings: list[Json]) -> Json:
    def mean(values: list[int]) -> float | None:
        exact = Decimal(sum(values)) / len(values) if values else None
        return None if exact is None else float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))

    scores = [Decimal(sum(entry.values())) / 6 for entry in ratings]
    return {
        "count": len(ratings),
        "average": mean([value for entry in ratings for value in entry.values()]),
        "categories": {name: mean([entry[name] for entry in ratings]) for name in _CATEGORIES},
        "distribution": {
            str(stars): sum(stars - Decimal("0.5") <= score < stars + Decimal("0.5") for score in scores)
            for stars in (1, 2, 3, 4, 5)
        },
    }


def _dash(kind: str, to: Person, contract: Contract, at: datetime, facts: Json) -> Message:
    people = {role: {"id": person.id, "name": person.name} for role, person in contract.people.items()}
    data = {"contract_title": contract.newest.title, **people, **facts}
    return Message("dash", kind, to.id, (contract.contract_id, at, data))


def _event(kind: str, about: str, contract: Contract, at: datetime, details: Json) -> Message:
    ids = {f"{role}_id": person.id for role, person in contract.people.items()}
    heading = {"event_id": f"{kind}:{about}", "occurred_at": at, "version": 1, "contract_id": contract.contract_id}
    return Message("event", kind, "", heading | ids | details)


def _language(person: Person) -> str:
    return person.locale if person.locale in {"de", "es", "ar"} else "en"


def _text_or_none(typed: str | None) -> str | None:
    """Trimmed; None if nothing of it can be seen."""
    text = (typed or "").strip()
    return text if text.strip("\u200b\u200f ") else None


def _in_milliseconds(instant: datetime) -> datetime:
    return datetime.fromisoformat(instant.isoformat(timespec="milliseconds"))


def _newest_first(entries: list[Json], by: str) -> list[Json]:
    return sorted(entries, key=lambda entry: entry[by], reverse=True)
