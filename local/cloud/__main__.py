"""The embedded cloud: ministack, an AWS emulator, with corrections where this service depends on what AWS does.

Each correction is a module that first says what AWS does, then what ministack does instead. For each there is a
test in `tests/local` that fails without it.

Two things are here that AWS does not have, for people who try the service out: a test clock (shifted_clock.py) and
faults on demand (faults.py). Both are set at `/_local/` on the cloud's port (controls.py).

ministack has an environment of its own (`requirements/cloud.txt`), since it runs functions with its interpreter.
"""

import importlib.metadata

CORRECTED_VERSION = "1.5.33"


def main() -> None:
    version = importlib.metadata.version("ministack")
    if version != CORRECTED_VERSION:
        message = f"The corrections in local/cloud are for ministack {CORRECTED_VERSION}, not {version}"
        raise SystemExit(message)
    # After the check, since another version may lack the modules that the corrections import.
    from ministack import app  # noqa: PLC0415

    from local.cloud import (  # noqa: PLC0415
        aliases,
        archives,
        async_invocations,
        clocks,
        controls,
        cors,
        email_events,
        email_headers,
        email_identities,
        faults,
        function_errors,
        log_level,
        log_pages,
        packages,
        permissions,
        queue_concurrency,
        queue_delays,
        request_ids,
        routes,
        secret_arns,
        shifted_clock,
        streams,
        timestamps,
        traffic_shift,
        transform,
        ttl,
    )

    for correction in (
        packages,
        shifted_clock,
        archives,
        transform,
        routes,
        cors,
        request_ids,
        function_errors,
        log_level,
        ttl,
        streams,
        async_invocations,
        aliases,
        traffic_shift,
        clocks,
        secret_arns,
        email_identities,
        email_events,
        email_headers,
        permissions,
        queue_concurrency,
        log_pages,
        timestamps,
        queue_delays,
        faults,
        controls,
    ):
        correction.apply()
    app.BANNER = "Embedded cloud on port {port}"
    app.main()


if __name__ == "__main__":
    main()
