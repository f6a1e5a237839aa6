"""`python -m hub.cli` is `hub`."""

from __future__ import annotations

from hub.cli.app import main

if __name__ == "__main__":
    main()
