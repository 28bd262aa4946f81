"""Changes feedback that was given: reads all about it, applies the rules, and commits in one transaction.

correction    update feedback  · put the earlier version         · add to the summary   · check the people
reply         update feedback                                                           · check the people
report        update feedback  · put the report                                         · check the people
decision      update or check feedback · put the decision · settle the reports          · add to the summary

Every attribute of the feedback's row on which the change depends must still be as it was read. The row has the
number of the last report on the feedback, so a decision of the staff settles all reports, even those by earlier
parties. A removed text is kept in `withheld` or `withheld_reply`. No index has these attributes, and no route
returns them.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from mid_job_feedback.domain.feedback_changes import FeedbackChange, FeedbackSeen
from mid_job_feedback.domain.lifecycle import Link
from mid_job_feedback.domain.models import Decision, EarlierVersion, Feedback, Report, is_id
from mid_job_feedback.domain.refusals import ContractNotFound
from mid_job_feedback.storage import items, store, summaries, table, torn_reads, transactions
from mid_job_feedback.storage.conditional_updates import setting
from mid_job_feedback.storage.transactions import Write

# What a decision about feedback rests on, besides what the summary counts: see `summaries.still_counted`.
_COMPARED: Final = (
    "provided_at",
    "revision",
    "score",
    "comment",
    "reply",
    "reply_removed",
    "removed",
    "withheld",
    "withheld_reply",
    "last_report",
)
# An earlier version and a decision are written once.
NOT_RECORDED: Final = "attribute_not_exists(PK)"
# The party has made no report on this text since the read.
NO_REPORT_STILL: Final = "attribute_not_exists(PK)"
# It is still the report that was read, as open or as settled as it was, and its details have not been erased.
REPORT_STILL: Final = "report_id = :seen_report_id AND #status = :seen_status"
NO_DETAILS_STILL: Final = "attribute_not_exists(details)"
DETAILS_STILL: Final = "details = :seen_details"


def change[Decided: FeedbackChange](
    contract_id: str, named: str | Link, decide: Callable[[FeedbackSeen], Decided]
) -> Decided:
    """Optimistic locking: reads the feedback, asks `decide` for the change, and commits it if nothing has changed.

    `named`: the feedback's id, or the link by which it was given. One read and one transaction. After a lost race
    both are repeated (bounded retries, with backoff). A change that changes nothing is not committed.

    Raises:
        Refusal: whatever `decide` raises.
        ContractNotFound: the contract does not exist, or its ContractStarted has not arrived yet.
        Unavailable: the table is unavailable, or the race was lost too many times.
    """
    if not is_id(contract_id):
        raise ContractNotFound

    def read_and_write() -> Decided:
        found = torn_reads.whole(lambda: _Found(contract_id), _Found.is_torn)
        row, seen = found.about(named)
        decided = decide(seen)
        if row and decided.changes:
            table.transact(_writes(row, decided))
        return decided

    return table.retried(read_and_write, "TransactWriteItems")


class _Found:
    """All rows of a contract, and the Contract Room that they make up."""

    def __init__(self, contract_id: str) -> None:
        found = list(store.partition(contract_id))
        self.room = store.room_of(found)
        self._rows = [items.plain(row) for row in found]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Found) and self._rows == other._rows

    def __hash__(self) -> int:
        return id(self)

    def is_torn(self) -> bool:
        """Whether the rows contradict each other, also if `last_report` is not the highest number of a report."""
        feedback = {row["feedback_id"]: row for row in self._rows if row["SK"].startswith(items.FEEDBACK)}
        reported = dict.fromkeys(feedback, 0)
        for row in self._rows:
            if row["SK"].startswith(items.REPORT):
                reported[row["feedback_id"]] = max(int(row.get("number", 0)), reported.get(row["feedback_id"], 0))
        return store.is_torn(self.room) or any(
            reported[feedback_id] != row.get("last_report", 0) for feedback_id, row in feedback.items()
        )

    def about(self, named: str | Link) -> tuple[items.Item | None, FeedbackSeen]:
        """The row of the feedback, and what a command about it reads. Without such feedback, there is no row."""
        snapshot = self.room.seen
        if isinstance(named, Link):
            closed = next((past for past in self.room.past_requests if past.request_id == named.request_id), None)
            row = self._feedback("request_id", named.request_id)
            answer = items.from_feedback_item(row) if row else None
            snapshot = snapshot.model_copy(update={"closed": closed, "answer": answer})
        else:
            row = self._feedback("feedback_id", named)
        if row is None:
            return None, FeedbackSeen(snapshot=snapshot, feedback=None)
        feedback = items.from_feedback_item(row)
        return row, FeedbackSeen(
            snapshot=snapshot,
            feedback=feedback,
            earlier=tuple(self.room.earlier.get(feedback.feedback_id, ())),
            reports=tuple(map(items.from_report_item, self._about(items.REPORT, feedback))),
            decisions=tuple(map(items.from_decision_item, self._about(items.DECISION, feedback))),
            withheld=items.withheld_text(row),
            withheld_reply=items.withheld_reply(row),
        )

    def _feedback(self, name: str, value: str) -> items.Item | None:
        rows = (row for row in self._rows if row["SK"].startswith(items.FEEDBACK))
        return next((row for row in rows if row.get(name) == value), None)

    def _about(self, kind: str, feedback: Feedback) -> Iterable[items.Item]:
        beginning = f"{kind}{feedback.feedback_id}#"
        return (row for row in self._rows if row["SK"].startswith(beginning))


def _writes(row: items.Item, change: FeedbackChange) -> list[Write]:
    after = _after(row, change)
    present = {name: value for name, value in (row | after).items() if value is not None}
    counted = summaries.moved(summaries.counted(row), summaries.counted(present))
    parts = [_feedback(row, after), *counted]
    if change.replaced:
        parts.append(_earlier(change.feedback, change.replaced))
    if change.decision:
        parts += [_decision(change.decision), *_settling(row["SK"], change, change.decision)]
    else:
        parts += [_people(change), *(_report(row, change, report) for report in change.reports)]
    return parts


def _after(row: items.Item, change: FeedbackChange) -> items.Item:
    """The attributes of the feedback's row that the change sets. None removes one."""
    before, now = (items.changeable(feedback) for feedback in (change.before, change.feedback))
    after = {name: value for name, value in now.items() if value != before[name]}
    if change.feedback.removed and not change.before.removed:
        after["withheld"] = {name: row[name] for name in items.TEXT if name in row}
    elif change.before.removed and not change.feedback.removed:
        after |= dict.fromkeys(items.TEXT) | row["withheld"] | {"withheld": None}
    if "reply_removed" in after and "text" in row["reply"]:
        after["withheld_reply"] = row["reply"]["text"]
    elif "reply_removed" in after and after["reply_removed"] is None:
        after["withheld_reply"] = None
    if change.reports and not change.decision:
        after["last_report"] = max(report.number for report in change.reports)
    return after


