from datetime import UTC, datetime

from mid_job_feedback.domain.models import cut


def now() -> datetime:
    """The current time, cut to milliseconds as people are shown it.

    Only handlers read it; the rules take it as a parameter.
    """
    return cut(datetime.now(UTC))
