"""Inputs whose decision may be long: written in numbered parts, a transaction each.

The last part moves the position and lets the input stand. Cut off anywhere, the next run finds how
many parts are written and goes on behind them: what is written is no difference any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.domain.log import TopicPartition
from hub.domain.rows import Advance, Person
from hub.domain.topics import CLAIMS
from hub.errors import FencedError
from hub.identity.compare import Verdict
from hub.identity.recorded import Recorded, merged
from hub.identity.resolver import Decided
from hub.identity.statements import Pair
from hub.lanes import identity_inputs as inputs
from hub.lanes.identity_decisions import CHANGES_MAX, Decision, parts_of
from hub.lanes.identity_inputs import Given, Progress
from hub.lanes.identity_loading import LANE
from hub.lanes.identity_recorded import kept
from hub.lanes.identity_rows import Rows, state_of
from hub.lanes.identity_state import State
from hub.ports import ProjectionStore, StoreTransaction
from hub.wire.leaf import leaf_of

_PLACE = TopicPartition(CLAIMS, 0)


def decide_input(state: State, store: ProjectionStore, given: Given) -> None:
    """Decide one input, or apply what the log says was decided of it."""
    offset = given.record.offset
    with store.transaction() as tx:
        progress = inputs.progress_of(tx, given)
        recorded = kept(tx, offset, offset + 1).get(offset, [])
    if progress.is_seen:
        with store.transaction() as tx:
            _advance(tx, given, last=True)
        state.at = offset + 1
        return
    written = progress.parts
    if recorded and not recorded[-1].last:
        if written < len(recorded):
            written = _begin_as_recorded(state, store, given, recorded, written)
        recorded = []
    if recorded:
        said = merged(recorded)
        decided = state.through(lambda resolver: inputs.apply(resolver, given.what, said))
        pieces = _recorded_pieces(decided, recorded)[written:]
    else:
        decided = state.through(lambda resolver: inputs.decide(resolver, given.what))
        pieces = list(parts_of(_rest_of(state, store, decided) if written else decided))
    final = written + len(pieces) - 1
    for number, piece in enumerate(pieces, written):
        decision = _decision(state, given, piece, number)
        decision = decision._replace(last=number == final, is_recorded=bool(recorded))
        _write(state, store, given, decision, undone=decided if number == written else None)
    state.at = offset + 1


def _begin_as_recorded(
    state: State, store: ProjectionStore, given: Given, recorded: Sequence[Recorded], written: int
) -> int:
    """Write the first parts as the log has them; the rest never got there and is decided after.
    Answers how many parts are written."""
    said = merged(recorded)
    decided = state.through(lambda resolver: inputs.apply(resolver, given.what, said))
    pieces = _recorded_pieces(decided, recorded)
    for number in range(written, len(pieces)):
        decision = _decision(state, given, pieces[number], number)
        decision = decision._replace(last=False, is_recorded=True)
        _write(state, store, given, decision, undone=decided if number == written else None)
    state.load(store)
    return len(pieces)


def _decision(state: State, given: Given, piece: Decided, number: int) -> Decision:
    return Decision(
        record=given.record,
        key=given.key,
        person=None,
        cause=inputs.CAUSES[given.kind],
        model=state.model_name,
        decided=piece,
        synthetic=given.synthetic,
        part=number,
    )


def _recorded_pieces(decided: Decided, recorded: Sequence[Recorded]) -> list[Decided]:
    states = dict(decided.pairs)
    return [
        decided._replace(
            links=part.links,
            pairs=tuple((p.pair, states[p.pair]) for p in part.pairs if p.pair in states),
        )
        for part in recorded
    ]


def _rest_of(state: State, store: ProjectionStore, decided: Decided) -> Decided:
    """What the store does not hold yet of a decision."""
    try:
        with store.transaction() as tx:
            return _not_written(tx, decided)
    except BaseException:
        state.undo([decided])
        raise


def _not_written(tx: StoreTransaction, decided: Decided) -> Decided:
    links, pairs = [], []
    for start in range(0, len(decided.links), CHANGES_MAX):
        some = decided.links[start : start + CHANGES_MAX]
        rows = tx.claims.of_persons([Person(*link[:2]) for link in some])
        held = {row.person: row.national_id for row in rows}
        links += [each for each in some if held.get(Person(*each[:2])) != each.national_id]
    for start in range(0, len(decided.pairs), CHANGES_MAX):
        part = decided.pairs[start : start + CHANGES_MAX]
        found = tx.pairs.get([pair for pair, _ in part])
        stands = {Pair(row.one, row.other): state_of(row) for row in found}
        for pair, after in part:
            before = stands.get(pair)
            gone = before is None and after.verdict is Verdict.APART
            if before != after and not gone:
                pairs.append((pair, after))
    return decided._replace(links=tuple(links), pairs=tuple(pairs))


def _write(
    state: State,
    store: ProjectionStore,
    given: Given,
    decision: Decision,
    undone: Decided | None,
) -> None:
    """One part in one transaction. Where it breaks off, memory goes back to `undone`'s beginning;
    with parts before it that are written it stands nowhere."""
    try:
        with store.transaction() as tx:
            _advance(tx, given, last=decision.last)
            if inputs.progress_of(tx, given) != Progress(False, decision.part):
                raise FencedError(
                    f"part {decision.part} of the decision at {decision.record.offset} is written",
                    effect="another worker went on from there; this part is thrown away",
                )
            inputs.note_part(tx, given, decision.part + 1, done=decision.last)
            rows = Rows(tx)
            if decision.last:
                _release(rows, decision.decided)
                if decision.is_recorded:
                    tx.inputs.forget_recorded(decision.record.offset + 1)
            more = state.write(tx, rows, [decision])
    except BaseException:
        if undone is None:
            state.at = None
        else:
            state.undo([undone])
        raise
    state.pairs.update(more)


def _release(rows: Rows, decided: Decided) -> None:
    rows.read(decided.released)
    for person in decided.released:
        row = rows.of(person)
        if row is not None:
            rows.put(row._replace(held=None, changed_ms=b""))


def _advance(tx: StoreTransaction, given: Given, *, last: bool) -> None:
    """The last part moves on; the others move from where the lane stands to the same place."""
    offset = given.record.offset
    if last:
        move = Advance(_PLACE, offset, offset + 1, leaf_of(given.record))
    else:
        leaf = tx.positions.of(LANE).get(_PLACE, (0, b""))[1]
        move = Advance(_PLACE, offset, offset, leaf)
    tx.positions.advance(LANE, [move])
