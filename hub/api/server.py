"""Serving the page on loopback; any other address is refused while there are no keys to ask for."""

from __future__ import annotations

import ipaddress

import uvicorn
from fastapi import FastAPI

from hub.errors import ConfigurationError

STREAM_GOODBYE_SECONDS = 1  # Open streams never end by themselves, so waiting longer gains nothing.


def check_loopback(host: str) -> None:
    """Raises ConfigurationError unless `host` is this machine's own address."""
    if host.lower() == "localhost":
        return
    try:
        is_loopback = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ConfigurationError(
            f'the page is not served on "{host}": only this machine may see it',
            fix="use 127.0.0.1, ::1 or localhost",
            effect="nothing was started",
        )


def build_server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A server that a caller can stop by setting `should_exit`. Raises ConfigurationError."""
    check_loopback(host)
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STREAM_GOODBYE_SECONDS,
        )
    )


async def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until stopped. Raises ConfigurationError for any host that is not loopback."""
    await build_server(app, host, port).serve()
