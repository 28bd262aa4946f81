"""The API takes the tokens that the issuers of docs/examples make."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.people import Person
from local.programs import node
from tests.e2e.deployed_service import DeployedService
from tests.e2e.oidc_issuer import AUDIENCE, Issuer
from tests.template import ROOT

EXAMPLES = ROOT / "docs/examples"
IN_DJANGO = """
import json, sys
from django.conf import settings
issuer, audience, key, person = sys.argv[1:]
settings.configure(FEEDBACK_ISSUER=issuer, FEEDBACK_AUDIENCE=audience, FEEDBACK_TOKEN_KEYS=[key])
from feedback_integration import tokens
print(json.dumps([tokens.published_keys(), tokens.issue(person)]))
"""
IN_NODE = """
import { Tokens } from "./tokens.js";
const [issuer, audience, key, person] = process.argv.slice(1);
const tokens = new Tokens({ issuer, audience, keys: [key] });
console.log(JSON.stringify([tokens.publishedKeys(), tokens.issue(person)]));
"""


def commands() -> dict[str, tuple[Path, Sequence[str | Path]]]:
    return {
        "django": (EXAMPLES / "django", [sys.executable, "-c", IN_DJANGO]),
        "node": (EXAMPLES / "node", [node.find().executable, "--input-type=module", "--eval", IN_NODE, "--"]),
    }


@pytest.mark.parametrize("example", ["django", "node"])
def test_the_api_takes_a_token_of_the_example(target: DeployedService, issuer: Issuer, example: str) -> None:
    """With the key that the authorizer already knows, by the name that the example gives it."""
    folder, command = commands()[example]
    key = issuer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    contract = target.an_eligible_contract()
    made = subprocess.run(  # noqa: S603
        [*command, issuer.url, AUDIENCE, key, target.client.id],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    published, token = json.loads(made.stdout)
    assert published["keys"] == [issuer.jwk_by_thumbprint]
    for given, status in ((token, 200), (f"{token[:-8]}AAAAAAAA", 401)):
        client = Person("client", target.client.id, given)
        assert target.call("GET", f"/contracts/{contract}/feedback", client).status_code == status
