"""A domain identity of SES has the names and values of its three DKIM records as attributes.

ministack gives an identity none, so a template that shows the records in its outputs cannot be deployed.
"""

import hashlib
from typing import Any

from ministack.services.cloudformation import provisioners

type Json = dict[str, Any]

TOKENS = 3


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]
    create, update = handlers["create"], handlers["update"]

    def create_with_records(*arguments: Any) -> tuple[str, Json]:
        identity, attributes = create(*arguments)
        return identity, attributes | _dkim_records(identity)

    def update_with_records(*arguments: Any) -> tuple[str, Json]:
        identity, attributes = update(*arguments)
        return identity, attributes | _dkim_records(identity)

    handlers.update(create=create_with_records, update=update_with_records)


def _dkim_records(identity: str) -> Json:
    if "@" in identity:
        return {}
    records: Json = {}
    for number in range(1, TOKENS + 1):
        token = hashlib.sha256(f"{identity} {number}".encode()).hexdigest()[:32]
        records[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{identity}"
        records[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
    return records
