"""What every measured function finds around it: the table behind TLS, AppConfig, an environment."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import appconfig, dynamodb, ports, relay
from bench.runtime import Package

SETTINGS = {
    "TABLE_NAME": dynamodb.TABLE,
    "IDEMPOTENCY_TABLE": dynamodb.IDEMPOTENCY_TABLE,
    "LINK_KEY_SECRET": "link-key",
    "ROLLOUT_APPLICATION": "rollout",
    "ROLLOUT_ENVIRONMENT": "live",
    "ROLLOUT_PROFILE": "flags",
    "MINIMUM_CONTRACT_AGE": "P30D",
    "PAYMENT_WINDOW": "P30D",
    "FEEDBACK_INTERVAL": "P30D",
    "REQUEST_LIFETIME": "P14D",
    "POWERTOOLS_SERVICE_NAME": "mid-job-feedback",
    "POWERTOOLS_METRICS_NAMESPACE": "MidJobFeedback",
}


class Surroundings(NamedTuple):
    database: dynamodb.Database
    environment: Mapping[str, str]
    certificate: Path | None = None  # of what stands for AWS here

    def around(self, package: Package) -> dict[str, str]:
        """Its environment. It trusts our certificate beside what its SDK trusts: loading that takes time too."""
        authorities = package.found("botocore/cacert.pem")
        if not (self.certificate and authorities):
            return dict(self.environment)
        bundle = self.certificate.with_name(f"{package.name}.pem")
        bundle.write_text(authorities.read_text() + self.certificate.read_text())
        return {**self.environment, "AWS_CA_BUNDLE": str(bundle)}


@contextmanager
def running(*, tls: bool = True) -> Iterator[Surroundings]:
    """`tls`: as on AWS; without it, what the process itself does is seen more clearly."""
    with dynamodb.running() as database, appconfig.running() as flags, tempfile.TemporaryDirectory() as scratch:
        upstream = {"DYNAMODB": database.port, "APPCONFIGDATA": flags}
        if not tls:
            addresses = {_endpoint(service): f"http://127.0.0.1:{port}" for service, port in upstream.items()}
            yield Surroundings(database, {**SETTINGS, **dynamodb.CREDENTIALS, **addresses})
            return
        listening = {service: ports.free() for service in upstream}
        pairs = {listening[service]: port for service, port in upstream.items()}
        with relay.running(pairs, Path(scratch)) as certificate:
            addresses = {_endpoint(service): f"https://127.0.0.1:{port}" for service, port in listening.items()}
            yield Surroundings(database, {**SETTINGS, **dynamodb.CREDENTIALS, **addresses}, certificate)


def _endpoint(service: str) -> str:
    return f"AWS_ENDPOINT_URL_{service}"
