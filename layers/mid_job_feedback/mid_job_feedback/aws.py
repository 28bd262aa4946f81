"""The one SDK session of a process. Clients share its loader, so each further one is nearly free.

Botocore's own session: boto3's would add its resources and transfer manager, which nothing here uses.
"""

from functools import cache
from threading import Lock
from typing import Any, Final

from botocore import __version__
from botocore.config import Config
from botocore.exceptions import HTTPClientError
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.session import Session
from pydantic_core import from_json

# Said once and for all: botocore would compose it anew, twice a call, which is a tenth of the call's work.
_AGENT: Final = f"Botocore/{__version__} mid-job-feedback"
# Three tries of two seconds, with what is waited in between, end well before the function's time limit: then we
# can still say 503 ourselves.
_QUICK: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 3},  # `max_attempts` counts from the second
    connect_timeout=1,
    read_timeout=2,
    max_pool_connections=32,
    tcp_keepalive=True,
    parameter_validation=False,  # a tenth of a call's work, and the service checks them as well
    user_agent=_AGENT,
)
# A message whose answer is late may have been sent: only the stream tries again, by the record of what was sent.
_PATIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=2,
    read_timeout=10,
    user_agent=_AGENT,
)

_making: Final = Lock()


class _AsSent(JSONParser):
    """DynamoDB's answers as they are: botocore would look up every value of every row in its model.

    That makes bytes of binary values and instants of a table's description. We store no binary and read no
    descriptions.
    """

    def _do_parse(self, response: Any, shape: Any) -> dict[str, Any]:
        if shape is None:
            return {}
        try:
            parsed: dict[str, Any] = from_json(response["body"] or b"{}")
        except ValueError as broken:  # cut off, or from something that stands before DynamoDB
            raise HTTPClientError(error=broken) from broken
        parsed["ResponseMetadata"] = {"RequestId": response["headers"].get("x-amzn-requestid", "")}
        return parsed


class _AnswersAsSent(ResponseParserFactory):
    def create_parser(self, protocol_name: str) -> Any:
        return _AsSent() if protocol_name == "json" else super().create_parser(protocol_name)


@cache
def _session() -> Session:
    return Session()


@cache
def client(service: str) -> Any:
    return _client(service, _QUICK)


@cache
def sender(service: str) -> Any:
    """A client that sends once and waits long."""
    return _client(service, _PATIENT)


def _client(service: str, config: Config) -> Any:
    make: Any = _session().create_client  # its overloads want the literal name of a service
    answers = _AnswersAsSent() if service == "dynamodb" else ResponseParserFactory()
    with _making:
        _session().register_component("response_parser_factory", answers)
        return make(service, config=config)
