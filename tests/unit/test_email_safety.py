"""What mails do besides being read: nothing. No link is tracked, and none does anything by being opened."""

import re
from pathlib import Path

import pytest

from mid_job_feedback.domain import messages
from tests.builders import a_contract, a_feedback, a_request
from tests.template import ROOT, resources, template
from tests.unit.test_permissions import as_list

TEMPLATES = sorted((ROOT / "layers/mid_job_feedback/mid_job_feedback/messaging/templates").iterdir())
READING = re.compile(r"\w+:(Query|BatchGetItem|GetSecretValue|StartConfigurationSession|GetLatestConfiguration)")
PAGES = "https://feedback.example.com/app/"


def test_no_link_in_a_mail_is_rewritten() -> None:
    """A link is a credential; tracking clicks needs one of these."""
    [configuration] = resources("AWS::SES::ConfigurationSet").values()
    assert not {"TrackingOptions", "VdmOptions"} & configuration["Properties"].keys()
    assert not resources("AWS::SES::ConfigurationSetEventDestination")


def test_mails_are_sent_by_that_configuration() -> None:
    [(name, _)] = resources("AWS::SES::ConfigurationSet").items()
    sender = template()["Resources"]["NotifyFunction"]["Properties"]["Environment"]["Variables"]
    assert sender["CONFIGURATION_SET"] == {"Ref": name}


def test_who_could_not_be_reached_or_complained_gets_no_more_mail() -> None:
    [configuration] = resources("AWS::SES::ConfigurationSet").values()
    suppressed = configuration["Properties"]["SuppressionOptions"]["SuppressedReasons"]
    assert sorted(suppressed) == ["BOUNCE", "COMPLAINT"]


def test_what_answers_anything_but_a_post_can_only_read() -> None:
    """Mail scanners open links, and try other methods on them too."""
    reading = set()
    for name, function in resources("AWS::Serverless::Function").items():
        events = function["Properties"].get("Events", {}).values()
        methods = {event["Properties"].get("Method") for event in events if event["Type"] == "HttpApi"}
        if methods - {"POST"}:
            reading.add(name)
            policies = function["Properties"].get("Policies", [])
            statements = [statement for policy in policies for statement in policy["Statement"]]
            assert all(READING.fullmatch(action) for made in statements for action in as_list(made["Action"]))
    assert reading == {"ListFunction", "WebFunction"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_mail_has_no_links_but_those_it_is_given(path: Path) -> None:
    written = path.read_text()
    assert set(re.findall(r'(?:href|src|action)="([^"]*)"', written)) <= {"{{ link }}", "{{ star_link }}"}
    assert not re.search(r"https?:|mailto:|<form|<img|url\(|unsubscribe", written, re.IGNORECASE)


def test_and_those_lead_to_pages() -> None:
    """To unsubscribe from there is nothing: one mail for each request, and one for each feedback."""
    to_form = messages.feedback_form_url(PAGES.removesuffix("/app/"), "TOKEN")
    to_room = messages.contract_room_url(PAGES.removesuffix("/app/"), "c-1")
    asking = messages.feedback_requested_email(a_contract(), a_request(), to_form).fields
    telling = messages.feedback_provided_email(a_contract(), a_feedback(), to_room).fields
    assert isinstance(asking["stars"], dict)
    assert asking["link"] == f"{PAGES}feedback#t=TOKEN"
    assert list(asking["stars"].values()) == [f"{PAGES}feedback#t=TOKEN&rating={stars}" for stars in range(1, 6)]
    assert telling["link"] == f"{PAGES}contract?id=c-1"
