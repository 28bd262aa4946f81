"""The AWS services that a measured function calls, on this machine, and the environment that points it to them."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.harness import appconfig_stub, dynamodb, tls_proxy
from bench.harness.lambda_process import FunctionPackage
from local.cloud_process import free_port

SETTINGS = {
    "TABLE_NAME": dynamodb.TABLE,
    "IDEMPOTENCY_TABLE": dynamodb.IDEMPOTENCY_TABLE,
    "LINK_KEY_SECRET": "link-key",
    "ROLLOUT_APPLICATION": "rollout",
    "ROLLOUT_ENVIRONMENT": "live",
    "ROLLOUT_PROFILE": "flags",
    "JWT_USER_CLAIM": "sub",
    "MINIMUM_CONTRACT_AGE": "P30D",
    "PAYMENT_WINDOW": "P30D",
    "FEEDBACK_INTERVAL": "P30D",
    "REQUEST_LIFETIME": "P14D",
    "DECLINE_INTERVAL": "P30D",
    "REQUEST_COOLDOWN": "P1D",
    "REMINDER_BEFORE": "P7D,P2D",
    "REMINDER_PAUSE": "P1D",
    "CORRECTION_WINDOW": "P2D",
    "REPLY_WINDOW": "P28D",
    "POWERTOOLS_SERVICE_NAME": "mid-job-feedback",
    "POWERTOOLS_METRICS_NAMESPACE": "MidJobFeedback",
}


class LocalServices(NamedTuple):
    database: dynamodb.Database
    environment: Mapping[str, str]
    certificate: Path | None = None  # of the TLS proxy, if there is one

    def environment_for(self, package: FunctionPackage) -> dict[str, str]:
        """Environment variables for this function.

        With TLS, the SDK trusts the proxy's certificate in addition to its own authorities instead of only the
        proxy's: loading the authorities is part of a cold start.
        """
        authorities = package.find("botocore/cacert.pem")
        if not (self.certificate and authorities):
            return dict(self.environment)
        bundle = self.certificate.with_name(f"{package.variant}.pem")
        bundle.write_text(authorities.read_text() + self.certificate.read_text())
        return {**self.environment, "AWS_CA_BUNDLE": str(bundle)}


@contextmanager
def running(*, tls: bool) -> Iterator[LocalServices]:
    """DynamoDB Local and the AppConfig stub. `tls`: behind the TLS proxy, as on AWS."""
    with (
        dynamodb.running() as database,
        appconfig_stub.running() as appconfig_port,
        tempfile.TemporaryDirectory() as scratch,
    ):
        upstream = {"DYNAMODB": database.port, "APPCONFIGDATA": appconfig_port}
        if not tls:
            yield LocalServices(database, _environment("http", upstream))
            return
        listening = {service: free_port() for service in upstream}
        pairs = {listening[service]: port for service, port in upstream.items()}
        with tls_proxy.running(pairs, Path(scratch)) as certificate:
            yield LocalServices(database, _environment("https", listening), certificate)


def _environment(scheme: str, ports: Mapping[str, int]) -> dict[str, str]:
    endpoints = {f"AWS_ENDPOINT_URL_{service}": f"{scheme}://127.0.0.1:{port}" for service, port in ports.items()}
    return {**SETTINGS, **dynamodb.CREDENTIALS, **endpoints}
