"""Cuts the SDK in a layer down to what the functions use. Called with the layer's folder of packages.

Botocore describes four hundred services, and reads what it knows of the endpoints of all of them whenever a client
is made. What stays is unaltered except for its documentation, which no program reads.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# Directories of botocore's data. A test holds them against the clients that the package makes.
SERVICES = {"appconfigdata", "dynamodb", "dynamodbstreams", "lambda", "secretsmanager", "sesv2", "sns", "sqs"}
# The names some of them have in endpoints.json.
ENDPOINTS = SERVICES | {"email", "streams.dynamodb", "sts"}

type Json = dict[str, Any]


def trim(packages: Path) -> None:
    data = packages / "botocore/data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: found for name, found in partition["services"].items() if name in ENDPOINTS}
    _write(data / "endpoints.json", endpoints)
    for examples in data.rglob("examples-1.json"):
        examples.unlink()
    for packed in data.rglob("service-2.json.gz"):
        model = _undocumented(json.loads(gzip.decompress(packed.read_bytes())))
        packed.unlink()
        _write(packed.with_suffix(""), model)
    shutil.rmtree(packages / "boto3/examples", ignore_errors=True)


def _undocumented(part: Any) -> Any:
    if isinstance(part, list):
        return [_undocumented(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    # A member may be called `documentation`: then it is a shape and not a text.
    kept = {name: value for name, value in part.items() if name != "documentation" or not isinstance(value, str)}
    return {name: _undocumented(value) for name, value in kept.items()}


def _write(path: Path, content: Json) -> None:
    """In a new file: an installer's files may be links into its cache, which other installations share."""
    path.unlink(missing_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
