"""The edge, an option: CloudFront in front of the API and its pages, in the template as CloudFormation gets it."""

import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from cli.smoke.routes import IMMUTABLE
from mid_job_feedback.http import api
from mid_job_feedback.http.static_files import read
from tests.static.resolved_template import UUID, resolved_template
from tests.template import routes

DOMAIN = "feedback.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:111122223333:certificate/edge"
REGIONAL_CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/regional"
WEB_ACL = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/feedback/1"
EDGE = {
    "EdgeDomain": DOMAIN,
    "EdgeCertificateArn": CERTIFICATE,
    "EdgeRegionalCertificateArn": REGIONAL_CERTIFICATE,
}
DEFAULT_ENDPOINT = "https://<HttpApi>.execute-api.eu-west-1.amazonaws.com"
KEEPS_NOTHING = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's policy CachingDisabled
FORWARDS_EVERYTHING = "216adef6-5c7f-47e4-b989-5492eafa07d3"  # AWS's policy AllViewer
# Of these, CloudFront keeps the response for ten seconds unless it is told otherwise.
KEPT_ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

type Json = dict[str, Any]


@pytest.fixture(scope="module")
def stack() -> Json:
    return resolved_template(**EDGE)


@pytest.fixture(scope="module")
def distribution(stack: Json) -> Json:
    found: Json = stack["Resources"]["Edge"]["Properties"]["DistributionConfig"]
    return found


def properties(stack: Json, name: str) -> Json:
    found: Json = stack["Resources"][name]["Properties"]
    return found


def behavior(distribution: Json, path: str) -> Json:
    """What CloudFront does with a call: the first pattern that matches decides. It knows `*` and `?`."""
    patterns = distribution["CacheBehaviors"]
    return next(
        (found for found in patterns if fnmatchcase(path, found["PathPattern"])),
        distribution["DefaultCacheBehavior"],
    )


def base_url_of_links(stack: Json) -> str:
    url: str = properties(stack, "NotifyFunction")["Environment"]["Variables"]["APP_BASE_URL"]
    return url


# With and without


def test_without_a_domain_there_is_no_edge() -> None:
    stack = resolved_template()
    assert not [name for name in stack["Resources"] if name.startswith("Edge")]
    assert "servers" not in properties(stack, "HttpApi")["Body"]
    assert base_url_of_links(stack) == DEFAULT_ENDPOINT
    assert stack["Outputs"]["ApiUrl"]["Value"] == stack["Outputs"]["SignedCallsUrl"]["Value"] == DEFAULT_ENDPOINT
    assert "EdgeTarget" not in stack["Outputs"]


def test_links_and_the_api_have_the_edges_domain(stack: Json) -> None:
    assert base_url_of_links(stack) == stack["Outputs"]["ApiUrl"]["Value"] == f"https://{DOMAIN}"
    assert stack["Outputs"]["EdgeTarget"]["Value"] == "<Edge.DomainName>"
    elsewhere = resolved_template(**EDGE, AppBaseUrl="https://www.example.com/feedback")
    assert base_url_of_links(elsewhere) == "https://www.example.com/feedback"


def test_it_serves_the_domain_with_its_certificate_and_nothing_older_than_tls_1_2(distribution: Json) -> None:
    assert distribution["Aliases"] == [DOMAIN]
    assert distribution["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "SslSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
    }
    assert distribution["HttpVersion"] == "http2and3"
    ways = {found["ViewerProtocolPolicy"] for found in every_behavior(distribution)}
    assert ways == {"https-only", "redirect-to-https"}


def test_a_web_acl_is_used_if_there_is_one(distribution: Json) -> None:
    assert "WebACLId" not in distribution
    edge = properties(resolved_template(**EDGE, WebAclArn=WEB_ACL), "Edge")
    assert edge["DistributionConfig"]["WebACLId"] == WEB_ACL


# The way to the API


def every_behavior(distribution: Json) -> list[Json]:
    return [distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]]


def test_api_gateway_knows_the_domain_so_host_is_passed_on_and_signatures_are_valid(
    stack: Json, distribution: Json
) -> None:
    domain = properties(stack, "EdgeApiDomain")
    assert domain["DomainName"] == DOMAIN
    [configuration] = domain["DomainNameConfigurations"]
    assert configuration == {
        "EndpointType": "REGIONAL",
        "SecurityPolicy": "TLS_1_2",
        "CertificateArn": REGIONAL_CERTIFICATE,
    }
    for origin in distribution["Origins"]:
        assert origin["DomainName"] == "<EdgeApiDomain.RegionalDomainName>"
        assert origin["CustomOriginConfig"] == {
            "OriginProtocolPolicy": "https-only",
            "OriginSSLProtocols": ["TLSv1.2"],
        }
    for found in every_behavior(distribution):
        assert found["OriginRequestPolicyId"] == FORWARDS_EVERYTHING
        assert len(found["AllowedMethods"]) == 7


