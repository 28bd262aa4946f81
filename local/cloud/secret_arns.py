"""`Ref` of a secret is its ARN, which policies need.

ministack returns the secret's name.
"""

from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

type Json = dict[str, Any]


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handlers["create"], handlers["update"], handlers["delete"]

    def create_by_arn(*arguments: Any) -> tuple[str, Json]:
        _name, attributes = create(*arguments)
        return attributes["Id"], attributes

    def update_by_arn(arn: str, *arguments: Any) -> tuple[str, Json]:
        _name, attributes = update(_name_of(arn), *arguments)
        return attributes["Id"], attributes

    def delete_by_arn(arn: str, *arguments: Any) -> None:
        delete(_name_of(arn), *arguments)

    handlers.update(create=create_by_arn, update=update_by_arn, delete=delete_by_arn)


def _name_of(arn: str) -> str:
    name: str
    name, _secret = secretsmanager._resolve(arn)
    return name
