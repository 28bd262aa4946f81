"""The hook for corrections of how CloudFormation creates and updates resources."""

import functools
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

type Json = dict[str, Any]
type Provision = Callable[..., tuple[str, Json]]


def after_provisioning(resource_type: str, finish: Callable[[str, Json], None]) -> None:
    """Call `finish` with the ID and the properties of each resource of this type that was created or updated."""
    handlers = provisioners._RESOURCE_HANDLERS[resource_type]
    handlers["create"] = _finished(handlers["create"], finish, position_of_properties=1)
    handlers["update"] = _finished(handlers["update"], finish, position_of_properties=2)


def _finished(provision: Provision, finish: Callable[[str, Json], None], position_of_properties: int) -> Provision:
    @functools.wraps(provision)
    def provision_and_finish(*arguments: Any) -> tuple[str, Json]:
        identifier, attributes = provision(*arguments)
        finish(identifier, arguments[position_of_properties])
        return identifier, attributes

    return provision_and_finish
