"""TLS proxy in front of the local stand-ins for AWS, so that a cold start includes a TLS handshake.

    python -m bench.harness.tls_proxy certificate key listen:upstream …

Runs as a process of its own, so that its work is not added to the measured or the measuring process.
"""

import asyncio
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.harness.ports import wait_for

CHUNK = 65536


@contextmanager
def running(ports: Mapping[int, int], folder: Path) -> Iterator[Path]:
    """Forward each listening port to its upstream port; yields the certificate that clients must trust."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    _create_certificate(certificate, key)
    pairs = [f"{listen}:{upstream}" for listen, upstream in ports.items()]
    command = [sys.executable, "-m", "bench.harness.tls_proxy", str(certificate), str(key), *pairs]
    with subprocess.Popen(command) as process:
        try:
            for port in ports:
                wait_for(port)
            yield certificate
        finally:
            process.terminate()


def _create_certificate(certificate: Path, key: Path) -> None:
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


async def _serve(listen: int, upstream: int, context: ssl.SSLContext) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", upstream)
        await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", listen, ssl=context)
    await server.serve_forever()


async def _main(certificate: str, key: str, pairs: list[str]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    ports = [tuple(map(int, pair.split(":"))) for pair in pairs]
    await asyncio.gather(*(_serve(listen, upstream, context) for listen, upstream in ports))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], sys.argv[3:]))
