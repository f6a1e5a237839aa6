"""Tables of the store, for SQLite and PostgreSQL alike.

Bodies are the log's own Avro bytes; SQL sees only the columns that it needs itself. Migrations in
deploy/migrations make the same tables; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData()
AutoNumber = BigInteger().with_variant(Integer, "sqlite")
ByteOrdered = Text().with_variant(Text(collation="C"), "postgresql")
"""Text in the order of its bytes: what every process sorts alike, and what indexes compare fast."""


def _text(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    return Column(name, ByteOrdered, primary_key=primary_key, nullable=nullable)


def _big(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=nullable)


position = Table(
    "position",
    metadata,
    _text("lane", primary_key=True),
    _text("topic", primary_key=True),
    Column("partition", Integer, primary_key=True),
    _big("next_offset"),
    _bytes("leaf"),
)

record = Table(
    "record",
    metadata,
    _text("registry", primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    _text("record_id", primary_key=True),
    _text("person_id", nullable=True),
    _big("revision"),
    _big("encoding"),
    Column("change", SmallInteger, nullable=False),
    _bytes("digest"),
    _bytes("leaf"),
    Column("schema_id", Integer, nullable=False),
    _bytes("body"),
    _text("sealed_key", nullable=True),
    _bytes("sealed", nullable=True),
    Column("partition", Integer, nullable=False),
    _big("log_offset"),
    _big("received_ms"),
    Column("synthetic", Boolean, nullable=False),
    _text("own_type", nullable=True),
    Column("valid_from", Integer, nullable=True),
    Column("valid_until", Integer, nullable=True),
    Column("counted", SmallInteger, nullable=False),
    _big("hours_e4"),
    _text("approval_code", nullable=True),
    _text("trainer_id", nullable=True),
    Column("recorded_days", Integer, nullable=True),
    Index("record_by_person", "registry", "person_id", "kind"),
    Index(
        "record_by_approval",
        "registry",
        "approval_code",
        "kind",
        sqlite_where=text("approval_code IS NOT NULL"),
        postgresql_where=text("approval_code IS NOT NULL"),
    ),
    Index(
        "record_submissions",
        "registry",
        "synthetic",
        sqlite_where=text("kind = 7"),
        postgresql_where=text("kind = 7"),
    ),
    Index(
        "record_by_trainer",
        "registry",
        "trainer_id",
        "kind",
        sqlite_where=text("trainer_id IS NOT NULL"),
        postgresql_where=text("trainer_id IS NOT NULL"),
    ),
    Index(
        "record_said",
        "kind",
        "registry",
        "person_id",
        sqlite_where=text("kind >= 20"),
        postgresql_where=text("kind >= 20"),
    ),
    Index(
        "record_decisions",
        "record_id",
        sqlite_where=text("kind = 23"),
        postgresql_where=text("kind = 23"),
    ),
)

link = Table(
    "link",
    metadata,
    _text("registry", primary_key=True),
    _text("person_id", primary_key=True),
    _text("national_id"),
    _big("version"),
    Index("link_by_national", "national_id"),
)

reference = Table(
    "reference",
    metadata,
    Column("kind", SmallInteger, primary_key=True),
    _text("key", primary_key=True),
    _big("revision"),
    _big("encoding"),
    Column("change", SmallInteger, nullable=False),
    _bytes("digest"),
    Column("schema_id", Integer, nullable=False),
    _bytes("body"),
)

touch = Table(
    "touch",
    metadata,
    _text("kind", primary_key=True),
    _text("key", primary_key=True),
    _big("stamp"),
    Column("priority", SmallInteger, nullable=False),
    _big("touched_ms"),
    Index("touch_by_priority", "priority", "stamp"),
)

stamp = Table("stamp", metadata, _text("name", primary_key=True), _big("value"))
touch_stamp = Sequence("touch_stamp", metadata=metadata)

derive_lock = Table(
    "derive_lock",
    metadata,
    _text("registry", primary_key=True),
    _text("person_id", primary_key=True),
)

match = Table(
    "match",
    metadata,
    _text("registry", primary_key=True),
    Column("kind", SmallInteger, primary_key=True),
    _text("record_id", primary_key=True),
    _text("receiver", primary_key=True),
    _text("person_id", nullable=True),
    _text("subject"),
    _bytes("record_leaf"),
    _bytes("basis"),
    _bytes("body"),
    _bytes("leaf"),
    Column("decided_ms", BigInteger, nullable=True),
    Column("decided_days", Integer, nullable=True),
    Index("match_by_person", "registry", "person_id"),
    Index("match_by_receiver", "receiver", "registry", "kind", "record_id"),
    Index(
        "match_decided",
        "receiver",
        "registry",
        "decided_ms",
        sqlite_where=text("decided_ms IS NOT NULL"),
        postgresql_where=text("decided_ms IS NOT NULL"),
    ),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", AutoNumber, primary_key=True, autoincrement=True),
    _text("topic"),
    _text("key"),
    Column("kind", SmallInteger, nullable=False),
    _text("subject"),
    _big("version"),
    _bytes("body"),
    _bytes("digest"),
    Column("synthetic", Boolean, nullable=False),
    _text("sealed_key", nullable=True),
    _bytes("sealed", nullable=True),
    _big("recorded_at"),
    _big("claimed_until"),
)

published = Table(
    "published",
    metadata,
    _text("subject", primary_key=True),
    _big("version"),
    _bytes("digest"),
    _bytes("sort", nullable=True),
)

claim = Table(
    "claim",
    metadata,
    _text("registry", primary_key=True),
    _text("person_id", primary_key=True),
    _bytes("version"),
    _big("claim_offset"),
    _big("first_offset"),
    _text("first_event_id"),
    Column("present", Boolean, nullable=False),
    _text("replaced_by", nullable=True),
    _text("sealed_key", nullable=True),
    _bytes("sealed", nullable=True),
    _text("national_id"),
    _big("first_ms"),
    _bytes("changed_ms"),
    _text("held", nullable=True),
    Index("claim_by_offset", "claim_offset"),
    Index(
        "claim_held",
        "registry",
        "person_id",
        sqlite_where=text("held IS NOT NULL"),
        postgresql_where=text("held IS NOT NULL"),
    ),
)

identity_pair = Table(
    "identity_pair",
    metadata,
    _text("registry", primary_key=True),
    _text("person_id", primary_key=True),
    _text("other_registry", primary_key=True),
    _text("other_person_id", primary_key=True),
    Column("verdict", SmallInteger, nullable=False),
    _text("cause"),
    Column("score", Double, nullable=False),
    _big("agree"),
    _big("both_have"),
    _big("opened_ms"),
    _big("claim_offset"),
    Index("identity_pair_by_other", "other_registry", "other_person_id"),
    Index(
        "identity_pair_reviews",
        "registry",
        "person_id",
        sqlite_where=text("verdict = 1"),
        postgresql_where=text("verdict = 1"),
    ),
)

identity_answer = Table(
    "identity_answer",
    metadata,
    _text("publisher", primary_key=True),
    _text("registry", primary_key=True),
    _text("person_id", primary_key=True),
    _text("other_registry", primary_key=True),
    _text("other_person_id", primary_key=True),
    _text("answer"),
    _bytes("sort"),
    _big("claim_offset"),
)

identity_input = Table(
    "identity_input",
    metadata,
    Column("kind", SmallInteger, primary_key=True),
    _text("key", primary_key=True),
    _bytes("sort"),
    _big("claim_offset"),
    Column("parts", Integer, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("schema_id", Integer, nullable=False),
    _bytes("body"),
)

identity_recorded = Table(
    "identity_recorded",
    metadata,
    Column("claim_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True),
    Column("schema_id", Integer, nullable=False),
    _bytes("body"),
)

rejected = Table(
    "rejected",
    metadata,
    _text("topic", primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("log_offset", BigInteger, primary_key=True),
    _text("reason"),
    Column("fold_version", Integer, nullable=False),
    _text("registry", nullable=True),
    _big("received_ms"),
    Index("rejected_by_rule", "registry", "reason"),
)

redrive = Table(
    "redrive",
    metadata,
    Column("seq", AutoNumber, primary_key=True, autoincrement=True),
    _text("topic"),
    Column("partition", Integer, nullable=False),
    _big("log_offset"),
    _big("at_ms"),
    _text("outcome"),
    _text("reason", nullable=True),
    Column("fold_version", Integer, nullable=False),
    Index("redrive_by_place", "topic", "partition", "log_offset"),
)

counter = Table(
    "counter",
    metadata,
    _text("name", primary_key=True),
    _text("registry", primary_key=True),
    _text("dim", primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("shard", SmallInteger, primary_key=True),
    _big("value"),
)

root = Table(
    "root",
    metadata,
    _text("name", primary_key=True),
    Column("shard", SmallInteger, primary_key=True),
    _bytes("lanes"),
)

worker = Table(
    "worker",
    metadata,
    _text("worker_id", primary_key=True),
    _text("host"),
    _big("pid"),
    _big("started_ms"),
    _big("seen_ms"),
    _text("lanes"),
)

delivery = Table(
    "delivery",
    metadata,
    _text("registry", primary_key=True),
    _text("event_id", primary_key=True),
)

note = Table("note", metadata, _text("name", primary_key=True), _text("text"))
