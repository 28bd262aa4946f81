"""Contract events that wait to be published, Dash messages that were received, and feedback to search."""

from django.db import models


class OutboxEvent(models.Model):
    """A contract event. Its row commits with the change that it tells of, and is deleted once it is published."""

    detail_type = models.CharField(max_length=128)
    detail = models.TextField()
    occurred_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.detail_type} ({self.pk})"


class DashMessage(models.Model):
    """A message for one person. The primary key removes duplicates, since messages may come twice."""

    message_id = models.CharField(primary_key=True, max_length=255)
    kind = models.CharField(max_length=64)
    recipient_id = models.CharField(max_length=255, db_index=True)
    contract_id = models.CharField(max_length=255)
    title = models.TextField()
    body = models.TextField()
    link = models.TextField()
    data = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} ({self.message_id})"


class FoundFeedback(models.Model):
    """Feedback that people can search. `score` is None if it was removed."""

    feedback_id = models.CharField(primary_key=True, max_length=255)
    contract_id = models.CharField(max_length=255)
    freelancer_id = models.CharField(max_length=255, db_index=True)
    score = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    comment = models.TextField(default="")
    provided_at = models.DateTimeField()
    occurred_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.feedback_id
