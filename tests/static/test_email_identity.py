"""The parameters of the sender's identity: what a stack makes, and the DNS records that its outputs show."""

import re
from typing import Any

import pytest

from tests.static.transformed_template import transformed_template

type Json = dict[str, Any]

PARAMETERS = {"SenderEmail": "feedback@notify.example.com", "MailFromSubdomain": "bounces"}
PSEUDO_PARAMETERS = {"AWS::Region": "eu-west-1"}
DNS_RECORDS = {
    "DkimRecord1": "<SenderDomainIdentity.DkimDNSTokenName1> CNAME <SenderDomainIdentity.DkimDNSTokenValue1>",
    "DkimRecord2": "<SenderDomainIdentity.DkimDNSTokenName2> CNAME <SenderDomainIdentity.DkimDNSTokenValue2>",
    "DkimRecord3": "<SenderDomainIdentity.DkimDNSTokenName3> CNAME <SenderDomainIdentity.DkimDNSTokenValue3>",
    "MailFromMxRecord": "bounces.notify.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com",
    "MailFromSpfRecord": 'bounces.notify.example.com TXT "v=spf1 include:amazonses.com ~all"',
    "DmarcRecord": '_dmarc.notify.example.com TXT "v=DMARC1; p=none"',
}


@pytest.fixture(scope="module")
def transformed() -> Json:
    return transformed_template()


def evaluated(value: Any, parameters: dict[str, str]) -> Any:
    """The value as CloudFormation evaluates it, with `<Resource.Attribute>` for attributes."""
    result: Any
    match value:
        case {"Ref": str(name)}:
            result = parameters[name]
        case {"Fn::Equals": [one, other]}:
            result = evaluated(one, parameters) == evaluated(other, parameters)
        case {"Fn::Select": [index, of]}:
            result = evaluated(of, parameters)[int(index)]
        case {"Fn::Split": [separator, text]}:
            result = evaluated(text, parameters).split(separator)
        case {"Fn::Sub": [text, dict(others)]}:
            own = {name: evaluated(one, parameters) for name, one in others.items()}
            result = substituted(text, parameters | own)
        case {"Fn::Sub": str(text)}:
            result = substituted(text, parameters)
        case dict():
            result = {name: evaluated(one, parameters) for name, one in value.items()}
        case _:
            result = value
    return result


def substituted(text: str, parameters: dict[str, str]) -> str:
    return re.sub(r"\${([^}]+)}", lambda found: parameters.get(found[1], f"<{found[1]}>"), text)


def made(transformed: Json, part: str, kind: str) -> Json:
    """Resources or outputs that exist under a condition about the identity, for this value of `EmailIdentity`."""
    parameters = PARAMETERS | PSEUDO_PARAMETERS | {"EmailIdentity": kind}
    conditions = {
        name: evaluated(condition, parameters)
        for name, condition in transformed["Conditions"].items()
        if "EmailIdentity" in str(condition)
    }
    return {
        name: evaluated(found, parameters)
        for name, found in transformed[part].items()
        if conditions.get(found.get("Condition"))
    }


def test_by_default_the_identity_is_the_address(transformed: Json) -> None:
    kind = transformed["Parameters"]["EmailIdentity"]["Default"]
    [identity] = made(transformed, "Resources", kind).values()
    assert identity["Properties"] == {"EmailIdentity": "feedback@notify.example.com"}
    assert made(transformed, "Outputs", kind) == {}


def test_a_domain_identity_signs_for_the_domain_of_the_sender_and_gets_its_bounces(transformed: Json) -> None:
    [identity] = made(transformed, "Resources", "domain").values()
    assert identity["Properties"] == {
        "EmailIdentity": "notify.example.com",
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
        "MailFromAttributes": {
            "MailFromDomain": "bounces.notify.example.com",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    }


def test_the_outputs_have_every_dns_record_of_a_domain_identity(transformed: Json) -> None:
    outputs = made(transformed, "Outputs", "domain")
    assert {name: output["Value"] for name, output in outputs.items()} == DNS_RECORDS


def test_an_existing_identity_is_left_to_others(transformed: Json) -> None:
    assert made(transformed, "Resources", "existing") == made(transformed, "Outputs", "existing") == {}


def test_there_is_no_other_kind_of_identity(transformed: Json) -> None:
    assert transformed["Parameters"]["EmailIdentity"]["AllowedValues"] == ["address", "domain", "existing"]


@pytest.mark.parametrize(
    ("parameter", "accepted", "refused"),
    [
        (
            "SenderEmail",
            ["feedback@example.com", "A.b+c@xn--bcher-kva.example"],
            ["example.com", "a@b@example.com", "a@Example.com", "a b@example.com", "A <a@example.com>", "a@"],
        ),
        (
            "MailFromSubdomain",
            ["bounces", "b", "feedback-bounces", "bounces.mail"],
            ["", ".", "bounces.", "-b", "b-", "a..b", "a_b", "@", "Bounces"],
        ),
    ],
)
def test_what_would_make_no_valid_identity_is_refused(
    transformed: Json, parameter: str, accepted: list[str], refused: list[str]
) -> None:
    pattern = transformed["Parameters"][parameter]["AllowedPattern"]
    assert [value for value in accepted if not re.fullmatch(pattern, value)] == []
    assert [value for value in refused if re.fullmatch(pattern, value)] == []
