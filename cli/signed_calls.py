"""Calls of the API's routes for operators, signed with IAM."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from cli.errors import CommandError
from cli.stacks import Stack

TIMEOUT_SECONDS = 60  # for a cold start


def call(
    stack: Stack,
    method: str,
    path: str,
    *,
    query: Mapping[str, str | int] | None = None,
    body: Mapping[str, Any] | None = None,
) -> Any:
    """Calls a route and returns the JSON of its answer. `path` has its parts percent-encoded; see `segment`.

    Raises:
        CommandError: the shell has no credentials, or the API refused.
    """
    credentials = stack.session.get_credentials()
    if credentials is None:
        raise CommandError("This shell has no AWS credentials: choose a profile with --profile.")
    url = httpx.URL(f"{stack.signed_calls_url}{path}{f'?{urlencode(query)}' if query else ''}")
    content = b"" if body is None else json.dumps(body).encode()
    headers = {"Host": url.netloc.decode(), **({"Content-Type": "application/json"} if content else {})}
    request = AWSRequest(method, str(url), headers=headers, data=content)
    SigV4Auth(credentials.get_frozen_credentials(), "execute-api", stack.region).add_auth(request)
    with _http(stack) as http:
        response = http.request(method, url, headers=dict(request.headers), content=content)
    if response.is_error:
        raise CommandError(_refusal(response))
    return response.json()


def segment(value: str) -> str:
    """A part of a path: ids may have characters that must be percent-encoded."""
    return quote(value, safe="")


def _http(stack: Stack) -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=stack.endpoint_url is None)


def _refusal(response: httpx.Response) -> str:
    """What a problem document says, or what API Gateway answers where the caller may not call the route."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    if not isinstance(problem, dict) or "detail" not in problem:
        return f"The API answered {response.status_code}: {problem.get('message') or response.reason_phrase}"
    reference = f" (reference {problem['reference']})" if "reference" in problem else ""
    return f"The API refused ({response.status_code} {problem['code']}): {problem['detail']}{reference}"
