"""What a batch of derivations tells registries: items to be said, and those to be taken back.

What was never said is not taken back: a withdrawal tells nobody of what they had not heard of.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.domain.rows import MatchRow, OutboxItem, RecordRow
from hub.lanes.sharing import LINK, Sharing
from hub.lanes.terms import Appeal
from hub.ports import StoreTransaction
from hub.projections.exchange_items import appeal_subject, withdrawn_item
from hub.projections.matches import (
    inbox_subject,
    notice_item,
    subject_name,
    withdrawn_match_item,
)


def subject_of(appeal: Appeal) -> str:
    """Under which an appeal is handed on."""
    record = (appeal.record.registry, appeal.kind, appeal.record.record_id)
    return appeal_subject(appeal.person, record, appeal.receiver)


@dataclass(slots=True)
class Telling:
    """Items of one batch."""

    synthetic: bool
    _items: list[OutboxItem] = field(default_factory=list)
    _quiet: dict[str, OutboxItem] = field(default_factory=dict)
    """By subject what takes it back, if it was said."""

    def tell(self, item: OutboxItem) -> None:
        """To be published, where consumers do not have it yet."""
        self._items.append(item)

    def says(self, subject: str) -> bool:
        """Whether an item under this subject is told in this batch."""
        wanted = inbox_subject(subject)
        return any(item.subject == wanted for item in self._items)

    def take_back(self, receiver: str, item: str, subject: str) -> None:
        """To be withdrawn from this inbox, if it was ever told there."""
        quiet = withdrawn_item(receiver, item, subject, synthetic=self.synthetic)
        self._quiet[quiet.subject] = quiet

    def take_back_match(self, match: MatchRow) -> None:
        """The same of a match, from the registry that judges."""
        quiet = withdrawn_match_item(match, synthetic=self.synthetic)
        self._quiet[inbox_subject(subject_name(*match.key))] = quiet

    def hand_on(self, appeal: Appeal, row: RecordRow, word: str, sharing: Sharing) -> None:
        """An appeal about this record goes to the registry that answered, as far as both the
        record and what the appealing registry says of its person are shared with it."""
        if appeal.record != row.key or appeal.kind != word:
            return
        filed_by, receiver = appeal.person, appeal.receiver
        subject = subject_of(appeal)
        is_shared = sharing.may_learn(
            receiver, row.registry, row.person, word
        ) and sharing.may_learn(receiver, filed_by.registry, filed_by, word)
        if not appeal.stands or not is_shared:
            self.take_back(receiver, "DISPUTE", subject)
            return
        shows = sharing.may_learn(receiver, filed_by.registry, filed_by, LINK)
        fields = {
            "sender": filed_by.registry,
            "judge": receiver,
            "kind": word,
            "record_id": row.record_id,
            "record_revision": row.revision,
            "others": [filed_by._asdict()] if shows else [],
            "appeal": {
                "reason": appeal.reason,
                "contact": appeal.contact,
                "match_version": appeal.match_version,
            },
        }
        self.tell(notice_item(receiver, "DISPUTE", subject, fields, synthetic=appeal.synthetic))

    def publish(self, tx: StoreTransaction) -> None:
        """Queue what is said, and take back what was said before and is not any more."""
        said = {item.subject for item in self._items}
        quiet = {name: item for name, item in self._quiet.items() if name not in said}
        known = tx.outbox.published(list(quiet)) if quiet else {}
        taken = [item for name, item in quiet.items() if name in known]
        tx.outbox.publish([*self._items, *taken])
