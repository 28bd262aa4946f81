"""A domain identity of SES has the names and values of its three DKIM records as attributes.

ministack gives an identity none, so a template that shows the records in its outputs cannot be deployed.
"""

import functools
import hashlib
from typing import Any

from ministack.services.cloudformation import provisioners

from local.cloud.provisioning import Json, Provision

RECORDS = 3


def apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::SES::EmailIdentity"]
    handlers.update({action: _with_dkim_records(handlers[action]) for action in ("create", "update")})


def _with_dkim_records(provision: Provision) -> Provision:
    @functools.wraps(provision)
    def provision_with_dkim_records(*arguments: Any) -> tuple[str, Json]:
        identity, attributes = provision(*arguments)
        return identity, attributes | _dkim_records(identity)

    return provision_with_dkim_records


def _dkim_records(identity: str) -> Json:
    if "@" in identity:
        return {}
    records: Json = {}
    for number in range(1, RECORDS + 1):
        token = hashlib.sha256(f"{identity} {number}".encode()).hexdigest()[:32]
        records[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{identity}"
        records[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
    return records
