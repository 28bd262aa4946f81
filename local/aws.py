"""Boto3 clients for the embedded cloud, which ignore the AWS configuration and the proxies of this shell."""

import functools
import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

REGION = "us-east-1"
ACCESS_KEY_ID = SECRET_ACCESS_KEY = "test"  # noqa: S105 - the embedded cloud accepts any

# Settings that botocore would read from the user's files: (name in the file, environment variable, default, cast).
_IGNORED = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


@functools.cache
def client(service: str, endpoint_url: str) -> Any:
    session = boto3.Session(
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        region_name=REGION,
        botocore_session=botocore.session.Session(_IGNORED),
    )
    return session.client(service, endpoint_url=endpoint_url, config=Config(proxies={}))  # type: ignore[call-overload]
