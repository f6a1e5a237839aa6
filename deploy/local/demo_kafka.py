"""The demo on a real Kafka broker and a real PostgreSQL: starts both, runs `hub demo`, ends both.

Whatever is passed to it goes on to `hub demo`, whose exit code it ends with.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType

from deploy.local.kafka import KafkaBroker
from deploy.local.postgres import fresh_database, postgres_server
from hub.errors import ConfigurationError

REFUSED = 1
_HUB = "import sys; from hub.cli import main; sys.exit(main())"


def main(arguments: Sequence[str]) -> int:
    """Run the demo to its end, and answer its exit code."""
    with ExitStack() as stack:
        try:
            print("Starting Kafka and PostgreSQL …", file=sys.stderr, flush=True)
            broker = stack.enter_context(KafkaBroker())
            store = stack.enter_context(fresh_database(stack.enter_context(postgres_server())))
        except ConfigurationError as error:
            for line in (error.message, error.tried, error.fix):
                if line:
                    print(line, file=sys.stderr)
            return REFUSED
        demo = [sys.executable, "-c", _HUB, "demo", "--log", broker.url, "--store", store]
        return _run([*demo, *arguments])


def _run(command: Sequence[str]) -> int:
    """Run to its end. Ctrl-C reaches the child by itself; a request to end is passed on."""
    child = subprocess.Popen(command)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
        except SystemExit:
            child.terminate()


def _raise_on_terminate() -> None:
    """Make a request to end unwind the servers' blocks, as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)


if __name__ == "__main__":
    _raise_on_terminate()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
