"""What two looks at the same change have in common: its identity, and the ids in log lines about it."""

from typing import assert_never

from mid_job_feedback.domain.models import Feedback, Report
from mid_job_feedback.messaging.news import (
    AddressCorrected,
    CorrectionMade,
    DecisionMade,
    EmailBounced,
    FirstReplyGiven,
    News,
    NewsOfFeedback,
    ReminderDue,
    RequestChanged,
)


def identity(news: News) -> tuple[object, ...]:
    """What two records of the same change have in common, whatever has become of the row since."""
    match news:
        case RequestChanged():
            return ("request", news.request.request_id, news.request.closed_at is None)
        case AddressCorrected():
            return ("address", news.contract_id)
        case ReminderDue():
            return ("reminder", news.request_id, news.reminded_at)
        case EmailBounced():
            return ("bounce", news.request_id, news.report.email_number)
        case _:
            return _identity_of_feedback(news)


def _identity_of_feedback(news: NewsOfFeedback) -> tuple[object, ...]:
    match news:
        case Feedback():
            return ("feedback", news.feedback_id)
        case CorrectionMade():
            return ("correction", news.feedback_id, news.revision)
        case FirstReplyGiven():
            return ("reply", news.feedback_id)
        case Report():
            return ("report", news.report_id, news.settled_at is None)
        case DecisionMade():
            return ("decision", news.decision_id)
        case unexpected:
            assert_never(unexpected)


def ids(news: News) -> dict[str, str]:
    """The ids that log lines about the change have."""
    about = news.request if isinstance(news, RequestChanged) else news
    found = {name: getattr(about, name, None) for name in ("contract_id", "request_id", "feedback_id")}
    return {name: id_ for name, id_ in found.items() if id_}
