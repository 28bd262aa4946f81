"""What people and staff do to feedback that was given, committed as the routes commit it, without HTTP."""

from collections.abc import Callable
from uuid import uuid4

from mid_job_feedback.domain import corrections, moderation, replies
from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.models import (
    FeedbackInput,
    Ground,
    ModerationInput,
    ModerationState,
    Ratings,
    ReplyInput,
    ReportInput,
    ReportTarget,
)
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import feedback_changes
from tests.builders import CLIENT, FREELANCER, RATINGS
from tests.component.marketplace import Marketplace
from tests.log_search import IN_PROCESS

FEEDBACK, REPLY = ReportTarget.FEEDBACK, ReportTarget.REPLY
OPERATOR, REASON = "Olga of the trust team", "It names the private address of a person."
DETAILS = "My private telephone number is in it."
IN_PROCESS.forbid(OPERATOR, REASON, DETAILS)


class TextChanges:
    """Of one piece of feedback on contract c-1."""

    def __init__(self, marketplace: Marketplace, feedback_id: str) -> None:
        self._marketplace = marketplace
        self.feedback_id = feedback_id

    def correct(self, comment: str = "Quick, but not at first.", **ratings: int) -> None:
        body = FeedbackInput(ratings=Ratings(**RATINGS | ratings), comment=comment)
        self._change(
            lambda seen: corrections.correct(
                seen, CLIENT.id, body, None, policy=settings().policy, now=self._marketplace.clock.now()
            )
        )

    def reply(self, text: str) -> None:
        IN_PROCESS.forbid(text)
        self._change(
            lambda seen: replies.reply(
                seen,
                FREELANCER.id,
                ReplyInput(text=text),
                policy=settings().policy,
                now=self._marketplace.clock.now(),
            )
        )

    def take_back(self) -> None:
        self._change(
            lambda seen: replies.take_back(
                seen, FREELANCER.id, policy=settings().policy, now=self._marketplace.clock.now()
            )
        )

    def report(self, target: ReportTarget, reporter: str = FREELANCER.id) -> str:
        """Returns the id of the report."""
        report_id = str(uuid4())
        body = ReportInput(target=target, ground=Ground.PRIVATE_INFORMATION, details=DETAILS)
        self._change(
            lambda seen: moderation.report(
                seen, reporter, body, report_id=report_id, now=self._marketplace.clock.now()
            )
        )
        return report_id

    def remove(self, target: ReportTarget, ground: Ground = Ground.PRIVATE_INFORMATION) -> str:
        return self.decide(target, "removed", ground)

    def restore(self, target: ReportTarget) -> str:
        return self.decide(target, "visible")

    def decide(
        self, target: ReportTarget, state: ModerationState, ground: Ground = Ground.PRIVATE_INFORMATION
    ) -> str:
        """Returns the id of the decision."""
        decision_id = str(uuid4())
        body = ModerationInput(target=target, state=state, ground=ground, reason=REASON, operator=OPERATOR)
        self._change(
            lambda seen: moderation.moderate(
                seen, body, decision_id=decision_id, now=self._marketplace.clock.now()
            )
        )
        return decision_id

    def _change(self, decide: Callable[[FeedbackSeen], FeedbackChange]) -> None:
        assert feedback_changes.change("c-1", self.feedback_id, decide).changes
