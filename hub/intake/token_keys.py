"""Which token keys an edge may encode under: one, or the old and the next while they are changed.

A key is named by its epoch. A second key of an epoch would make evidence that agrees with nobody
else's, so it is refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import ConfigurationError
from hub.identity.tokens import TokenKey, fingerprint
from hub.intake.known import Known

KEYS_MAX = 2


def checked_keys(keys: Sequence[TokenKey]) -> tuple[TokenKey, ...]:
    """The keys, newest first. Raises ConfigurationError where they are none, too many, or two of
    one epoch or one secret."""
    ordered = tuple(sorted(keys, key=lambda key: key.epoch, reverse=True))
    if not 1 <= len(ordered) <= KEYS_MAX:
        raise ConfigurationError(
            f"there are {len(ordered)} token keys",
            fix="give one, or the old and the next while the states change their key",
            effect="nothing was sent",
        )
    if len({key.epoch for key in ordered}) < len(ordered):
        raise ConfigurationError(
            f"two token keys are of epoch {ordered[0].epoch}",
            fix="give the keys of two epochs, or one key",
            effect="nothing was sent",
        )
    if len({key.secret for key in ordered}) < len(ordered):
        raise ConfigurationError(
            "two token keys have one secret",
            fix="make the next key with hub token-key new; a copy of the old one protects nothing",
            effect="nothing was sent",
        )
    return ordered


def remember_keys(known: Known, keys: Sequence[TokenKey]) -> None:
    """Remember these keys by their fingerprints. Raises ConfigurationError where an earlier
    submission had another key of the same epoch."""
    earlier = known.fingerprints()
    named = {key.epoch: fingerprint(key) for key in keys}
    for epoch, found in named.items():
        if earlier.get(epoch, found) != found:
            raise ConfigurationError(
                f"this token key of epoch {epoch} (fingerprint {found}) is another than the one "
                f"that this registry has sent under ({earlier[epoch]})",
                fix="use the key that the states gave out; a changed key has a later epoch",
                effect="nothing was sent",
            )
    known.keep_fingerprints(named)
