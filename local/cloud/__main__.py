"""An AWS on this machine: ministack with the few corrections this service's promises need.

Runs in an environment of its own (`requirements/cloud.txt`), since ministack runs functions with its interpreter.
"""

import importlib.metadata

CORRECTED_VERSION = "1.5.33"


def main() -> None:
    version = importlib.metadata.version("ministack")
    if version != CORRECTED_VERSION:
        message = f"The corrections in local/cloud are written for ministack {CORRECTED_VERSION}, not {version}"
        raise SystemExit(message)
    # After the check: another version may not even have the modules that the corrections import.
    from ministack import app  # noqa: PLC0415

    from local.cloud import (  # noqa: PLC0415
        asynchronous,
        clocks,
        cors,
        errors,
        log_pages,
        packages,
        permissions,
        request_ids,
        routes,
        secret_arns,
        streams,
        transform,
        ttl,
    )

    for correction in (
        packages,
        transform,
        routes,
        cors,
        request_ids,
        errors,
        ttl,
        streams,
        asynchronous,
        clocks,
        secret_arns,
        permissions,
        log_pages,
    ):
        correction.apply()
    app.BANNER = "Embedded cloud on port {port}"
    app.main()


if __name__ == "__main__":
    main()
