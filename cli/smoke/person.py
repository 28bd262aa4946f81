"""The person for whom the signed-in routes are called."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import jwt

from cli.errors import CommandError


@dataclass(frozen=True)
class Person:
    id: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@contextmanager
def signed_in(cognito: Any, outputs: Mapping[str, str], claim: str) -> Iterator[Person | None]:
    """Yields the owner of the token in the environment variable TOKEN. Without one, yields a new user of the
    stack's own pool, who is deleted afterwards; without a pool, None.

    Args:
        cognito: a client of Cognito's user pools.
        outputs: of the stack.
        claim: the name of the claim with a person's id.
    """
    if token := os.environ.get("TOKEN"):
        yield _person(token, claim)
    elif "UserPoolId" in outputs:
        with _new_user(cognito, outputs["UserPoolId"], outputs["UserPoolClientId"]) as token:
            yield _person(token, claim)
    else:
        yield None


def _person(token: str, claim: str) -> Person:
    """Reads the token without verifying it: whether the stack accepts it is to be found out."""
    try:
        return Person(jwt.decode(token, options={"verify_signature": False})[claim], token)
    except (jwt.DecodeError, KeyError) as error:
        raise CommandError(f"TOKEN is no JWT with the claim {claim}.") from error


@contextmanager
def _new_user(cognito: Any, pool: str, client: str) -> Iterator[str]:
    """Yields an access token."""
    user = {"UserPoolId": pool, "Username": f"smoke-{uuid4()}"}
    password = f"Aa1-{token_urlsafe(24)}"
    cognito.admin_create_user(**user, MessageAction="SUPPRESS")
    try:
        cognito.admin_set_user_password(**user, Password=password, Permanent=True)
        answer = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user["Username"], "PASSWORD": password},
        )
        yield answer["AuthenticationResult"]["AccessToken"]
    finally:
        cognito.admin_delete_user(**user)
