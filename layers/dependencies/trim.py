"""Cuts the packages of a layer down to what the functions use. Called with the layer's folder of packages.

Botocore describes four hundred services, and reads the endpoints of all of them whenever a client is made. The
descriptions that stay only lose their documentation, which no program reads. Babel has a thousand locales, in
30 MB.
"""

import gzip
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

# Directories of botocore's data. A test compares them with the clients that the package makes.
SERVICES = {
    "appconfigdata",
    "dynamodb",
    "dynamodbstreams",
    "events",
    "lambda",
    "secretsmanager",
    "sesv2",
    "sns",
    "sqs",
}
# The names some of them have in endpoints.json.
ENDPOINTS = SERVICES | {"email", "streams.dynamodb", "sts"}
# Of Amazon Trust Services, which signs for AWS's endpoints: the five authorities that it says a trust store needs.
# Loading all hundred and twenty-six takes each client longer than its first call.
AUTHORITIES = {f"Amazon Root CA {number}" for number in (1, 2, 3, 4)} | {
    "Starfield Services Root Certificate Authority - G2"
}
# Locales of Babel's data: the languages of the package's texts, which a test compares, and what they inherit from.
LOCALES = {"root", "en", "de", "es", "ar"}
END = "-----END CERTIFICATE-----\n"

type Json = dict[str, Any]


def trim(packages: Path, authorities: str) -> None:
    """`authorities`: `amazon` or `all`."""
    data = packages / "botocore/data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in SERVICES:
            shutil.rmtree(folder)
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: found for name, found in partition["services"].items() if name in ENDPOINTS}
    write(data / "endpoints.json", _compact(endpoints))
    for examples in data.rglob("examples-1.json"):
        examples.unlink()
    for packed in data.rglob("service-2.json.gz"):
        model = _undocumented(json.loads(gzip.decompress(packed.read_bytes())))
        packed.unlink()
        write(packed.with_suffix(""), _compact(model))
    shutil.rmtree(packages / "boto3/examples", ignore_errors=True)
    for locale in (packages / "babel/locale-data").glob("*.dat"):
        if locale.stem not in LOCALES:
            locale.unlink()
    shutil.rmtree(packages / "babel/messages")  # compiles translations
    if authorities == "amazon":
        bundle = packages / "botocore/cacert.pem"
        write(bundle, _trusted(bundle.read_text()))


def _undocumented(part: Any) -> Any:
    if isinstance(part, list):
        return [_undocumented(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    # A member may be called `documentation`: then it is a shape and not a text.
    kept = {name: value for name, value in part.items() if name != "documentation" or not isinstance(value, str)}
    return {name: _undocumented(value) for name, value in kept.items()}


def _trusted(bundle: str) -> str:
    """Raises ValueError if the bundle lacks one of them."""
    kept = {}
    for certificate in bundle.split(END):
        label = re.search(r'^# Label: "(.*)"$', certificate, re.MULTILINE)
        if label and label[1] in AUTHORITIES:
            kept[label[1]] = certificate + END
    if kept.keys() != AUTHORITIES:
        raise ValueError(f"not in the SDK's bundle: {AUTHORITIES - kept.keys()}")
    return "".join(kept.values())


def _compact(content: Json) -> str:
    return json.dumps(content, separators=(",", ":"))


def write(path: Path, content: str) -> None:
    """In a new file: an installer's files may be links into its cache, which other installations share."""
    path.unlink(missing_ok=True)
    path.write_text(content)


if __name__ == "__main__":
    trim(Path(sys.argv[1]), sys.argv[2])
