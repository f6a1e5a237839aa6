"""The command line: `hub`."""

from __future__ import annotations

from hub.cli.app import main

__all__ = ["main"]
