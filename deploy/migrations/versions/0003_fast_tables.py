"""Tables as the lanes write them by the ten thousand: text in byte order, roots kept live.

What is folded and derived follows from the log, so it is not carried over: the hub folds it again
when it starts. What does not follow from the log, such as the delivery ledger, stays.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_AGAIN = (
    "record",
    "link",
    "reference",
    "claim",
    "touch",
    "derive_lock",
    "match",
    "counter",
    "outbox",
    "published",
)
_KEPT = {
    "delivery": ("registry", "event_id"),
    "note": ("name", "text"),
    "stamp": ("name",),
    "rejected": ("topic", "reason", "registry"),
    "redrive": ("topic", "outcome", "reason"),
}


def upgrade() -> None:
    """Deliveries go on where they were; the lanes that fold begin again."""
    kept = sa.table(
        "position",
        *(sa.column(name) for name in ("lane", "topic", "partition", "next_offset", "leaf")),
    )
    delivered = op.get_bind().execute(sa.select(kept).where(kept.c.lane == "sync")).mappings().all()
    for name in (*_AGAIN, "position"):
        op.drop_table(name)
    op.execute("DELETE FROM rejected")
    op.execute("DELETE FROM note WHERE name = 'catching_up'")
    _records()
    _folded()
    _derived()
    _outgoing()
    if delivered:
        op.bulk_insert(kept, [dict(row) for row in delivered])
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in _KEPT.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text(collation="C"))


def _records() -> None:
    op.create_table(
        "record",
        sa.Column("registry", _text, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("record_id", _text, nullable=False),
        sa.Column("person_id", _text, nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_key", _text, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("log_offset", sa.BigInteger(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("own_type", _text, nullable=True),
        sa.Column("valid_from", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.Integer(), nullable=True),
        sa.Column("counted", sa.SmallInteger(), nullable=False),
        sa.Column("hours_e4", sa.BigInteger(), nullable=False),
        sa.Column("approval_code", _text, nullable=True),
        sa.Column("trainer_id", _text, nullable=True),
        sa.Column("recorded_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("registry", "kind", "record_id"),
    )
    op.create_index(
        "record_by_approval",
        "record",
        ["registry", "approval_code", "kind"],
        sqlite_where=sa.text("approval_code IS NOT NULL"),
        postgresql_where=sa.text("approval_code IS NOT NULL"),
    )
    op.create_index("record_by_person", "record", ["registry", "person_id", "kind"])
    op.create_index(
        "record_submissions",
        "record",
        ["registry", "synthetic"],
        sqlite_where=sa.text("kind = 7"),
        postgresql_where=sa.text("kind = 7"),
    )
    op.create_index(
        "record_by_trainer",
        "record",
        ["registry", "trainer_id", "kind"],
        sqlite_where=sa.text("trainer_id IS NOT NULL"),
        postgresql_where=sa.text("trainer_id IS NOT NULL"),
    )


def _folded() -> None:
    op.create_table(
        "link",
        sa.Column("registry", _text, nullable=False),
        sa.Column("person_id", _text, nullable=False),
        sa.Column("national_id", _text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registry", "person_id"),
    )
    op.create_index("link_by_national", "link", ["national_id"])
    op.create_table(
        "reference",
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("key", _text, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("encoding", sa.BigInteger(), nullable=False),
        sa.Column("change", sa.SmallInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_table(
        "claim",
        sa.Column("registry", _text, nullable=False),
        sa.Column("person_id", _text, nullable=False),
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.Column("claim_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_event_id", _text, nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", _text, nullable=True),
        sa.Column("sealed_key", _text, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("national_id", _text, nullable=False),
        sa.PrimaryKeyConstraint("registry", "person_id"),
    )
    op.create_table(
        "position",
        sa.Column("lane", _text, nullable=False),
        sa.Column("topic", _text, nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lane", "topic", "partition"),
    )


def _derived() -> None:
    op.create_table(
        "touch",
        sa.Column("kind", _text, nullable=False),
        sa.Column("key", _text, nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("touched_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("touch_by_priority", "touch", ["priority", "stamp"])
    op.create_table(
        "derive_lock",
        sa.Column("registry", _text, nullable=False),
        sa.Column("person_id", _text, nullable=False),
        sa.PrimaryKeyConstraint("registry", "person_id"),
    )
    op.create_table(
        "match",
        sa.Column("registry", _text, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("record_id", _text, nullable=False),
        sa.Column("receiver", _text, nullable=False),
        sa.Column("person_id", _text, nullable=True),
        sa.Column("subject", _text, nullable=False),
        sa.Column("record_leaf", sa.LargeBinary(), nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("registry", "kind", "record_id", "receiver"),
    )
    op.create_index("match_by_person", "match", ["registry", "person_id"])
    op.create_table(
        "counter",
        sa.Column("name", _text, nullable=False),
        sa.Column("registry", _text, nullable=False),
        sa.Column("dim", _text, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "registry", "dim", "day", "shard"),
    )
    op.create_table(
        "root",
        sa.Column("name", _text, nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("lanes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", "shard"),
    )


def _outgoing() -> None:
    op.create_table(
        "outbox",
        sa.Column("seq", _number, autoincrement=True, nullable=False),
        sa.Column("topic", _text, nullable=False),
        sa.Column("key", _text, nullable=False),
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("subject", _text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("sealed_key", _text, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "published",
        sa.Column("subject", _text, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("sort", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_table(
        "worker",
        sa.Column("worker_id", _text, nullable=False),
        sa.Column("host", _text, nullable=False),
        sa.Column("pid", sa.BigInteger(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("lanes", _text, nullable=False),
        sa.PrimaryKeyConstraint("worker_id"),
    )
