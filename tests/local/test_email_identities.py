"""The sender's identity as template.yaml declares it, on the local cloud."""

import re
from typing import Any

from tests.local.conftest import LocalCloud
from tests.template import template

IDENTITIES = ("SenderIdentity", "SenderDomainIdentity")
CONDITIONS = ("MakeAddressIdentity", "MakeDomainIdentity")


def deploy(cloud: LocalCloud, domain: str, kind: str, name: str = "") -> dict[str, str]:
    """Deploy what depends on `EmailIdentity`, or change it in the stack of that name; return the outputs."""
    whole: dict[str, Any] = template()
    shown = whole["Outputs"] if kind == "domain" else {}
    return cloud.deploy(
        {part: whole["Resources"][part] for part in IDENTITIES} | {"Topic": {"Type": "AWS::SNS::Topic"}},
        {key: found["Value"] for key, found in shown.items() if found.get("Condition") in CONDITIONS},
        name,
        {condition: whole["Conditions"][condition] for condition in CONDITIONS},
        EmailIdentity=kind,
        SenderEmail=f"feedback@{domain}",
        MailFromSubdomain="bounces",
    )


def identities(cloud: LocalCloud, domain: str) -> set[str]:
    found = cloud.client("sesv2").list_email_identities()["EmailIdentities"]
    return {each["IdentityName"] for each in found if domain in each["IdentityName"]}


def test_a_domain_identity_shows_its_dns_records(cloud: LocalCloud) -> None:
    outputs = deploy(cloud, "records.example.com", "domain")
    tokens = set()
    for number in (1, 2, 3):
        form = r"(\w+)\._domainkey\.records\.example\.com CNAME \1\.dkim\.amazonses\.com"
        record = re.fullmatch(form, outputs[f"DkimRecord{number}"])
        assert record
        tokens.add(record[1])
    assert len(tokens) == 3
    assert outputs["MailFromMxRecord"].startswith("bounces.records.example.com MX 10 feedback-smtp.")


def test_an_identity_outlives_the_change_to_another_kind(cloud: LocalCloud) -> None:
    """Until the new one is confirmed, SES would send nothing."""
    domain = "changed.example.com"
    stack = deploy(cloud, domain, "address")["StackName"]
    assert identities(cloud, domain) == {f"feedback@{domain}"}
    deploy(cloud, domain, "domain", stack)
    assert identities(cloud, domain) == {f"feedback@{domain}", domain}
    deploy(cloud, domain, "existing", stack)
    assert identities(cloud, domain) == {f"feedback@{domain}", domain}