def _feedback(row: items.Item, after: items.Item) -> Write:
    condition, compared = _as_read(row)
    key = items.key(row["contract_id"], row["SK"])
    if not after:
        return {
            "ConditionCheck": {
                "Key": key,
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {f"#seen_{name}": name for name in _COMPARED},
                "ExpressionAttributeValues": compared,
            }
        }
    update = setting(after, compared)
    names = update["ExpressionAttributeNames"] | {f"#seen_{name}": name for name in _COMPARED}
    return {"Update": {"Key": key, **update, "ExpressionAttributeNames": names, "ConditionExpression": condition}}


def _as_read(row: items.Item) -> transactions.Condition:
    """The condition that the feedback's row is still as it was read."""
    counted, compared = summaries.still_counted(row)
    parts = [counted]
    for name in _COMPARED:
        if name in row:
            parts.append(f"#seen_{name} = :seen_{name}")
            compared[f":seen_{name}"] = items.dynamo(row[name])
        else:
            parts.append(f"attribute_not_exists(#seen_{name})")
    return " AND ".join(parts), compared


def _people(change: FeedbackChange) -> Write:
    """The check that the contract has the same client and freelancer as when it was read.

    A ContractStarted that is older and arrives late may replace them. Then the caller may no longer be a party.
    One that corrects the client's address ends what the link to the old one may do.
    """
    contract = change.seen.contract
    condition, compared = transactions.all_of(transactions.same_parties(contract, by_link=change.by_link))
    return {
        "ConditionCheck": {
            "Key": items.key(contract.contract_id, items.CONTRACT),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {f":{name}": items.dynamo(value) for name, value in compared.items()},
        }
    }


def _earlier(feedback: Feedback, replaced: EarlierVersion) -> Write:
    key = items.earlier_key(feedback.contract_id, feedback.feedback_id, replaced.revision)
    item = items.earlier_item(feedback.contract_id, feedback.feedback_id, replaced)
    return {"Put": {"Item": {**key, **items.to_dynamo(item)}, "ConditionExpression": NOT_RECORDED}}


def _decision(decision: Decision) -> Write:
    item = {**items.decision_key(decision), **items.to_dynamo(items.decision_item(decision))}
    return {"Put": {"Item": item, "ConditionExpression": NOT_RECORDED}}


def _settling(feedback_sort: str, change: FeedbackChange, decision: Decision) -> list[Write]:
    """Settles the open reports on the text. Any report since the read has changed the feedback's row."""
    known = {report.reporter_id: report for report in change.seen.reports_on(decision.target)}
    return [
        {"Put": {"Item": _report_item(report, feedback_sort), **_report_as_read(known[report.reporter_id])}}
        for report in change.reports
    ]


def _report(row: items.Item, change: FeedbackChange, report: Report) -> Write:
    """The party's report. It takes the place of one that was settled."""
    earlier = change.seen.reports_on(report.target)
    replaced = next((each for each in earlier if each.reporter_id == report.reporter_id), None)
    return {"Put": {"Item": _report_item(report, row["SK"]), **_report_as_read(replaced)}}


def _report_item(report: Report, feedback_sort: str) -> items.Item:
    key = items.report_key(report.contract_id, report.feedback_id, report.target, report.reporter_id)
    return {**key, **items.to_dynamo(items.report_item(report, feedback_sort))}


def _report_as_read(seen: Report | None) -> dict[str, Any]:
    if seen is None:
        return {"ConditionExpression": NO_REPORT_STILL}
    details = {":seen_details": items.dynamo(seen.details)} if seen.details is not None else {}
    return {
        "ConditionExpression": f"{REPORT_STILL} AND {DETAILS_STILL if details else NO_DETAILS_STILL}",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":seen_report_id": items.dynamo(seen.report_id),
            ":seen_status": items.dynamo(seen.status),
            **details,
        },
    }
