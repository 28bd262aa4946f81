"""JWTs that must not open a route: forged, altered, expired, for another audience, of unknown people, or missing.

On AWS, API Gateway checks signature, key, issuer, audience, `exp`, `nbf` and `iat`; here the local cloud does so.
For AWS, these tests prove that the template gives the authorizer issuer and audience, and that every guarded route
has the authorizer.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.builders import RATINGS
from tests.conftest import Tried
from tests.e2e.deployed_service import DeployedService
from tests.e2e.oidc_issuer import AUDIENCE, KEY_ID, Issuer
from tests.template import resources, template

type Forge = Callable[[Issuer, str], Iterator[tuple[str, str]]]
type Route = tuple[str, str, Any]

UNAUTHORIZED = (401, {"message": "Unauthorized"})
IN_AN_HOUR, AN_HOUR_AGO = 3600, -3600
FEEDBACK = json.dumps({"ratings": RATINGS}).encode()
INVALID_SUBJECTS = [
    "",
    "auth0|freelancer ",
    "AUTH0|FREELANCER",
    "auth0|freelancer\x00",
    "u-nobody",
    "freelancer",
    "auth0%7Cfreelancer",
    ["auth0|freelancer"],
    7,
    {"id": "auth0|freelancer"},
]


@pytest.fixture(scope="module")
def contract_id(target: DeployedService) -> str:
    return target.an_eligible_contract()


def routes(contract_id: str) -> list[Route]:
    path = f"/contracts/{contract_id}/feedback"
    return [("GET", path, None), ("POST", path, {"ratings": RATINGS}), ("POST", f"{path}-requests", {})]


def encoded(described: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(described).encode()).rstrip(b"=").decode()


def unsigned(issuer: Issuer, sub: str) -> Iterator[tuple[str, str]]:
    claims = encoded(issuer.claims(sub))
    signature = issuer.token(issuer.claims(sub)).rpartition(".")[2]
    for algorithm in ("none", "None", "NONE", "nOnE", ""):
        header = encoded({"alg": algorithm, "typ": "JWT", "kid": KEY_ID})
        yield f"alg {algorithm}", f"{header}.{claims}."
        yield f"alg {algorithm} and no dot", f"{header}.{claims}"
        yield f"alg {algorithm} and a signature", f"{header}.{claims}.{signature}"


def signed_with_the_public_key(issuer: Issuer, sub: str) -> Iterator[tuple[str, str]]:
    """A verifier that believes the token's `alg` would use the public key as a shared HMAC secret."""
    public = issuer.key.public_key()
    secrets = {
        "PEM": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "PKCS 1": public.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "modulus": issuer.jwk["n"].encode(),
        "JWK": json.dumps(issuer.jwk).encode(),
        "nothing": b"",
    }
    import hmac  # noqa: PLC0415

    for what, secret in secrets.items():
        for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            signed = f"{encoded({'alg': algorithm, 'kid': KEY_ID})}.{encoded(issuer.claims(sub))}"
            mac = hmac.digest(secret, signed.encode(), digest)
            yield f"{algorithm} with {what}", f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def signed_with_another_key(issuer: Issuer, sub: str) -> Iterator[tuple[str, str]]:
    other = Issuer(issuer.url)
    claims = issuer.claims(sub)
    yield "another key", other.token(claims)
    yield "another key that it brings along", other.token(claims, jwk=other.jwk)
    yield (
        "another key at its own address",
        other.token(claims, jku="http://127.0.0.1:9/keys", x5u="http://127.0.0.1:9"),
    )
    for kid in ("key-2", "", "../../../dev/null", "key-1' OR '1'='1", "key-1\x00", "http://127.0.0.1:9/keys"):
        yield f"key {kid}", other.token(claims, kid=kid)
        yield f"our key called {kid}", issuer.token(claims, kid=kid)


