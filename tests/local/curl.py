"""The part of curl that the dev tool's lines use, for machines without curl. Other options are refused."""

import argparse
import sys

import httpx


def main() -> int:
    """Print the response's body, and return what curl would: 22 for an HTTP error."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--fail-with-body", action="store_true")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("url")
    given = parser.parse_args()
    headers = {} if given.body is None else {"content-type": "application/x-www-form-urlencoded"}
    for header in given.headers:
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    method = "GET" if given.body is None else "POST"
    with httpx.Client(timeout=None, trust_env=False) as client:  # noqa: S113 - curl has no time limit either
        response = client.request(method, given.url, headers=headers, content=given.body)
    sys.stdout.write(response.text)
    return 22 if given.fail_with_body and response.is_error else 0


if __name__ == "__main__":
    sys.exit(main())
