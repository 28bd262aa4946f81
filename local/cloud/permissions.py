"""With AUTH=true, roles need the permissions that they need on AWS.

Reading a deployed configuration needs AppConfig's permissions for that configuration. Sending an e-mail needs
`ses:SendEmail` for the configuration set, for the sender's identity and, as in SES's sandbox, for the recipients'
identities. A condition on `events:source` or `events:detail-type` is compared with what a PutEvents call sends.

ministack lets every role read configurations, checks `ses:SendEmail` for the resource `*` only, and knows neither
of these two keys.
"""

import functools
import json
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import appconfig

type Json = dict[str, Any]

APPCONFIG = {"appconfig", "appconfigdata"}  # clients sign calls of appconfigdata for appconfig
CONFIGURATION_READ_BY = {
    "/configurationsessions": lambda body, _query: json.loads(body),
    "/configuration": lambda _body, query: appconfig._sessions.get(query["configuration_token"][0]),
}
SEND_EMAIL = ("POST", "/v2/email/outbound-emails")


def apply() -> None:
    iam_actions.extract_iam_action = _reading_a_configuration(iam_actions.extract_iam_action)
    iam_actions.extract_resource_arn = _of_the_configuration_read(iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = _with_source_and_detail_type(iam_actions.request_tag_context)
    app._enforce_ses_v2 = _by_identities_and_configuration_set(app._enforce_ses_v2)


def _reading_a_configuration(action_of: Callable[..., str | None]) -> Callable[..., str | None]:
    @functools.wraps(action_of)
    def action(service: str, method: str, path: str, *rest: Any) -> str | None:
        reads = service in APPCONFIG and path in CONFIGURATION_READ_BY
        return action_of("appconfigdata" if reads else service, method, path, *rest)

    return action


def _of_the_configuration_read(arn_of: Callable[..., str]) -> Callable[..., str]:
    @functools.wraps(arn_of)
    def arn(*request: Any) -> str:
        service, _method, path, _headers, body, query, *_where = request
        if service not in APPCONFIG or path not in CONFIGURATION_READ_BY:
            return arn_of(*request)
        read = CONFIGURATION_READ_BY[path](body, query)  # type: ignore[no-untyped-call]
        return _configuration_arn(read) if read else "*"

    return arn


def _configuration_arn(read: Json) -> str:
    parts = {
        "application": "ApplicationIdentifier",
        "environment": "EnvironmentIdentifier",
        "configuration": "ConfigurationProfileIdentifier",
    }
    return _arn("appconfig", "/".join(f"{part}/{read[name]}" for part, name in parts.items()))


def _with_source_and_detail_type(context_of: Callable[..., Json]) -> Callable[..., Json]:
    @functools.wraps(context_of)
    def context(service: str, action: str, body: bytes, *rest: Any) -> Json:
        found = context_of(service, action, body, *rest)
        if action != "events:PutEvents":
            return found
        entries = json.loads(body)["Entries"]
        keys = {"events:source": "Source", "events:detail-type": "DetailType"}
        sent = {key: sorted({entry[field] for entry in entries}) for key, field in keys.items()}
        return found | {key: values if len(values) > 1 else values[0] for key, values in sent.items()}

    return context


def _by_identities_and_configuration_set(refusal_of: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(refusal_of)
    def refusal(*request: Any) -> Any:
        method, path, headers, body, query, request_id = request
        if (method, path) != SEND_EMAIL:
            return refusal_of(*request)
        email = json.loads(body)
        known = {"ses:FromAddress": parseaddr(email["FromEmailAddress"])[1]}
        refusals = (
            app._enforce_data_plane(
                "sesv2", "ses:SendEmail", headers, query, request_id, resource_arn=arn, service_context=known
            )
            for arn in _used_by(email)
        )
        return next(filter(None, refusals), None)

    return refusal


def _used_by(email: Json) -> list[str]:
    people = [email["FromEmailAddress"], *email["Destination"]["ToAddresses"]]
    used = [_arn("ses", f"identity/{parseaddr(person)[1]}") for person in people]
    if name := email.get("ConfigurationSetName"):
        used.append(_arn("ses", f"configuration-set/{name}"))
    return used


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
