"""What the local broker's server.properties say: plain, or with names, passwords and rules.

A secured broker has a listener of each kind, so that one process serves every way in: SCRAM without
TLS, SCRAM within TLS, and TLS with client certificates. Its rules are Kafka's StandardAuthorizer,
which allows nothing that no rule allows.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = "127.0.0.1"
ADMIN = "admin"
"""The user whom no rule binds."""

_COMMON = """\
process.roles=broker,controller
node.id=1
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controller.listener.names=CONTROLLER
"""
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """PEM files of the broker."""

    own: Path
    """Its private key and certificate, one after the other."""
    authority: Path
    """Who must have signed the certificates of clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may come in. `admin` is one of the users, and no rule binds it."""

    users: Mapping[str, str]
    """Names and passwords, for SCRAM-SHA-512."""
    certificates: Certificates | None = None
    broker_password: str = field(default_factory=secrets.token_hex)

    @property
    def protocols(self) -> tuple[str, ...]:
        """Each is a listener's name, too; the first is the broker's own way to itself."""
        return ("SASL_PLAINTEXT", "SASL_SSL", "SSL") if self.certificates else ("SASL_PLAINTEXT",)

    @property
    def scram(self) -> list[str]:
        """Users as Kafka's storage tool takes them."""
        users = {"broker": self.broker_password, **self.users}
        return [f"SCRAM-SHA-512=[name={name},password={users[name]}]" for name in users]


def server_properties(ports: Mapping[str, int], folder: Path, access: Access | None) -> str:
    """The text of server.properties. `ports` are those of the listeners, CONTROLLER among them."""
    places = {name: f"{name}://{LOOPBACK}:{port}" for name, port in ports.items()}
    clients = [place for name, place in places.items() if name != "CONTROLLER"]
    lines = [
        f"log.dirs={folder.as_posix()}",
        f"controller.quorum.bootstrap.servers={LOOPBACK}:{ports['CONTROLLER']}",
        f"listeners={','.join(places.values())}",
        f"advertised.listeners={','.join(clients)}",
        *(_plain() if access is None else _secured(access)),
    ]
    return _COMMON + "\n".join(lines) + "\n"


def _plain() -> list[str]:
    return ["listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"]


def _secured(access: Access) -> list[str]:
    kinds = ",".join(f"{name}:{name}" for name in access.protocols)
    password = access.broker_password
    own = f'username="broker" password="{password}"'
    sasl = [name.lower() for name in access.protocols if name.startswith("SASL")]
    return [
        f"listener.security.protocol.map={kinds},CONTROLLER:SASL_PLAINTEXT",
        f"inter.broker.listener.name={access.protocols[0]}",
        "sasl.enabled.mechanisms=SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol=PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms=PLAIN",
        "listener.name.controller.plain.sasl.jaas.config="
        f'{_PLAIN} required {own} user_broker="{password}";',
        *(
            f"listener.name.{name}.scram-sha-512.sasl.jaas.config={_SCRAM} required {own};"
            for name in sasl
        ),
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        f"super.users=User:broker;User:{ADMIN}",
        "allow.everyone.if.no.acl.found=false",
        *(_certified(access.certificates) if access.certificates else []),
    ]


def _certified(certificates: Certificates) -> list[str]:
    return [
        "ssl.keystore.type=PEM",
        f"ssl.keystore.location={certificates.own.as_posix()}",
        "ssl.truststore.type=PEM",
        f"ssl.truststore.location={certificates.authority.as_posix()}",
        # Beside SCRAM the password says who comes; alone, the certificate must.
        "listener.name.ssl.ssl.client.auth=required",
    ]