def with_wrong_claims(issuer: Issuer, sub: str) -> Iterator[tuple[str, str]]:
    now = int(time.time())
    wrong: dict[str, list[Any]] = {
        "aud": ["another", "", f"{AUDIENCE}2", AUDIENCE[:-1], AUDIENCE.upper(), ["another"], [], None],
        "iss": [
            "https://issuer.example.com",
            "",
            f"{issuer.url}/",
            issuer.url.upper(),
            f"{issuer.url}@evil.example",
            None,
        ],
        "exp": [now - 1, now + AN_HOUR_AGO, 0, -1],
        "nbf": [now + IN_AN_HOUR],
        "iat": [now + IN_AN_HOUR],
    }
    for name, values in wrong.items():
        for value in values:
            yield f"{name} {value}", issuer.token(issuer.claims(sub, **{name: value}))


def altered(issuer: Issuer, sub: str) -> Iterator[tuple[str, str]]:
    token = issuer.token(issuer.claims("u-nobody"))
    header, _, signature = token.split(".")
    yield "claims of another", f"{header}.{encoded(issuer.claims(sub))}.{signature}"
    yield "no signature", token.rpartition(".")[0] + "."
    yield "four parts", f"{token}.{signature}"
    for length in range(0, len(token), 40):
        yield f"cut off at {length}", token[:length]
    for place in range(len(header) + 1, len(token), 16):
        other = "A" if token[place] != "A" else "B"
        if token[place] != ".":
            yield f"altered at {place}", token[:place] + other + token[place + 1 :]


def garbage(issuer: Issuer, _: str) -> Iterator[tuple[str, str]]:
    empty = encoded({})
    for text in ("x", "...", "a.b.c", "null", "{}", "%00", "e30.e30.e30", "A" * 7000, f"{empty}.{empty}.x"):
        yield text[:20], text


FORGERIES: list[Forge] = [
    unsigned,
    signed_with_the_public_key,
    signed_with_another_key,
    with_wrong_claims,
    altered,
    garbage,
]


def test_valid_tokens_of_this_issuer_are_accepted(target: DeployedService, contract_id: str) -> None:
    assert target.tab(contract_id, target.client).json()["viewer"] == "client"
    assert target.tab(contract_id, target.freelancer).json()["viewer"] == "freelancer"


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_token_opens_no_route(
    target: DeployedService, issuer: Issuer, contract_id: str, forge: Forge, tried: Tried
) -> None:
    forged = [token for role in ("client", "freelancer") for token in forge(issuer, f"u-{role}")]
    for place, (what, token) in enumerate(forged):
        method, path, body = routes(contract_id)[place % 3]
        response = target.call(method, path, headers={"Authorization": f"Bearer {token}".strip()}, json=body)
        assert (what, response.status_code, response.json()) == (what, *UNAUTHORIZED)
    tried("forged tokens", len(forged))
    assert target.tab(contract_id, target.client).json()["feedback"] == []


def test_a_valid_token_outside_the_authorization_header_is_ignored(
    target: DeployedService, contract_id: str, tried: Tried
) -> None:
    path, token = f"/contracts/{contract_id}/feedback", target.client.token
    attempts: list[dict[str, Any]] = [
        {"params": {"access_token": token}},
        {"params": {"Authorization": f"Bearer {token}"}},
        {"headers": {"Cookie": f"Authorization=Bearer {token}; token={token}"}},
        {"headers": {"X-Authorization": f"Bearer {token}"}},
        {"headers": {"Proxy-Authorization": f"Bearer {token}"}},
        {"headers": {"X-Forwarded-Authorization": f"Bearer {token}"}},
        {"headers": {"Authorization": f"Bearer Bearer {token}"}},
        {"headers": {"Authorization": f"Basic {token}"}},
        {"headers": {"X-Amzn-Oidc-Data": token, "X-Amz-Security-Token": token}},
    ]
    for attempt in attempts:
        response = target.call("GET", path, **attempt)
        assert (str(attempt)[:40], response.status_code, response.json()) == (str(attempt)[:40], *UNAUTHORIZED)
    tried("calls with a valid token in the wrong place", len(attempts))


