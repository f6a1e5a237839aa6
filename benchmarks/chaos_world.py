"""Workers of the chaos run as processes of their own, started, killed, frozen and thawed by id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

_HUB = "import sys; from hub.cli import main; sys.exit(main())"
LEAVE_SECONDS_MAX = 10.0
LINES_SHOWN = 12
FENCED = "another worker went on in the meantime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the workers find things."""

    log: str
    store: str
    keyring: str
    folder: Path


@dataclass(slots=True)
class Worker:
    """One `hub run`, started again under the same number."""

    number: int
    addresses: Addresses
    process: subprocess.Popen[bytes] | None = None
    own_ends: list[str] = field(default_factory=list)
    """What it said when it ended by itself, which it must not."""

    @property
    def said(self) -> Path:
        return self.addresses.folder / f"worker{self.number}.log"

    def start(self) -> None:
        where = self.addresses
        words = ["--log", where.log, "--store", where.store, "--keyring", where.keyring]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        with self.said.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _HUB, "run", *words, "--out", str(where.folder / "out")],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
            )

    def is_running(self) -> bool:
        """False where it ended by itself; what it said last is kept."""
        if self.process is None or self.process.poll() is None:
            return self.process is not None
        lines = self.said.read_text(errors="replace").splitlines()[-LINES_SHOWN:]
        self.own_ends.append(f"exit {self.process.returncode}: " + " | ".join(lines))
        self.process = None
        return False

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def leave(self) -> float:
        """Tell it to stop; how many seconds it took. Killed where it takes too long."""
        began = time.monotonic()
        self._signal(signal.SIGTERM)
        if self.process is not None:
            try:
                code = self.process.wait(LEAVE_SECONDS_MAX * 2)
            except subprocess.TimeoutExpired:
                self.kill()
            else:
                self.process = None
                if code != 0:
                    self.own_ends.append(f"exit {code} after SIGTERM")
        return time.monotonic() - began

    def count_fenced(self) -> int:
        """How often it said that it was fenced."""
        if not self.said.exists():
            return 0
        return self.said.read_text(errors="replace").count(FENCED)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
