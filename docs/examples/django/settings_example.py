"""What the integration needs in the settings of your project. The values are those of a stack's outputs."""

import os
from pathlib import Path

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "feedback_integration",
]

FEEDBACK_EVENT_BUS = os.environ["FEEDBACK_EVENT_BUS"]  # EventBusName; its ARN if the stack is in another account
FEEDBACK_EVENT_SOURCE = "marketplace.contracts"  # EventSource
FEEDBACK_DASH_QUEUE_URL = os.environ["FEEDBACK_DASH_QUEUE_URL"]  # of dash-queue.yaml
# Of domain-events-queue.yaml; only for `receive_messages domain-events`.
FEEDBACK_DOMAIN_EVENTS_QUEUE_URL = os.environ.get("FEEDBACK_DOMAIN_EVENTS_QUEUE_URL")
FEEDBACK_ISSUER = os.environ["FEEDBACK_ISSUER"]  # JwtIssuer
FEEDBACK_AUDIENCE = "feedback"  # JwtAudience
# The first key signs. The others are published only.
FEEDBACK_TOKEN_KEYS = [Path(name).read_text() for name in os.environ["FEEDBACK_TOKEN_KEYS"].split(",")]
