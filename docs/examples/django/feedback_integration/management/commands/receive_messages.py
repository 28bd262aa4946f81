"""`manage.py receive_messages dash`: run it as a process of its own for each queue, as often as you like."""

import logging
import time
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from feedback_integration import dash_inbox, search_index
from feedback_integration.queue_consumer import receive_batch

PAUSE_SECONDS = 5
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Receives Dash messages into the inbox, or domain events into the search."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=["dash", "domain-events"])
        parser.add_argument("--once", action="store_true", help="end after one batch")

    def handle(self, *, queue: str, once: bool, **_: Any) -> None:
        url, store = {
            "dash": (settings.FEEDBACK_DASH_QUEUE_URL, dash_inbox.store),
            "domain-events": (settings.FEEDBACK_DOMAIN_EVENTS_QUEUE_URL, search_index.store),
        }[queue]
        sqs = boto3.client("sqs")
        while True:
            try:
                receive_batch(sqs, url, store)
            except (BotoCoreError, ClientError):
                if once:
                    raise
                logger.exception("Messages could not be received")
                time.sleep(PAUSE_SECONDS)
            if once:
                return
