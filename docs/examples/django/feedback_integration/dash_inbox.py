"""Dash messages into the inbox of a person."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from feedback_integration.models import DashMessage


@transaction.atomic
def store(message: dict[str, Any]) -> bool:
    """Return whether the message is new. Fields and kinds that are unknown here do no harm."""
    _, is_new = DashMessage.objects.get_or_create(
        message_id=message["message_id"],
        defaults={
            **{name: message[name] for name in ("kind", "recipient_id", "contract_id", "title", "body", "link")},
            "data": message.get("data", {}),
            "occurred_at": datetime.fromisoformat(message["occurred_at"]),
        },
    )
    return is_new


def inbox(recipient_id: str) -> QuerySet[DashMessage]:
    """One person's messages, newest first."""
    return DashMessage.objects.filter(recipient_id=recipient_id).order_by("-occurred_at", "message_id")
