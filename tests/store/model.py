"""What the service promises, once more, as a small program of its own: the product's rules on plain Python values.

It shares no code with the service. It is told what was done and when, and says what everybody must be answered,
shown and told.
"""

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.store.modelled import LIFETIME, Contract, Json, Message, Reasons, Reply, Request, Row, Start


class Model:
    def __init__(self) -> None:
        self.contracts: dict[str, Contract] = {}
        self.requests: dict[str, Request] = {}
        self.enabled: set[str] = set()  # freelancers the rollout reaches
        self.told: set[tuple[str, str]] = set()

    def contract(self, contract_id: str) -> Contract:
        return self.contracts.setdefault(contract_id, Contract(contract_id))

    def started(self) -> list[Contract]:
        return [contract for contract in self.contracts.values() if contract.starts]

    def ready(self, now: datetime, *, asking: bool) -> list[str]:
        """Contracts whose freelancer may ask, or whose client may give feedback."""
        return [
            contract.contract_id
            for contract in self.started()
            if not self._verdict(contract, now, asking=asking)["reasons"]
        ]

    # Contract events

    def start(self, contract_id: str, time: datetime, start: Start) -> None:
        self.contract(contract_id).starts[time] = start

    def pay(self, contract_id: str, paid_at: datetime) -> None:
        contract = self.contract(contract_id)
        contract.last_payment_at = max(contract.last_payment_at or paid_at, paid_at)

    def end(self, contract_id: str, ended_at: datetime, now: datetime) -> None:
        contract = self.contract(contract_id)
        contract.ended_at = min(contract.ended_at or ended_at, ended_at)
        if contract.starts:
            _close(contract, "cancelled", now)

    def state(self, contract_id: str, time: datetime, said: Json) -> None:
        """End-of-contract feedback: of one id, what was said last."""
        entry = _feedback(contract_id, said, kind="end_of_contract", request_id=None)
        stated = self.contract(contract_id).stated
        if entry["feedback_id"] not in stated or stated[entry["feedback_id"]][0] < time:
            stated[entry["feedback_id"]] = time, entry

    # People

    def ask(self, contract_id: str, person: str, message: str | None, now: datetime, new_id: str) -> Reply:
        contract = self._of(contract_id, person)
        if contract is None:
            return Reply(404, "contract_not_found", {})
        if person != contract.freelancer.id:
            return Reply(403, "not_the_freelancer", {})
        if person not in self.enabled:
            return Reply(403, "requests_not_enabled", {})
        if pending := contract.open_request(now):
            return Reply(409, "request_pending", {"expires_at": pending.expires_at})
        if contract.failing(now):
            return Reply(409, "not_eligible", self._verdict(contract, now, asking=True))
        _close(contract, "expired", now)
        at = now.replace(microsecond=0)
        asked = Request(new_id, contract_id, (message or "").strip() or None, at, at + LIFETIME)
        contract.requests.append(asked)
        self.requests[new_id] = asked
        return Reply(201, None, asked.view(now))

    def give(self, contract_id: str, person: str, said: Json, now: datetime, new_id: str) -> Reply:
        contract = self._of(contract_id, person)
        if contract is None:
            return Reply(404, "contract_not_found", {})
        if person != contract.client.id:
            return Reply(403, "not_the_client", {})
        if contract.failing(now) and not contract.open_request(now):
            return Reply(409, "not_eligible", self._verdict(contract, now, asking=False))
        return _accept(contract, said, now, new_id)

    def answer(self, request_id: str, said: Json, now: datetime, new_id: str) -> Reply:
        """By the link of a request."""
        return self._closed_link(request_id, now) or _accept(self._asked(request_id), said, now, new_id)

    def open_link(self, request_id: str, now: datetime) -> Reply:
        contract = self._asked(request_id)
        shown = {
            "contract_id": contract.contract_id,
            "title": contract.newest.title,
            "freelancer": {"name": contract.freelancer.name},
        }
        view = {"contract": shown, "request": self.requests[request_id].view(now)}
        return self._closed_link(request_id, now) or Reply(200, None, view)

    def tab(self, contract_id: str, viewer: str, now: datetime) -> Reply:
        """Without `past_requests`, for which see `past`."""
        contract = self._of(contract_id, viewer)
        if contract is None:
            return Reply(404, "contract_not_found", {})
        pending = contract.open_request(now)
        asking = viewer == contract.freelancer.id
        action = self._verdict(contract, now, asking=asking)
        action |= {"visible": viewer in self.enabled or not asking, "eligible": not action["reasons"]}
        hidden: Json = {"visible": False, "eligible": False, "eligible_at": None, "reasons": {}}
        view = {
            "contract": contract.heading
            | {
                "client": {"id": contract.client.id, "name": contract.client.name},
                "freelancer": {"id": contract.freelancer.id, "name": contract.freelancer.name},
            },
            "viewer": "freelancer" if asking else "client",
            "actions": {
                "request_feedback": action if asking else hidden,
                "give_feedback": hidden if asking else action,
            },
            "open_request": pending.view(now) if pending else None,
            "feedback": _newest_first(contract.feedback, "provided_at"),
        }
        return Reply(200, None, view)

    def past(self, contract_id: str, now: datetime) -> list[tuple[Json, bool]]:
        """Past requests, newest first; each with whether it may be missing for the moment."""
        past = [request for request in self.contract(contract_id).requests if request.status(now) != "pending"]
        return [(request.view(now), request.row is Row.REMOVED) for request in reversed(past)]

    def history(self, freelancer_id: str) -> Json:
        own = [contract for contract in self.started() if contract.freelancer.id == freelancer_id]
        shown = [
            contract.heading
            | {
                "feedback": [
                    {name: value for name, value in entry.items() if name != "request_id"}
                    for entry in _newest_first(contract.feedback, "provided_at")
                ]
            }
            for contract in own
        ]
        return {"freelancer_id": freelancer_id, "contracts": _newest_first(shown, "started_at")}

    # Time

    def stored(self) -> list[Request]:
        """Requests in the table."""
        return [request for contract in self.contracts.values() if (request := contract.stored())]

    def overdue(self, now: datetime) -> list[Request]:
        """Expired, but still in the table."""
        return [request for request in self.stored() if request.status(now) == "expired"]

    def sweep(self, now: datetime) -> None:
        for request in self.overdue(now):
            request.row = Row.REMOVED

    def remove_by_ttl(self, request_id: str) -> None:
        self.requests[request_id].row = Row.REMOVED

    def recorded(self, request_id: str) -> None:
        """The stream has told of the removal, and that was handled."""
        self.requests[request_id].row = Row.RECORDED

    # Messages

    def news(self, kind: str, about: str, now: datetime) -> list[Message]:
        """What must be sent when the stream tells that, for the first time or again."""
        if (kind, about) in self.told:
            return []
        self.told.add((kind, about))
        if kind == "feedback_provided":
            contract, entry = next(
                (contract, entry)
                for contract in self.contracts.values()
                for entry in contract.given
                if entry["feedback_id"] == about
            )
            to = contract.freelancer
            return [
                Message("dash", kind, to.id, (contract.contract_id, entry["provided_at"])),
                Message("e-mail", kind, to.email, contract.newest.title),
            ]
        request, contract = self.requests[about], self._asked(about)
        if kind == "feedback_request_expired":
            return [Message("dash", kind, contract.freelancer.id, (contract.contract_id, request.expires_at))]
        dash = Message("dash", kind, contract.client.id, (contract.contract_id, request.requested_at))
        email = Message("e-mail", kind, contract.client.email, request.request_id)
        return [dash, email] if request.status(now) == "pending" else [dash]

    def to_be_told(self, now: datetime) -> set[tuple[str, str]]:
        """All that must have been told once everything has come to rest."""
        expired = [request for request in self.requests.values() if request.status(now) == "expired"]
        return {
            *(("feedback_requested", request_id) for request_id in self.requests),
            *(("feedback_request_expired", request.request_id) for request in expired),
            *(
                ("feedback_provided", entry["feedback_id"])
                for contract in self.contracts.values()
                for entry in contract.given
            ),
        }

    # Inside

    def _of(self, contract_id: str, person: str) -> Contract | None:
        """The contract, if there is one that this person is party to."""
        contract = self.contract(contract_id)
        party = contract.starts and person in {contract.client.id, contract.freelancer.id}
        return contract if party else None

    def _asked(self, request_id: str) -> Contract:
        return self.contracts[self.requests[request_id].contract_id]

    def _closed_link(self, request_id: str, now: datetime) -> Reply | None:
        codes = {"fulfilled": "already_answered", "expired": "link_expired", "cancelled": "contract_ended"}
        code = codes.get(self.requests[request_id].status(now))
        return Reply(410, code, {}) if code else None

    def _verdict(self, contract: Contract, now: datetime, *, asking: bool) -> Json:
        """`eligible_at` by trying every instant at which anything changes."""

        def against(at: datetime) -> Reasons:
            pending = contract.open_request(at)
            if not asking:
                return {} if pending else contract.failing(at)
            reasons = contract.failing(at)
            if pending:
                reasons["request_pending"] = pending.expires_at
            if contract.freelancer.id not in self.enabled:
                reasons["requests_not_enabled"] = None
            return reasons

        reasons = against(now)
        later = sorted(instant for instant in contract.instants() if instant > now)
        clear = next((instant for instant in later if not against(instant)), None)
        return {"reasons": reasons, "eligible_at": clear if reasons else None}


