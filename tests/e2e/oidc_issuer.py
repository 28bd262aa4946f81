"""An OIDC issuer on this machine. Unlike Cognito, it also signs invalid tokens."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from local.people import Person
from local.stack import Stack

AUDIENCE: Final = "mid-job-feedback-tests"
KEY_ID: Final = "key-1"
HOUR: Final = 3600

type Claims = dict[str, Any]


def a_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Issuer:
    def __init__(self, url: str) -> None:
        self.url = url
        self.key = a_key()

    @property
    def jwk(self) -> Claims:
        described: Claims = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {
            "e": described["e"],
            "kty": "RSA",
            "n": described["n"],
            "kid": KEY_ID,
            "use": "sig",
            "alg": "RS256",
        }

    @property
    def jwk_by_thumbprint(self) -> Claims:
        """The same key by the name that follows from it (RFC 7638)."""
        numbers = "".join(f'"{name}":"{self.jwk[name]}",' for name in ("e", "kty", "n"))
        digest = hashlib.sha256(f"{{{numbers.rstrip(',')}}}".encode()).digest()
        return {**self.jwk, "kid": base64.urlsafe_b64encode(digest).rstrip(b"=").decode()}

    def claims(self, sub: str, **others: Any) -> Claims:
        """Valid claims, with `others` replaced; a claim that is None is left out."""
        now = int(time.time())
        good = {"iss": self.url, "aud": AUDIENCE, "sub": sub, "iat": now - 1, "nbf": now - 1, "exp": now + HOUR}
        return {name: value for name, value in {**good, **others}.items() if value is not None}

    def token(self, claims: Claims, *, key: Any = None, algorithm: str = "RS256", **headers: Any) -> str:
        """Signed with the issuer's key and its key id, unless others are given."""
        return jwt.encode(claims, key or self.key, algorithm, headers={"kid": KEY_ID, **headers})

    def sign_in(self, _: Stack, role: str) -> Person:
        sub = f"auth0|{role}"  # as a well-known issuer makes them
        return Person(role, sub, self.token(self.claims(sub)))


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    """Runs an issuer that serves its discovery document and its public key."""
    documents: dict[str, Any] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), _serving(documents)) as server:
        issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
        jwks_path = "/keys"
        documents["/.well-known/openid-configuration"] = {
            "issuer": issuer.url,
            "jwks_uri": issuer.url + jwks_path,
        }
        documents[jwks_path] = {"keys": [issuer.jwk, issuer.jwk_by_thumbprint]}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield issuer
        finally:
            server.shutdown()


def _serving(documents: Mapping[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            body = json.dumps(found or {}).encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Does not log to stderr."""

    return Handler
