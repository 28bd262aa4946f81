"""What a command about a given piece of feedback reads, and what it changes."""

from mid_job_feedback.domain.lifecycle import Snapshot
from mid_job_feedback.domain.models import (
    Contract,
    Decision,
    EarlierVersion,
    Feedback,
    FeedbackText,
    Report,
    ReportTarget,
    Value,
)


class FeedbackSeen(Value):
    """What a command reads. `feedback` is None if the contract has no such feedback.

    `snapshot` has the contract. For a link, it also has the request that the link names, with its answer.
    `earlier`, `reports` and `decisions` are about this feedback, oldest first.
    `withheld` and `withheld_reply`: what a removed feedback and a removed reply say. Nobody is shown them.
    """

    snapshot: Snapshot
    feedback: Feedback | None
    earlier: tuple[EarlierVersion, ...] = ()
    reports: tuple[Report, ...] = ()
    decisions: tuple[Decision, ...] = ()
    withheld: FeedbackText | None = None
    withheld_reply: str | None = None

    @property
    def contract(self) -> Contract:
        return self.snapshot.contract

    def reports_on(self, target: ReportTarget) -> tuple[Report, ...]:
        """The reports on this text, open or settled."""
        return tuple(report for report in self.reports if report.target is target)

    def decisions_on(self, target: ReportTarget) -> tuple[Decision, ...]:
        return tuple(decision for decision in self.decisions if decision.target is target)


class FeedbackChange(Value):
    """Everything that one command changes. Committed only if what the decision rests on is still as in `seen`.

    `feedback` is as it is now, `before` as it was. `replaced` is the version that a correction replaces. `reports`
    are those that are made or settled. A command that finds everything as it wants it changes nothing.
    `by_link`: as that of `lifecycle.Change`.
    """

    seen: FeedbackSeen
    before: Feedback
    feedback: Feedback
    replaced: EarlierVersion | None = None
    reports: tuple[Report, ...] = ()
    decision: Decision | None = None
    by_link: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to commit."""
        return self.feedback != self.before or bool(self.reports) or self.decision is not None

    @property
    def ids(self) -> dict[str, str]:
        """What the change is about, for the log."""
        return {"contract_id": self.feedback.contract_id, "feedback_id": self.feedback.feedback_id}

    @property
    def earlier(self) -> tuple[EarlierVersion, ...]:
        """All versions before corrections."""
        return (*self.seen.earlier, self.replaced) if self.replaced else self.seen.earlier


class ReportMade(FeedbackChange):
    report: Report


class Moderated(FeedbackChange):
    """`standing` is the decision that counts now: the one that was made, or an equal one from before."""

    standing: Decision
