"""A template may let CodeDeploy move the calls of an alias to a new version.

ministack has no CodeDeploy. Here its resources exist in name only, and an alias leads to its new version at once.
"""

from ministack.services.cloudformation import provisioners

from local.cloud.provisioning import Json


def apply() -> None:
    for kind in ("Application", "DeploymentGroup"):
        handlers = {"create": _create, "update": _update, "delete": _delete}
        provisioners._RESOURCE_HANDLERS[f"AWS::CodeDeploy::{kind}"] = handlers


def _create(logical_id: str, _properties: Json, stack: str) -> tuple[str, Json]:
    return f"{stack}-{logical_id}", {}


def _update(name: str, _old: Json, _new: Json, _stack: str) -> tuple[str, Json]:
    return name, {}


def _delete(_name: str, _properties: Json) -> None:
    """Nothing was created."""