@pytest.mark.parametrize("sub", INVALID_SUBJECTS, ids=repr)
def test_a_valid_token_of_an_unknown_person_finds_no_contract(
    target: DeployedService, issuer: Issuer, contract_id: str, sub: Any, tried: Tried
) -> None:
    claims = {
        **issuer.claims(""),
        "sub": sub,
        "role": "client",
        "username": "auth0|client",
        "cognito:groups": ["client"],
    }
    _assert_no_contract_found(target, contract_id, _sign_any_claims(issuer, claims))
    tried("valid tokens of unknown people", 1)


def test_a_valid_token_without_sub_finds_no_contract(
    target: DeployedService, issuer: Issuer, contract_id: str, tried: Tried
) -> None:
    claims = issuer.claims("")
    del claims["sub"]
    for others in (
        {},
        {"username": "auth0|client"},
        {"client_id": "auth0|client"},
        {"Sub": "auth0|client"},
        {"email": "auth0|client"},
    ):
        _assert_no_contract_found(target, contract_id, issuer.token({**claims, **others}))
        tried("valid tokens of unknown people", 1)


def test_headers_named_like_claims_are_ignored(target: DeployedService, issuer: Issuer, contract_id: str) -> None:
    token = issuer.token(issuer.claims("u-nobody"))
    _assert_no_contract_found(
        target,
        contract_id,
        token,
        {"sub": "auth0|client", "x-user-id": "auth0|client", "x-amzn-sub": "auth0|client"},
    )


def _sign_any_claims(issuer: Issuer, claims: dict[str, Any]) -> str:
    """Signs any claims; `jwt.encode` refuses a `sub` that is not text."""
    from jwt import PyJWS  # noqa: PLC0415

    return PyJWS().encode(json.dumps(claims).encode(), issuer.key, "RS256", headers={"kid": KEY_ID})


def _assert_no_contract_found(
    target: DeployedService, contract_id: str, token: str, headers: dict[str, str] | None = None
) -> None:
    for method, path, body in routes(contract_id):
        sent = {**(headers or {}), "Authorization": f"Bearer {token}"}
        response = target.call(method, path, headers=sent, json=body)
        assert (response.status_code, response.json()["code"]) == (404, "contract_not_found")


# -- the configuration of API Gateway ----------------------------------------------------------------------------


def test_the_template_gives_the_authorizer_issuer_and_audience() -> None:
    authorizer = template()["Resources"]["HttpApi"]["Properties"]["Auth"]["Authorizers"]["Jwt"]
    assert authorizer["IdentitySource"] == "$request.header.Authorization"
    checked = authorizer["JwtConfiguration"]
    pool, given = checked["issuer"]["Fn::If"][1:]
    assert pool == {"Fn::Sub": "https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}"}
    assert given == {"Ref": "JwtIssuer"}
    assert checked["audience"] == [{"Fn::If": ["MakeUserPool", {"Ref": "UserPoolClient"}, {"Ref": "JwtAudience"}]}]
    assert template()["Rules"]["AudienceComesWithIssuer"]


