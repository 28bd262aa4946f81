"""Answers to calls with an Idempotency-Key, which hold comments, messages and replies of a contract's parties.

The records of a contract share a partition; see `idempotency.py`. An erasure removes only the person's own words
from an answer. The rest stays, so that a repeated call still gets its first answer.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from mid_job_feedback import aws, idempotency
from mid_job_feedback.domain import privacy_texts as texts
from mid_job_feedback.domain.models import Role
from mid_job_feedback.domain.privacy import Entry
from mid_job_feedback.domain.refusals import Dependency, Unavailable
from mid_job_feedback.settings import settings
from mid_job_feedback.storage import items, table
from mid_job_feedback.storage.personal_data import Person

# Whose words a field of an answer holds, at whatever depth. See domain/views.py.
_WORDS: Final[Mapping[str, Role]] = {"comment": Role.CLIENT, "message": Role.FREELANCER, "reply": Role.FREELANCER}
# The answer is the one that was read.
ANSWER_STILL: Final = "#data = :seen"


class _Answer(NamedTuple):
    """A record, and the fields of the person in the body of its answer."""

    record: items.Item
    words: list[Any]
    without: str


def entries(contract_id: str, person: Person) -> list[Entry]:
    """What an export shows of the answers that hold words of the person.

    Raises:
        Unavailable: the idempotency table is throttled or out of reach.
    """
    return [
        Entry(
            what=texts.ANSWER.what,
            where=texts.ANSWERS,
            why=texts.ANSWER.why,
            kept=texts.ANSWER.kept,
            contract_id=contract_id,
            data={"words": answer.words},
        )
        for answer in _answers(contract_id, person)
    ]


def erase(contract_id: str, person: Person) -> Counter[str]:
    """Takes the person's words out of all answers of a contract.

    Raises:
        Unavailable: the idempotency table is unavailable. Some answers may be changed already.
    """
    return table.retried(lambda: _erase(contract_id, person), "UpdateItem")


def _erase(contract_id: str, person: Person) -> Counter[str]:
    changed: Counter[str] = Counter()
    for answer in _answers(contract_id, person):
        _store(answer)
        changed[texts.IN_AN_ANSWER] += 1
    return changed


def _answers(contract_id: str, person: Person) -> Iterator[_Answer]:
    """The answers in which the person has words."""
    for record in _records(contract_id):
        match json.loads(record["data"]["S"]) if "data" in record else None:
            case {"body": str(body), **rest}:
                words: list[Any] = []
                without = _without(_json(body), person.role, words)
                if words:
                    yield _Answer(record, words, json.dumps({**rest, "body": json.dumps(without)}))


def _json(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _without(value: Any, role: Role | None, words: list[Any]) -> Any:
    """A copy of `value` without the words of this role, which are added to `words`."""
    match value:
        case dict():
            left: dict[str, Any] = {}
            for name, field in value.items():
                if field is not None and role is not None and _WORDS.get(name) is role:
                    words.append(field)
                    left[name] = None
                else:
                    left[name] = _without(field, role, words)
            return left
        case list():
            return [_without(each, role, words) for each in value]
        case _:
            return value


def _records(contract_id: str) -> Iterator[items.Item]:
    """All records of a contract, in DynamoDB JSON, read page by page."""
    position: Mapping[str, Any] = {}
    while True:
        with aws.calling(Dependency.IDEMPOTENCY_TABLE, "Query"):
            page = aws.client("dynamodb").query(
                TableName=settings().idempotency_table,
                KeyConditionExpression="#pk = :pk",
                ExpressionAttributeNames={"#pk": idempotency.PARTITION},
                ExpressionAttributeValues={":pk": items.dynamo(idempotency.of_contract(contract_id))},
                ConsistentRead=True,
                **position,
            )
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        position = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _store(answer: _Answer) -> None:
    """Raises LostRace if the record holds another answer by now."""
    key = {name: answer.record[name] for name in (idempotency.PARTITION, idempotency.SORT)}
    try:
        aws.client("dynamodb").update_item(
            TableName=settings().idempotency_table,
            Key=key,
            UpdateExpression="SET #data = :without",
            ConditionExpression=ANSWER_STILL,
            ExpressionAttributeNames={"#data": "data"},
            ExpressionAttributeValues={":without": items.dynamo(answer.without), ":seen": answer.record["data"]},
        )
    except (BotoCoreError, ClientError) as error:
        if aws.error_code(error) == "ConditionalCheckFailedException":
            raise table.LostRace from error
        raise Unavailable(Dependency.IDEMPOTENCY_TABLE, "UpdateItem", aws.cause_of(error)) from error
