"""The list of e-mails that were sent, at /_ministack/ses/messages, has the headers and tags of each.

AWS shows no such list, and ministack leaves them out of it. The console shows them: above all the header
`List-Unsubscribe`, and which contract an e-mail is about.
"""

import functools
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from ministack import app
from ministack.services import ses_v2

from local.cloud.email_events import SEND_EMAIL
from local.cloud.provisioning import Json

type Response = tuple[int, Any, bytes]
type Handle = Callable[..., Awaitable[Response]]
type List = Callable[..., Awaitable[Response | None]]

_own_fields: dict[str, Json] = {}  # by the e-mail's id


def apply() -> None:
    ses_v2.handle_request = _keeping_own_fields(ses_v2.handle_request)
    app._handle_ses_messages_request = _with_own_fields(app._handle_ses_messages_request)


def _keeping_own_fields(handle: Handle) -> Handle:
    @functools.wraps(handle)
    async def handle_and_keep(method: str, path: str, headers: Json, body: bytes, query_params: Json) -> Response:
        response = await handle(method, path, headers, body, query_params)
        if method == "POST" and path.rstrip("/").endswith(SEND_EMAIL) and response[0] == HTTPStatus.OK:
            sent = json.loads(body)
            _own_fields[json.loads(response[2])["MessageId"]] = {
                "Headers": sent["Content"].get("Simple", {}).get("Headers", []),
                "EmailTags": sent.get("EmailTags", []),
            }
        return response

    return handle_and_keep


def _with_own_fields(list_emails: List) -> List:
    @functools.wraps(list_emails)
    async def list_with_own_fields(*request: Any) -> Response | None:
        response = await list_emails(*request)
        if response is None or response[0] != HTTPStatus.OK:
            return response
        status, headers, body = response
        answer = json.loads(body)
        for mail in (mail for mails in answer["messages"].values() for mail in mails):
            mail.update(_own_fields.get(mail["MessageId"], {"Headers": [], "EmailTags": []}))
        return status, headers, json.dumps(answer).encode()

    return list_with_own_fields