def _accept(contract: Contract, said: Json, now: datetime, new_id: str) -> Reply:
    answered = contract.open_request(now)
    entry = _feedback(
        contract.contract_id,
        said | {"feedback_id": new_id, "provided_at": now},
        kind="mid_contract",
        request_id=answered.request_id if answered else None,
    )
    _close(contract, "fulfilled", now)
    contract.given.append(entry)
    return Reply(201, None, entry)


def _close(contract: Contract, fate: str, now: datetime) -> None:
    """Whoever changes a contract also records how its stored request ended: thus, or by its deadline before."""
    request = contract.stored()
    if request is None:
        return
    if request.status(now) == "pending":
        request.fate, request.closed_at = fate, now
    request.row = Row.RECORDED


def _feedback(contract_id: str, said: Json, *, kind: str, request_id: str | None) -> Json:
    ratings = said["ratings"]
    mean = Decimal(sum(ratings.values())) / 6
    return {
        "feedback_id": said["feedback_id"],
        "contract_id": contract_id,
        "kind": kind,
        "ratings": ratings,
        "score": float(mean.quantize(Decimal("0.01"), ROUND_HALF_UP)),
        "comment": (said.get("comment") or "").strip() or None,
        "provided_at": said["provided_at"],
        "request_id": request_id,
        "counts_towards_job_success_score": kind == "end_of_contract",
    }


def _newest_first(entries: list[Json], by: str) -> list[Json]:
    return sorted(entries, key=lambda entry: entry[by], reverse=True)
