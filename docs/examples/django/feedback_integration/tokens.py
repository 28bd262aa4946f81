"""Short-lived tokens for people who have a session here.

`FEEDBACK_TOKEN_KEYS` has private RSA keys as PEM texts. The first one signs, and the public halves of all are
published.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from jwt.algorithms import RSAAlgorithm

LIFETIME = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=30)  # API Gateway refuses a token from the future, and its clock may be behind


class Key(NamedTuple):
    private: RSAPrivateKey
    public: Mapping[str, str]
    """As a JSON Web Key."""


def issue(person_id: str) -> str:
    """A token of this person, as `sub`."""
    now = datetime.now(UTC)
    claims = {
        "iss": settings.FEEDBACK_ISSUER,
        "aud": settings.FEEDBACK_AUDIENCE,
        "sub": person_id,
        "iat": now - CLOCK_SKEW,
        "exp": now + LIFETIME,
    }
    signing = _key(settings.FEEDBACK_TOKEN_KEYS[0])
    return jwt.encode(claims, signing.private, "RS256", headers={"kid": signing.public["kid"]})


def verify(token: str) -> str:
    """The person of a token, for endpoints of your own that take it.

    Raises:
        jwt.InvalidTokenError: it is expired, or not one of ours.
    """
    keys = jwt.PyJWKSet.from_dict(published_keys())
    try:
        key = keys[jwt.get_unverified_header(token).get("kid", "")]
    except KeyError:
        raise jwt.InvalidTokenError("signed with an unknown key") from None
    claims = jwt.decode(
        token,
        key,
        algorithms=["RS256"],
        issuer=settings.FEEDBACK_ISSUER,
        audience=settings.FEEDBACK_AUDIENCE,
        options={"require": ["exp", "sub"]},
    )
    return str(claims["sub"])


def published_keys() -> dict[str, Any]:
    """A JSON Web Key Set."""
    return {"keys": [_key(pem).public for pem in settings.FEEDBACK_TOKEN_KEYS]}


@cache
def _key(pem: str) -> Key:
    private = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(private, RSAPrivateKey):
        raise TypeError("API Gateway verifies RSA signatures only.")
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    numbers = {"e": public["e"], "kty": "RSA", "n": public["n"]}
    return Key(private, {**numbers, "kid": _thumbprint(numbers), "use": "sig", "alg": "RS256"})


def _thumbprint(numbers: Mapping[str, str]) -> str:
    """RFC 7638: a name of the key that follows from the key alone."""
    digest = hashlib.sha256(json.dumps(numbers, separators=(",", ":"), sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
