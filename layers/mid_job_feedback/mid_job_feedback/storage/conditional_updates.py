"""Conditional updates of one row."""

from typing import Any

from mid_job_feedback.storage import items, table


def set_if(key: items.Item, attributes: items.Item, condition: str, compared: items.Item | None = None) -> bool:
    """Sets these attributes and removes those that are None. False if the condition does not hold."""
    try:
        table.update(Key=key, **setting(attributes, compared), ConditionExpression=condition)
    except table.LostRace:
        return False
    return True


def setting(attributes: items.Item, compared: items.Item | None = None) -> dict[str, Any]:
    """The parameters of an update that sets these attributes and removes those that are None."""
    kept = {name: value for name, value in attributes.items() if value is not None}
    gone = sorted(attributes.keys() - kept.keys())
    expressions = [
        *(["SET " + ", ".join(f"#{name} = :{name}" for name in kept)] if kept else []),
        *(["REMOVE " + ", ".join(f"#{name}" for name in gone)] if gone else []),
    ]
    return {
        "UpdateExpression": " ".join(expressions),
        "ExpressionAttributeNames": {f"#{name}": name for name in attributes},
        "ExpressionAttributeValues": {
            **{f":{name}": items.dynamo(value) for name, value in kept.items()},
            **(compared or {}),
        },
    }