def test_every_deployed_route_has_its_authorization(target: DeployedService, issuer: Issuer) -> None:
    gateway = target.stack.client("apigatewayv2")
    [api] = [found for found in gateway.get_apis()["Items"] if found["ProtocolType"] == "HTTP"]
    [authorizer] = gateway.get_authorizers(ApiId=api["ApiId"])["Items"]
    assert authorizer["JwtConfiguration"] == {"Issuer": issuer.url, "Audience": [AUDIENCE]}
    found = {
        route["RouteKey"]: (route["AuthorizationType"], route.get("AuthorizerId"))
        for route in gateway.get_routes(ApiId=api["ApiId"])["Items"]
    }
    signed_in, by_iam, everybody = ("JWT", authorizer["AuthorizerId"]), ("AWS_IAM", None), ("NONE", None)
    assert found == {
        "GET /contracts/{contract_id}/feedback": signed_in,
        "POST /contracts/{contract_id}/feedback": signed_in,
        "POST /contracts/{contract_id}/feedback-requests": signed_in,
        "POST /contracts/{contract_id}/feedback-requests/{request_id}/withdrawal": signed_in,
        "POST /contracts/{contract_id}/feedback-requests/{request_id}/decline": signed_in,
        "PUT /contracts/{contract_id}/request-preference": signed_in,
        "HEAD /contracts/{contract_id}/feedback": signed_in,
        "GET /feedback-requests": signed_in,
        "HEAD /feedback-requests": signed_in,
        "GET /freelancers/{freelancer_id}/work-history": everybody,
        "HEAD /freelancers/{freelancer_id}/work-history": everybody,
        "GET /freelancers/{freelancer_id}/feedback-summary": everybody,
        "HEAD /freelancers/{freelancer_id}/feedback-summary": everybody,
        "GET /feedback-links/{token}": everybody,
        "HEAD /feedback-links/{token}": everybody,
        "POST /feedback-links/{token}": everybody,
        "POST /feedback-links/{token}/decline": everybody,
        "GET /email-preferences/{token}": everybody,
        "HEAD /email-preferences/{token}": everybody,
        "POST /email-preferences/{token}": everybody,
        "PUT /contracts/{contract_id}/feedback/{feedback_id}": signed_in,
        "PUT /contracts/{contract_id}/feedback/{feedback_id}/reply": signed_in,
        "DELETE /contracts/{contract_id}/feedback/{feedback_id}/reply": signed_in,
        "POST /contracts/{contract_id}/feedback/{feedback_id}/reports": signed_in,
        "PUT /feedback-links/{token}": everybody,
        "PUT /contracts/{contract_id}/feedback/{feedback_id}/moderation": by_iam,
        "GET /reports": by_iam,
        "HEAD /reports": by_iam,
        "POST /expirations": by_iam,
        "GET /app/{proxy+}": everybody,
        "HEAD /app/{proxy+}": everybody,
        "$default": everybody,
    }


def test_a_sweep_without_a_signature_is_forbidden(target: DeployedService) -> None:
    """The local cloud accepts any signature; on AWS, IAM checks it."""
    response = target.call("POST", "/expirations")
    assert (response.status_code, response.json()) == (403, {"message": "Forbidden"})


def test_only_the_web_function_which_may_read_nothing_serves_the_default_route() -> None:
    """The default route has no authorizer. So whoever finds another spelling of a guarded path gains nothing."""
    unguarded = {
        name
        for name, function in resources("AWS::Serverless::Function").items()
        for event in function["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi" and "Path" not in event["Properties"]
    }
    assert unguarded == {"WebFunction"}
    assert "Policies" not in template()["Resources"]["WebFunction"]["Properties"]


@pytest.mark.parametrize(
    "path",
    [
        "/contracts/{}/feedback/",
        "//contracts/{}/feedback",
        "/./contracts/{}/feedback",
        "/contracts//{}/feedback",
        "/contracts/{}//feedback",
        "/Contracts/{}/feedback",
        "/contracts/{}/Feedback",
        "/contracts/{}/feedback%2F",
        "/contracts%2F{}%2Ffeedback",
        "/contracts/{}/feedback;a=b",
        "/contracts/{}/feedback%3F",
        "/$default/contracts/{}/feedback",
        "/app/../contracts/{}/feedback",
    ],
)
def test_no_other_spelling_of_a_path_bypasses_the_authorizer(
    target: DeployedService, issuer: Issuer, contract_id: str, path: str, tried: Tried
) -> None:
    """Some spellings reach the route itself, with its authorizer, the others the default route, which is a 404."""
    stranger = issuer.token(issuer.claims("u-nobody"))
    for method in ("GET", "HEAD", "POST"):
        for headers in ({}, {"Authorization": f"Bearer {stranger}"}):
            response = target.send_raw(method, path.format(contract_id), FEEDBACK, headers)
            assert response.status in {401, 404}
    tried("calls by other spellings of a route", 6)
    assert target.tab(contract_id, target.client).json()["feedback"] == []
