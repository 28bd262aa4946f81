"""`manage.py publish_contract_events`: run it as a process of its own, as often as you like."""

import logging
import time
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandParser

from feedback_integration.publisher import publish_batch

PAUSE_SECONDS = 1
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Publishes the contract events of the outbox to EventBridge."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end when nothing more can be published")

    def handle(self, *, once: bool, **_: Any) -> None:
        # A row stays locked during the call, so that must not take long.
        event_bridge = boto3.client("events", config=Config(connect_timeout=3, read_timeout=10))
        while True:
            try:
                published = publish_batch(event_bridge)
            except (BotoCoreError, ClientError):
                if once:
                    raise
                logger.exception("Contract events could not be published")
                published = 0
            if published:
                continue
            if once:
                return
            time.sleep(PAUSE_SECONDS)
