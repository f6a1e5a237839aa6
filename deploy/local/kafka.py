"""A real Kafka broker on this machine: one KRaft node on free loopback ports, data thrown away.

Jars come by Maven into a cache folder, once. The broker is ended by its own process id when its
block ends. It needs Java 17 or later, and Maven for the first start.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from types import TracebackType

from deploy.local.kafka_properties import LOOPBACK, Access, server_properties
from hub.errors import ConfigurationError

POM = Path(__file__).parents[1] / "kafka" / "pom.xml"
JAVA_MIN = 17
HEAP_MB = 768
START_SECONDS_MAX = 90.0
STOP_SECONDS_MAX = 15.0
DOWNLOAD_SECONDS_MAX = 600.0
POLL_SECONDS = 0.1
LOG_LINES_SHOWN = 15


class KafkaBroker:
    """A broker for the length of a `with` block. Raises ConfigurationError where it cannot be.

    Whoever comes is let in, unless `access` says who may.
    """

    def __init__(self, access: Access | None = None) -> None:
        self._access = access
        self._protocols = ("PLAINTEXT",) if access is None else access.protocols
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}

    @property
    def bootstrap(self) -> str:
        return self.listener(self._protocols[0])

    def listener(self, protocol: str) -> str:
        """host:port for clients of this security protocol, such as SASL_SSL."""
        return f"{LOOPBACK}:{self._ports[protocol]}"

    @property
    def url(self) -> str:
        return f"kafka://{self.bootstrap}"

    @property
    def process_id(self) -> int:
        assert self._process is not None, "the broker has a process only within its block"
        return self._process.pid

    def __enter__(self) -> KafkaBroker:
        java = _java()
        classes = f"{jars()}{os.sep}*"
        self._folder = tempfile.TemporaryDirectory(prefix="hub-kafka-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        try:
            names = (*self._protocols, "CONTROLLER")
            self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
            properties = folder / "server.properties"
            properties.write_text(server_properties(self._ports, folder / "data", self._access))
            _format(java, classes, properties, [] if self._access is None else self._access.scram)
            self._start(java, classes, properties)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _start(self, java: str, classes: str, properties: Path) -> None:
        log = properties.with_name("broker.log")
        options = [f"-Xmx{HEAP_MB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [java, *options, *_QUIET, "-cp", classes, "kafka.Kafka", str(properties)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for whoever uses the broker; it must outlive its clients.
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
                raise ConfigurationError(
                    "starting Kafka: the broker ended before it answered"
                    if self._process.poll() is not None
                    else f"starting Kafka: no answer within {START_SECONDS_MAX:.0f} seconds",
                    tried="\n".join(lines) or None,
                )
            time.sleep(POLL_SECONDS)

    def crash(self, down_seconds: float) -> None:
        """Kill the broker, leave it dead for a while, and start it again on its ports and data."""
        assert self._process is not None, "the broker has a process only within its block"
        assert self._folder is not None, "the broker has a folder only within its block"
        self._process.kill()
        self._process.wait()
        time.sleep(down_seconds)
        properties = Path(self._folder.name) / "server.properties"
        self._start(_java(), f"{jars()}{os.sep}*", properties)

    def _answers(self) -> bool:
        """A broker that asks for a name tells nothing before; a taken connection must do."""
        port = self._ports[self._protocols[0]]
        return _names_itself(port) if self._access is None else _listens(port)

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


_QUIET = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=error",)


def jars() -> Path:
    """The folder of Kafka's jars, filled by Maven when it is not there."""
    pom = POM.read_bytes()
    cache = Path(os.environ.get("HUB_CACHE") or Path.home() / ".cache" / "registry-hub")
    wanted = cache / f"kafka-{hashlib.sha256(pom).hexdigest()[:16]}"
    if wanted.is_dir():
        return wanted
    maven = shutil.which("mvn")
    if maven is None:
        raise ConfigurationError(
            "fetching Kafka: no `mvn` on the path",
            fix="Install Maven 3.8 or later (package `maven`).",
        )
    cache.mkdir(parents=True, exist_ok=True)
    # Complete or absent: two that fetch at once do not see each other's halves.
    partial = Path(tempfile.mkdtemp(prefix="kafka-partial-", dir=cache))
    try:
        command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
        _run([*command, f"-DoutputDirectory={partial}"], "fetching Kafka", DOWNLOAD_SECONDS_MAX)
        try:
            partial.rename(wanted)
        except OSError:
            if not wanted.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return wanted


def _java() -> str:
    java = shutil.which("java")
    fix = f"Install Java {JAVA_MIN} or later (package `default-jre-headless`)."
    if java is None:
        raise ConfigurationError("starting Kafka: no `java` on the path", fix=fix)
    said = _run([java, "-version"], "asking Java for its version", START_SECONDS_MAX)
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA_MIN:
        raise ConfigurationError(f"starting Kafka: Java is too old: {said.strip()!r}", fix=fix)
    return java


def _format(java: str, classes: str, properties: Path, scram: list[str]) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    cluster = f"A{cluster[1:]}"  # With a dash in front the tool takes it for an option.
    tool = [java, *_QUIET, "-XX:TieredStopAtLevel=1", "-cp", classes, "kafka.tools.StorageTool"]
    users = [word for user in scram for word in ("--add-scram", user)]
    arguments = ["format", "--standalone", "-t", cluster, "-c", str(properties), *users]
    _run([*tool, *arguments], "laying out Kafka's data folder", START_SECONDS_MAX)


def _run(command: list[str], attempt: str, seconds_max: float) -> str:
    """What the command said on both its outputs. Raises ConfigurationError."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds_max,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(f"{attempt}: {error}") from error
    said = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        lines = "\n".join(said.splitlines()[-LOG_LINES_SHOWN:])
        raise ConfigurationError(f"{attempt}: exit code {done.returncode}", tried=lines or None)
    return said


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for opened in sockets:
            opened.bind((LOOPBACK, 0))
        return [opened.getsockname()[1] for opened in sockets]
    finally:
        for opened in sockets:
            opened.close()


def _names_itself(port: int) -> bool:
    """Whether the broker names itself as a member of its cluster (Metadata request, version 0)."""
    request = struct.pack(">hhihi", 3, 0, 1, -1, 0)  # Key, version, correlation, client, topics.
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            with connection.makefile("rb") as stream:
                answer = stream.read(12)  # Length, correlation, number of brokers.
    except OSError:
        return False
    return len(answer) == 12 and struct.unpack(">iii", answer)[2] > 0


def _listens(port: int) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False
