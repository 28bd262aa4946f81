"""`manage.py receive_dash_messages`: run it as a process of its own, as often as you like."""

import logging
import time
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.core.management.base import BaseCommand, CommandParser

from feedback_integration.dash_inbox import receive_batch

PAUSE_SECONDS = 5
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Receives Dash messages from their queue into the inbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after one batch")

    def handle(self, *, once: bool, **_: Any) -> None:
        sqs = boto3.client("sqs")
        while True:
            try:
                receive_batch(sqs)
            except (BotoCoreError, ClientError):
                if once:
                    raise
                logger.exception("Dash messages could not be received")
                time.sleep(PAUSE_SECONDS)
            if once:
                return
