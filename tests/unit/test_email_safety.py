"""E-mails only inform: no link is tracked, and opening one changes nothing."""

import re
from pathlib import Path

import pytest

from mid_job_feedback.domain.models import DeclineInput, EmailPreferencesInput, FeedbackInput
from tests.template import ROOT, events, resources, template
from tests.unit.test_permissions import as_list

TEMPLATES = sorted((ROOT / "layers/mid_job_feedback/mid_job_feedback/messaging/templates").iterdir())
READING = re.compile(r"\w+:(Query|BatchGetItem|GetSecretValue|StartConfigurationSession|GetLatestConfiguration)")


def test_links_in_emails_are_not_tracked() -> None:
    """A link is a credential; SES would rewrite it to count clicks, which needs one of these."""
    [configuration] = resources("AWS::SES::ConfigurationSet").values()
    assert not {"TrackingOptions", "VdmOptions"} & configuration["Properties"].keys()
    [destination] = resources("AWS::SES::ConfigurationSetEventDestination").values()
    published = destination["Properties"]["EventDestination"]["MatchingEventTypes"]
    assert not {"open", "click"} & set(published)


def test_emails_are_sent_with_that_configuration_set() -> None:
    [(name, _)] = resources("AWS::SES::ConfigurationSet").items()
    sender = template()["Resources"]["NotifyFunction"]["Properties"]["Environment"]["Variables"]
    assert sender["CONFIGURATION_SET"] == {"Ref": name}


def test_addresses_that_bounced_or_complained_get_no_more_email() -> None:
    [configuration] = resources("AWS::SES::ConfigurationSet").values()
    suppressed = configuration["Properties"]["SuppressionOptions"]["SuppressedReasons"]
    assert sorted(suppressed) == ["BOUNCE", "COMPLAINT"]


def test_functions_with_a_route_without_token_other_than_post_and_put_can_only_read() -> None:
    """Mail scanners open links, and try methods other than GET on them. POST and PUT need a body; see below."""
    reading = set()
    for name, function in resources("AWS::Serverless::Function").items():
        routes = [
            event["Properties"]
            for event in function["Properties"].get("Events", {}).values()
            if event["Type"] == "HttpApi" and event["Properties"].get("Auth") == {"Authorizer": "NONE"}
        ]
        if {route.get("Method") for route in routes} - {"POST", "PUT"}:
            reading.add(name)
            policies = function["Properties"].get("Policies", [])
            statements = [statement for policy in policies for statement in policy["Statement"]]
            assert all(READING.fullmatch(action) for made in statements for action in as_list(made["Action"]))
    assert reading == {"ListFunction", "WebFunction"}


def test_a_change_without_a_token_needs_a_body_that_no_scanner_writes() -> None:
    """The stars, or a choice."""
    without_token = {
        (event["Method"], event["Path"])
        for event in events("HttpApi")
        if event.get("Auth") == {"Authorizer": "NONE"} and event.get("Method") not in {None, "GET", "HEAD"}
    }
    assert without_token == {
        ("POST", "/feedback-links/{token}"),
        ("PUT", "/feedback-links/{token}"),
        ("POST", "/feedback-links/{token}/decline"),
        ("POST", "/email-preferences/{token}"),
    }
    for body in (FeedbackInput, DeclineInput, EmailPreferencesInput):
        assert any(field.is_required() for field in body.model_fields.values())


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_an_email_template_has_no_links_and_no_images_of_its_own(path: Path) -> None:
    """Only those of the message and those that are parameters. The logo is the same for all readers."""
    text = path.read_text()
    links = {"{{ link }}", "{{ other_link }}", "{{ star_link }}", "{{ preferences.page }}"}
    links |= {"{{ brand.support_url }}", "{{ brand.legal_url }}"}
    assert set(re.findall(r'(?:href|action)="([^"]*)"', text)) <= links
    assert set(re.findall(r'src="([^"]*)"', text)) <= {"{{ brand.logo_url }}"}
    assert text.count("<img") == text.count('<img class="ink" src="{{ brand.logo_url }}"')
    assert not re.search(r"https?:|mailto:|<form|url\(|unsubscribe", text, re.IGNORECASE)
