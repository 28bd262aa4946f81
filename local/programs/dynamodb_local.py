"""DynamoDB Local, AWS's own emulator: a jar in an npm package, with the native libraries it loads."""

from pathlib import Path
from typing import Final

from local.programs.npm import NpmPackage, unpacked
from local.programs.packages import once
from local.programs.program import THIS_MACHINE, Machine, MissingProgramError, NotFetchedError

PACKAGE: Final = NpmPackage(
    "amplify-dynamodb-simulator",
    "2.9.30",
    "sha512-xTeeRLvzEfqyd5lh3bH4c0kHvSHHmmhD5ZDsHFKAQ5g2Zl6JqlFdutaQhCLHzxEp6Ry1o7TB6niIoXuQAnSewQ==",
)
NAME: Final = f"DynamoDB Local (the npm package {PACKAGE.name} {PACKAGE.version})"


def find(machine: Machine = THIS_MACHINE) -> Path:
    """The folder with `DynamoDBLocal.jar` and `DynamoDBLocal_lib/`.

    Raises:
        MissingProgramError: if it cannot be had.
    """
    try:
        return once(PACKAGE.folder, lambda scratch: unpacked(PACKAGE, machine, scratch) / "emulator")
    except (NotFetchedError, MissingProgramError) as error:
        raise MissingProgramError(NAME, str(error)) from error