def test_in_us_east_1_one_certificate_is_enough() -> None:
    stack = resolved_template(EdgeDomain=DOMAIN, EdgeCertificateArn=CERTIFICATE)
    [configuration] = properties(stack, "EdgeApiDomain")["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == CERTIFICATE


def test_the_default_endpoint_is_disabled_without_a_warning_of_the_import(stack: Json) -> None:
    body = properties(stack, "HttpApi")["Body"]
    assert body["servers"] == [
        {"url": "/", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    ]
    assert body["paths"].keys() == properties(resolved_template(), "HttpApi")["Body"]["paths"].keys()


def test_the_default_endpoint_may_stay_until_links_that_were_sent_have_expired() -> None:
    assert "servers" not in properties(resolved_template(**EDGE, EdgeOnly="false"), "HttpApi")["Body"]


def test_api_gateway_answers_only_below_a_path_that_cloudfront_adds(stack: Json, distribution: Json) -> None:
    """Otherwise whoever connects to API Gateway with the domain's name would get past the web ACL."""
    mappings = [
        found["Properties"]
        for found in stack["Resources"].values()
        if found["Type"] == "AWS::ApiGatewayV2::ApiMapping"
    ]
    assert [(found["ApiMappingKey"], found["Stage"]) for found in mappings] == [(UUID, "$default")]
    origins = {origin["Id"]: origin.get("OriginPath", "") for origin in distribution["Origins"]}
    assert origins == {"api": f"/{UUID}", "signed-calls": ""}
    assert behavior(distribution, "/contracts/c-1/feedback")["TargetOriginId"] == "api"


def test_the_path_of_a_signed_call_is_passed_on_as_it_was_signed(stack: Json, distribution: Json) -> None:
    url = stack["Outputs"]["SignedCallsUrl"]["Value"]
    assert url == f"https://{DOMAIN}/{UUID}"
    for path in ("/expirations", "/app/contract", "/freelancers/u-1/work-history"):
        found = behavior(distribution, url.removeprefix(f"https://{DOMAIN}") + path)
        assert found["TargetOriginId"] == "signed-calls"
        assert found["CachePolicyId"] == KEEPS_NOTHING


# What is kept


def test_only_what_is_public_and_not_addressed_by_a_link_is_kept(distribution: Json) -> None:
    kept = {
        route
        for route in routes()
        if behavior(distribution, re.sub(r"{.+?}", "x", route[1]))["CachePolicyId"] != KEEPS_NOTHING
    }
    assert kept
    assert [route for route in kept if routes()[route].get("Auth") != {"Authorizer": "NONE"}] == []
    assert {path.split("/")[1] for _, path in kept} == {"app", "freelancers"}


@pytest.mark.parametrize("path", ["/", "/app", "/feedback-links/app/", "/contracts/app/feedback", "/expirations"])
def test_other_addresses_are_never_kept(distribution: Json, path: str) -> None:
    assert behavior(distribution, path)["CachePolicyId"] == KEEPS_NOTHING


def test_how_long_is_said_by_the_api_alone(stack: Json) -> None:
    """A minimum above zero would keep even what is `no-store`, such as the redirect of a mistyped link."""
    policy = properties(stack, "EdgeCachePolicy")["CachePolicyConfig"]
    assert (policy["MinTTL"], policy["DefaultTTL"]) == (0, 0)
    longest = re.search(r"max-age=(\d+)", IMMUTABLE)
    assert longest
    assert policy["MaxTTL"] == int(longest[1])


def test_the_key_holds_all_that_a_kept_response_varies_by(stack: Json, distribution: Json, tmp_path: Path) -> None:
    for name in ("contract.html", "elements-ABCDEF23.js", "elements.js"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / f"{name}.gz").write_bytes(b"")
    key = properties(stack, "EdgeCachePolicy")["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    varies_by = {
        api.CACHED_FOR_A_MINUTE["Vary"].lower(),
        *(page.headers["vary"] for page in read(tmp_path, {}).values()),
    }
    assert varies_by == {"origin", "accept-encoding"}
    assert key == {
        "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": ["Origin"]},
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": True,
        "QueryStringsConfig": {"QueryStringBehavior": "all"},  # limit and cursor
        "CookiesConfig": {"CookieBehavior": "none"},
    }
    for path in ("/app/elements.js", "/freelancers/u-1/work-history"):
        assert behavior(distribution, path)["Compress"] is True


def test_no_error_is_kept_or_replaced(distribution: Json) -> None:
    responses = distribution["CustomErrorResponses"]
    assert {found["ErrorCode"] for found in responses} == KEPT_ERRORS
    assert [
        found for found in responses if found != {"ErrorCode": found["ErrorCode"], "ErrorCachingMinTTL": 0}
    ] == []


def test_it_adds_no_header_but_that_browsers_use_https_only(stack: Json, distribution: Json) -> None:
    added = properties(stack, "EdgeHeaders")["ResponseHeadersPolicyConfig"]
    assert {"CorsConfig", "CustomHeadersConfig", "RemoveHeadersConfig"} & added.keys() == set()
    assert added["SecurityHeadersConfig"].keys() == {"StrictTransportSecurity"}
    assert {found["ResponseHeadersPolicyId"] for found in every_behavior(distribution)} == {"<EdgeHeaders>"}
