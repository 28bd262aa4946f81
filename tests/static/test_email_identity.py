"""The parameters of the sender's identity: what a stack makes, and the DNS records that its outputs show."""

import re
from typing import Any

import pytest

from tests.static.resolved_template import resolved_template
from tests.template import template

type Json = dict[str, Any]

PARAMETERS = template()["Parameters"]
DNS_RECORDS = {
    "DkimRecord1": "<SenderDomainIdentity.DkimDNSTokenName1> CNAME <SenderDomainIdentity.DkimDNSTokenValue1>",
    "DkimRecord2": "<SenderDomainIdentity.DkimDNSTokenName2> CNAME <SenderDomainIdentity.DkimDNSTokenValue2>",
    "DkimRecord3": "<SenderDomainIdentity.DkimDNSTokenName3> CNAME <SenderDomainIdentity.DkimDNSTokenValue3>",
    "MailFromMxRecord": "bounces.notify.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com",
    "MailFromSpfRecord": 'bounces.notify.example.com TXT "v=spf1 include:amazonses.com ~all"',
    "DmarcRecord": '_dmarc.notify.example.com TXT "v=DMARC1; p=none"',
}


def identity(kind: str) -> tuple[list[Json], dict[str, str]]:
    """The identities that a stack makes for this value of `EmailIdentity`, and the DNS records that it outputs."""
    stack = resolved_template(
        SenderEmail="feedback@notify.example.com", MailFromSubdomain="bounces", EmailIdentity=kind
    )
    made = [
        found["Properties"] for found in stack["Resources"].values() if found["Type"] == "AWS::SES::EmailIdentity"
    ]
    records = {name: output["Value"] for name, output in stack["Outputs"].items() if "Record" in name}
    return made, records


def test_by_default_the_identity_is_the_address() -> None:
    assert identity(PARAMETERS["EmailIdentity"]["Default"]) == (
        [{"EmailIdentity": "feedback@notify.example.com"}],
        {},
    )


def test_a_domain_identity_signs_for_the_domain_of_the_sender_and_gets_its_bounces() -> None:
    [made], _ = identity("domain")
    assert made == {
        "EmailIdentity": "notify.example.com",
        "DkimSigningAttributes": {"NextSigningKeyLength": "RSA_2048_BIT"},
        "MailFromAttributes": {
            "MailFromDomain": "bounces.notify.example.com",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        },
    }


def test_the_outputs_have_every_dns_record_of_a_domain_identity() -> None:
    _, records = identity("domain")
    assert records == DNS_RECORDS


def test_an_existing_identity_is_left_to_others() -> None:
    assert identity("existing") == ([], {})


def test_there_is_no_other_kind_of_identity() -> None:
    assert PARAMETERS["EmailIdentity"]["AllowedValues"] == ["address", "domain", "existing"]


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
    parameter: str, accepted: list[str], refused: list[str]
) -> None:
    pattern = PARAMETERS[parameter]["AllowedPattern"]
    assert [value for value in accepted if not re.fullmatch(pattern, value)] == []
    assert [value for value in refused if re.fullmatch(pattern, value)] == []
