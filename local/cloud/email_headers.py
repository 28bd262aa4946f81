"""The list of e-mails that were sent, at /_ministack/ses/messages, has the headers and tags of each.

AWS shows no such list, and ministack leaves them out of it. The console shows them: above all the header
`List-Unsubscribe`, and which contract an e-mail is about.
"""

import functools
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from ministack.services import ses_v2

from local.cloud.email_events import SEND_EMAIL
from local.cloud.provisioning import Json

type Response = tuple[int, Any, bytes]
type Handle = Callable[..., Awaitable[Response]]


def apply() -> None:
    ses_v2.handle_request = _with_headers(ses_v2.handle_request)


def _with_headers(handle: Handle) -> Handle:
    @functools.wraps(handle)
    async def handle_and_keep_headers(
        method: str, path: str, headers: Json, body: bytes, query_params: Json
    ) -> Response:
        response = await handle(method, path, headers, body, query_params)
        if method == "POST" and path.rstrip("/").endswith(SEND_EMAIL) and response[0] == HTTPStatus.OK:
            sent, message_id = json.loads(body), json.loads(response[2])["MessageId"]
            [kept] = [mail for mail in ses_v2._sent_emails_list() if mail["MessageId"] == message_id]
            kept["Headers"] = sent["Content"].get("Simple", {}).get("Headers", [])
            kept["EmailTags"] = sent.get("EmailTags", [])
        return response

    return handle_and_keep_headers
