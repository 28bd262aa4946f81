"""The events and messages that have a schema, and their examples, which tell one story."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from local.sample_data import RATINGS
from mid_job_feedback.domain import contract_events, dash_messages, domain_events

type Json = dict[str, Any]


class Group(StrEnum):
    CONTRACT_EVENTS = "contract-events"
    DOMAIN_EVENTS = "domain-events"
    DASH_MESSAGES = "dash-messages"

    @property
    def is_received(self) -> bool:
        """Whether the service reads these messages. It writes all others."""
        return self is Group.CONTRACT_EVENTS


@dataclass(frozen=True)
class Message:
    """`example` is part of the schema. `name` is the detail-type of an event, or the kind of a Dash message."""

    group: Group
    name: str
    version: int
    model: type[BaseModel]
    summary: str
    example: Json

    @property
    def path(self) -> Path:
        """Of the schema, below events/schemas."""
        return Path(self.group, f"{self.name}.v{self.version}.json")


_PEOPLE: Final = {
    "client": {"id": "u-client", "name": "Ben Okoye"},
    "freelancer": {"id": "u-freelancer", "name": "Ana Ruiz"},
}
_IDS: Final = {"contract_id": "c-1", "freelancer_id": "u-freelancer", "client_id": "u-client"}
_REQUEST_ID: Final = "5f0c7e5e-3f64-4f0e-9d51-0b7a7a4f2c11"
_FEEDBACK_ID: Final = "9b2f0c5a-6d0b-4a43-8a3b-52c1a1f0d9e7"
_OPEN_REQUEST: Final = {
    "request_id": _REQUEST_ID,
    "contract_id": "c-1",
    "status": "pending",
    "message": "How is it going so far?",
    "requested_at": "2026-06-15T12:00:00.000Z",
    "expires_at": "2026-06-29T12:00:00.000Z",
    "closed_at": None,
}
_REQUEST_FACTS: Final = {key: _OPEN_REQUEST[key] for key in ("request_id", "requested_at", "expires_at")}
# The feedback, which is corrected and replied to. The reply is reported, removed and restored.
_FEEDBACK: Final = {
    "feedback_id": _FEEDBACK_ID,
    "contract_id": "c-1",
    "kind": "mid_contract",
    "ratings": RATINGS,
    "score": 4.67,
    "comment": "Clear and always on time.",
    "provided_at": "2026-06-17T08:30:00.250Z",
    "counts_towards_job_success_score": False,
    "revision": 1,
    "edited_at": None,
    "reply": None,
    "removed": None,
    "request_id": _REQUEST_ID,
    "correctable_until": "2026-06-19T08:30:00.250Z",
    "replyable_until": "2026-07-15T08:30:00.250Z",
    "earlier_versions": [],
}
_CORRECTED_AT: Final = "2026-06-17T09:15:00.000Z"
_CORRECTED: Final = _FEEDBACK | {
    "ratings": RATINGS | {"availability": 5},
    "score": 4.83,
    "comment": "Clear, always on time, and easy to reach.",
    "revision": 2,
    "edited_at": _CORRECTED_AT,
    "earlier_versions": [
        {
            "revision": 1,
            "ratings": RATINGS,
            "score": 4.67,
            "comment": "Clear and always on time.",
            "replaced_at": _CORRECTED_AT,
        }
    ],
}
_REPLIED_AT: Final = "2026-06-18T10:00:00.000Z"
_REPLIED: Final = _CORRECTED | {
    "reply": {"text": "Thank you, Ben!", "replied_at": _REPLIED_AT, "edited_at": None},
    "replyable_until": "2026-06-20T10:00:00.000Z",
}
_ABOUT_REPLY: Final = {"target": "reply", "ground": "private_information"}
_REPORT_ID: Final = "0d9b6a6e-0d3c-4a53-9d07-9e6c7b1f3a25"
_REMOVAL_ID: Final = "c2f1f0b4-7d0e-4a6b-8b7e-53a6a4c8d211"
_REMOVED_AT: Final = "2026-06-19T14:00:00.000Z"
_REPLY_REMOVED: Final = _REPLIED | {
    "reply": {
        "text": None,
        "replied_at": _REPLIED_AT,
        "edited_at": None,
        "removed": {"at": _REMOVED_AT, "ground": "private_information"},
    },
    "replyable_until": None,
}
_RESTORATION_ID: Final = "7e3a9c58-2b64-4d0f-8f6d-1c9d5e0b7a42"
_RESTORED_AT: Final = "2026-06-20T09:00:00.000Z"
_ROOM: Final = "https://feedback.example.com/app/contract?id=c-1"

MESSAGES: Final = (
    Message(
        Group.CONTRACT_EVENTS,
        "ContractStarted",
        1,
        contract_events.ContractStarted,
        "A contract has started, or its title or the details of its people have changed.",
        {
            "contract_id": "c-1",
            "title": "Website relaunch",
            "started_at": "2026-04-16T12:00:00Z",
            "client": _PEOPLE["client"]
            | {"email": "ben@example.com", "locale": "de-AT", "time_zone": "Europe/Vienna"},
            "freelancer": _PEOPLE["freelancer"] | {"email": "ana@example.com"},
        },
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "PaymentMade",
        1,
        contract_events.PaymentMade,
        "The freelancer has been paid.",
        {"contract_id": "c-1", "payment_id": "p-1", "paid_at": "2026-06-14T12:00:00Z"},
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "ContractEnded",
        1,
        contract_events.ContractEnded,
        "A contract has ended.",
        {"contract_id": "c-1", "ended_at": "2026-07-31T12:00:00Z"},
    ),
    Message(
        Group.CONTRACT_EVENTS,
        "EndOfContractFeedbackProvided",
        1,
        contract_events.EndOfContractFeedbackProvided,
        "The client has given feedback at the end of the contract.",
        {
            "contract_id": "c-1",
            "feedback_id": "f-1",
            "ratings": RATINGS,
            "comment": "Reliable from the first day to the last.",
            "provided_at": "2026-08-01T12:00:00Z",
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRequested",
        1,
        domain_events.FeedbackRequested,
        "The freelancer has requested feedback.",
        {
            "event_id": f"FeedbackRequested:{_REQUEST_ID}",
            "occurred_at": "2026-06-15T12:00:00.000Z",
            "version": 1,
            **_IDS,
            "request": _OPEN_REQUEST,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRequestClosed",
        1,
        domain_events.FeedbackRequestClosed,
        "A request was answered, its deadline passed, or its contract ended.",
        {
            "event_id": f"FeedbackRequestClosed:{_REQUEST_ID}",
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "version": 1,
            **_IDS,
            "status": "fulfilled",
            "request": _OPEN_REQUEST | {"status": "fulfilled", "closed_at": "2026-06-17T08:30:00.250Z"},
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRequestUndeliverable",
        1,
        domain_events.FeedbackRequestUndeliverable,
        "The e-mail about a request was returned for good.",
        {
            "event_id": f"FeedbackRequestUndeliverable:{_REQUEST_ID}:1781524801250",
            "occurred_at": "2026-06-15T12:00:04.500Z",
            "version": 1,
            **_IDS,
            "request": _OPEN_REQUEST
            | {"delivery": {"email": {"status": "bounced", "reason": None, "at": "2026-06-15T12:00:04.500Z"}}},
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackProvided",
        1,
        domain_events.FeedbackProvided,
        "The client has given mid-contract feedback.",
        {
            "event_id": f"FeedbackProvided:{_FEEDBACK_ID}",
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "version": 1,
            **_IDS,
            "feedback": _FEEDBACK,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackCorrected",
        1,
        domain_events.FeedbackCorrected,
        "The client has corrected mid-contract feedback.",
        {
            "event_id": f"FeedbackCorrected:{_FEEDBACK_ID}:2",
            "occurred_at": _CORRECTED_AT,
            "version": 1,
            **_IDS,
            "feedback": _CORRECTED,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackReplied",
        1,
        domain_events.FeedbackReplied,
        "The freelancer has replied to feedback for the first time.",
        {
            "event_id": f"FeedbackReplied:{_FEEDBACK_ID}",
            "occurred_at": _REPLIED_AT,
            "version": 1,
            **_IDS,
            "feedback": _REPLIED,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackReported",
        1,
        domain_events.FeedbackReported,
        "One of the two people has reported feedback or a reply.",
        {
            "event_id": f"FeedbackReported:{_REPORT_ID}",
            "occurred_at": "2026-06-18T18:00:00.000Z",
            "version": 1,
            **_IDS,
            "report_id": _REPORT_ID,
            **_ABOUT_REPLY,
            "feedback": _REPLIED,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRemoved",
        1,
        domain_events.FeedbackRemoved,
        "The staff of the marketplace have removed feedback or a reply.",
        {
            "event_id": f"FeedbackRemoved:{_REMOVAL_ID}",
            "occurred_at": _REMOVED_AT,
            "version": 1,
            **_IDS,
            **_ABOUT_REPLY,
            "feedback": _REPLY_REMOVED,
        },
    ),
    Message(
        Group.DOMAIN_EVENTS,
        "FeedbackRestored",
        1,
        domain_events.FeedbackRestored,
        "The staff of the marketplace have made feedback or a reply public again.",
        {
            "event_id": f"FeedbackRestored:{_RESTORATION_ID}",
            "occurred_at": _RESTORED_AT,
            "version": 1,
            **_IDS,
            **_ABOUT_REPLY,
            "feedback": _REPLIED,
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_requested",
        1,
        dash_messages.FeedbackRequestedDash,
        "To the client: the freelancer asks for feedback.",
        {
            "message_id": f"feedback_requested:{_REQUEST_ID}",
            "kind": "feedback_requested",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Ana Ruiz asks for your feedback",
            "body": "About “Website relaunch”. You have until Monday, 29 June 2026, 12:00 UTC to answer "
            "(14 days left).",
            "link": _ROOM,
            "occurred_at": "2026-06-15T12:00:00.000Z",
            "data": {"contract_title": "Website relaunch", **_PEOPLE, **_REQUEST_FACTS},
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_reminder",
        1,
        dash_messages.FeedbackRequestReminderDash,
        "To the client: a request is still open, and its deadline comes near.",
        {
            "message_id": f"feedback_request_reminder:{_REQUEST_ID}:2026-06-27T12:00:00.000Z",
            "kind": "feedback_request_reminder",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Reminder: Ana Ruiz asks for your feedback",
            "body": "About “Website relaunch”. You have until Monday, 29 June 2026, 12:00 UTC to answer "
            "(2 days left).",
            "link": _ROOM,
            "occurred_at": "2026-06-27T12:00:00.000Z",
            "data": {"contract_title": "Website relaunch", **_PEOPLE, **_REQUEST_FACTS},
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_provided",
        1,
        dash_messages.FeedbackProvidedDash,
        "To the freelancer: the client has given feedback.",
        {
            "message_id": f"feedback_provided:{_FEEDBACK_ID}",
            "kind": "feedback_provided",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Ben Okoye gave you feedback",
            "body": "Average 4.67 of 5 for “Website relaunch”.",
            "link": _ROOM,
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                "request_id": _REQUEST_ID,
                "score": 4.67,
                "provided_at": "2026-06-17T08:30:00.250Z",
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_expired",
        1,
        dash_messages.FeedbackRequestExpiredDash,
        "To the freelancer: the client did not answer in time.",
        {
            "message_id": f"feedback_request_expired:{_REQUEST_ID}",
            "kind": "feedback_request_expired",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Your feedback request has expired",
            "body": "Ben Okoye did not answer in time about “Website relaunch”. You can ask again now.",
            "link": _ROOM,
            "occurred_at": "2026-06-29T12:00:00.000Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                **_REQUEST_FACTS,
                "next_request": {"eligible": True, "eligible_at": None, "reasons": []},
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_undeliverable",
        1,
        dash_messages.FeedbackRequestUndeliverableDash,
        "To the freelancer: the e-mail to the client was returned for good.",
        {
            "message_id": f"feedback_request_undeliverable:{_REQUEST_ID}:1781524801250",
            "kind": "feedback_request_undeliverable",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Ben Okoye could not be reached by e-mail",
            "body": "The e-mail about “Website relaunch” was returned. Ask Ben Okoye to check their e-mail "
            "address. They still see your request in the contract, and can answer until Monday, 29 June 2026, "
            "12:00 UTC.",
            "link": _ROOM,
            "occurred_at": "2026-06-15T12:00:04.500Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                **_REQUEST_FACTS,
                "bounced_at": "2026-06-15T12:00:04.500Z",
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_declined",
        1,
        dash_messages.FeedbackRequestDeclinedDash,
        "To the freelancer: the client declined the request.",
        {
            "message_id": f"feedback_request_declined:{_REQUEST_ID}",
            "kind": "feedback_request_declined",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "No feedback on “Website relaunch” this time",
            "body": "Ben Okoye chose not to answer your request. You can ask again from Friday, 17 July 2026, "
            "08:31 UTC.",
            "link": _ROOM,
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                **_REQUEST_FACTS,
                "closed_at": "2026-06-17T08:30:00.250Z",
                "next_request": {
                    "eligible": False,
                    "eligible_at": "2026-07-17T08:30:00.250Z",
                    "reasons": [
                        {
                            "code": "request_declined",
                            "detail": "The client declined the last request.",
                            "clears_at": "2026-07-17T08:30:00.250Z",
                        }
                    ],
                },
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_request_withdrawn",
        1,
        dash_messages.FeedbackRequestWithdrawnDash,
        "To the client: the freelancer withdrew a request that the client had been told of.",
        {
            "message_id": f"feedback_request_withdrawn:{_REQUEST_ID}",
            "kind": "feedback_request_withdrawn",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Ana Ruiz no longer asks for your feedback",
            "body": "The request about “Website relaunch” was withdrawn. You don’t need to do anything.",
            "link": _ROOM,
            "occurred_at": "2026-06-17T08:30:00.250Z",
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                **_REQUEST_FACTS,
                "closed_at": "2026-06-17T08:30:00.250Z",
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_corrected",
        1,
        dash_messages.FeedbackCorrectedDash,
        "To the freelancer: the client has corrected feedback.",
        {
            "message_id": f"feedback_corrected:{_FEEDBACK_ID}:2",
            "kind": "feedback_corrected",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Ben Okoye corrected their feedback",
            "body": "Average now 4.83 of 5 for “Website relaunch”. The Contract Room also shows the version "
            "before.",
            "link": _ROOM,
            "occurred_at": _CORRECTED_AT,
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                "revision": 2,
                "score": 4.83,
                "edited_at": _CORRECTED_AT,
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_replied",
        1,
        dash_messages.FeedbackRepliedDash,
        "To the client: the freelancer has replied to feedback.",
        {
            "message_id": f"feedback_replied:{_FEEDBACK_ID}",
            "kind": "feedback_replied",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Ana Ruiz replied to your feedback",
            "body": "About “Website relaunch”. You can read the reply in the Contract Room.",
            "link": _ROOM,
            "occurred_at": _REPLIED_AT,
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                "replied_at": _REPLIED_AT,
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_report_decided",
        1,
        dash_messages.FeedbackReportDecidedDash,
        "To whoever reported a text: the staff of the marketplace have decided.",
        {
            "message_id": f"feedback_report_decided:{_REPORT_ID}",
            "kind": "feedback_report_decided",
            "recipient_id": "u-client",
            "contract_id": "c-1",
            "title": "Your report about “Website relaunch” was reviewed",
            "body": "The reply that you reported was removed, and is no longer public.",
            "link": _ROOM,
            "occurred_at": _REMOVED_AT,
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                "report_id": _REPORT_ID,
                **_ABOUT_REPLY,
                "outcome": "removed",
                "decided_at": _REMOVED_AT,
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_removed",
        1,
        dash_messages.FeedbackRemovedDash,
        "To the author of feedback or a reply: it was removed.",
        {
            "message_id": f"feedback_removed:{_REMOVAL_ID}",
            "kind": "feedback_removed",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Your reply about “Website relaunch” was removed",
            "body": "The staff of the marketplace removed it, and it is no longer public. Reason: private "
            "information. If you think this is a mistake, contact support.",
            "link": _ROOM,
            "occurred_at": _REMOVED_AT,
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                **_ABOUT_REPLY,
                "decided_at": _REMOVED_AT,
            },
        },
    ),
    Message(
        Group.DASH_MESSAGES,
        "feedback_restored",
        1,
        dash_messages.FeedbackRestoredDash,
        "To the author of feedback or a reply: it is public again.",
        {
            "message_id": f"feedback_restored:{_RESTORATION_ID}",
            "kind": "feedback_restored",
            "recipient_id": "u-freelancer",
            "contract_id": "c-1",
            "title": "Your reply about “Website relaunch” is public again",
            "body": "The staff of the marketplace reviewed it again and restored it as it was. You don’t need to "
            "do anything.",
            "link": _ROOM,
            "occurred_at": _RESTORED_AT,
            "data": {
                "contract_title": "Website relaunch",
                **_PEOPLE,
                "feedback_id": _FEEDBACK_ID,
                **_ABOUT_REPLY,
                "decided_at": _RESTORED_AT,
            },
        },
    ),
)
