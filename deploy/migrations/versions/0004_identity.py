"""Identity: pairs, answers and other inputs of their own; a person's row shows when and why held.

What the identity lane keeps follows from its topic, so persons are not carried over: it reads the
claims again when it starts, and decisions that stand on the log are applied as they stand there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_PAIR = ("registry", "person_id", "other_registry", "other_person_id")


def upgrade() -> None:
    """The identity lane begins again; all others go on where they were."""
    op.drop_table("claim")
    op.execute("DELETE FROM position WHERE lane = 'identity'")
    _claims()
    _pairs()
    _inputs()


def _claims() -> None:
    op.create_table(
        "claim",
        sa.Column("registry", _text, primary_key=True),
        sa.Column("person_id", _text, primary_key=True),
        sa.Column("version", sa.LargeBinary(), nullable=False),
        sa.Column("claim_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_event_id", _text, nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("replaced_by", _text, nullable=True),
        sa.Column("sealed_key", _text, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("national_id", _text, nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.LargeBinary(), nullable=False),
        sa.Column("held", _text, nullable=True),
    )
    op.create_index("claim_by_offset", "claim", ["claim_offset"])
    op.create_index(
        "claim_held",
        "claim",
        ["registry", "person_id"],
        sqlite_where=sa.text("held IS NOT NULL"),
        postgresql_where=sa.text("held IS NOT NULL"),
    )


def _pairs() -> None:
    op.create_table(
        "identity_pair",
        *(sa.Column(name, _text, primary_key=True) for name in _PAIR),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("cause", _text, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("agree", sa.BigInteger(), nullable=False),
        sa.Column("both_have", sa.BigInteger(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("claim_offset", sa.BigInteger(), nullable=False),
    )
    other = ["other_registry", "other_person_id"]
    op.create_index("identity_pair_by_other", "identity_pair", other)
    op.create_index(
        "identity_pair_reviews",
        "identity_pair",
        ["registry", "person_id"],
        sqlite_where=sa.text("verdict = 1"),
        postgresql_where=sa.text("verdict = 1"),
    )
    op.create_table(
        "identity_answer",
        sa.Column("publisher", _text, primary_key=True),
        *(sa.Column(name, _text, primary_key=True) for name in _PAIR),
        sa.Column("answer", _text, nullable=False),
        sa.Column("sort", sa.LargeBinary(), nullable=False),
        sa.Column("claim_offset", sa.BigInteger(), nullable=False),
    )


def _inputs() -> None:
    op.create_table(
        "identity_input",
        sa.Column("kind", sa.SmallInteger(), primary_key=True),
        sa.Column("key", _text, primary_key=True),
        sa.Column("sort", sa.LargeBinary(), nullable=False),
        sa.Column("claim_offset", sa.BigInteger(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "identity_recorded",
        sa.Column("claim_offset", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer(), primary_key=True),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
