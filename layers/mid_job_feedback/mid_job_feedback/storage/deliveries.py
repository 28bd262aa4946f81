"""Rows on what became of the e-mails about requests, and what is read before another is sent."""

from typing import Final, NamedTuple

from mid_job_feedback.domain.addresses import MailStanding
from mid_job_feedback.domain.email_delivery import EmailReport, Letter
from mid_job_feedback.storage import items, people, table

# Reports arrive late, twice and in any order; the highest one counts.
HIGHER_REPORT: Final = "attribute_not_exists(PK) OR version < :version"


class BeforeSending(NamedTuple):
    """Whether the recipient may be mailed, and the report on the last e-mail about the request, if any."""

    standing: MailStanding
    last: EmailReport | None


def read_before_sending(letter: Letter) -> BeforeSending:
    """One consistent read of what decides whether the letter is sent.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    delivery = [items.delivery_key(letter.contract_id, letter.request_id)] if letter.request_id else []
    rows = table.get_many([*people.keys(letter.recipient.id, letter.recipient.email), *delivery])
    last = next((items.plain(row) for row in rows if row["SK"]["S"].startswith(items.DELIVERY)), None)
    return BeforeSending(people.standing(rows), items.from_delivery_item(last) if last else None)


def read(contract_id: str, request_id: str) -> EmailReport | None:
    """The report on the newest e-mail about the request; None if there is none yet.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    found = table.get_many([items.delivery_key(contract_id, request_id)])
    return items.from_delivery_item(items.plain(found[0])) if found else None


def record(contract_id: str, request_id: str, report: EmailReport) -> bool:
    """Stores the report, unless a higher one or the same is stored already. False if so.

    Raises:
        Unavailable: the table is throttled or out of reach.
    """
    row = items.to_dynamo(items.delivery_item(contract_id, request_id, report))
    try:
        table.put(
            Item=items.delivery_key(contract_id, request_id) | row,
            ConditionExpression=HIGHER_REPORT,
            ExpressionAttributeValues={":version": items.dynamo(report.version)},
        )
    except table.LostRace:
        return False
    return True
