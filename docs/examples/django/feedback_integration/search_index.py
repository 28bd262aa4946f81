"""Domain events into a table of public feedback, for a search of your own."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from feedback_integration.models import FoundFeedback


@transaction.atomic
def store(event: dict[str, Any]) -> bool:
    """Return whether the event changed the table. `event` is as EventBridge delivers it.

    Every event about feedback has the feedback as it reads then. So the newest one is enough, and one that comes
    twice or late changes nothing. Events about something else are left alone.
    """
    detail = event["detail"]
    feedback = detail.get("feedback")
    if event["source"] != "mid-job-feedback" or feedback is None:
        return False
    row = {
        "contract_id": detail["contract_id"],
        "freelancer_id": detail["freelancer_id"],
        "score": feedback["score"],
        "comment": feedback["comment"] or "",
        "provided_at": datetime.fromisoformat(feedback["provided_at"]),
        "occurred_at": datetime.fromisoformat(detail["occurred_at"]),
    }
    known, is_new = FoundFeedback.objects.get_or_create(feedback_id=feedback["feedback_id"], defaults=row)
    older = FoundFeedback.objects.filter(pk=known.pk, occurred_at__lt=row["occurred_at"])
    return is_new or older.update(**row) > 0


def search(words: str) -> QuerySet[FoundFeedback]:
    """Feedback with these words, best first. Feedback that was removed has no score any more."""
    found = FoundFeedback.objects.filter(comment__icontains=words, score__isnull=False)
    return found.order_by("-score", "-provided_at")
