"""After the faults: what is lost, doubled, stuck, different, or where it may not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ledvei_pwa.platform.database import db
from ledvei_pwa.platform.feed import read_feed
from ledvei_pwa.sync.pull import render
from ledvei_pwa.sync.records import Entry, Revision
from ledvei_pwa.sync.texts import body_of, conflicts_of, fields_of
from tests.fuzz.access import readers
from tests.fuzz.model import Op
from tests.fuzz.phones import Phone
from tests.fuzz.settle import come_back

if TYPE_CHECKING:
    from tests.fuzz.run import Run

EVERYTHING: Final = 100_000


@dataclass
class Verdict:
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    diverged: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        return not any(self.found().values())

    def found(self) -> dict[str, list[str]]:
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "stuck": self.stuck,
            "diverged": self.diverged,
            "leaked": self.leaked,
            "broken": self.broken,
        }


@dataclass(frozen=True)
class Stands:
    """An entry on the server."""

    author: str
    fields: dict[str, Any]
    beside: dict[str, list[Any]]
    is_removed: bool
    audience: str
    series: str | None
    shared_with: str | None

    def says(self, field_name: str) -> list[Any]:
        return [self.fields.get(field_name), *self.beside.get(field_name, [])]


def judge(run: Run) -> Verdict:
    verdict = Verdict()
    entries = run.server.do(read_entries)
    looks = {}
    for phone in run.phones:
        for person in phone.users:
            looks[phone.id, person.id] = come_back(run, phone, person)
            find_different(run, verdict, phone, person.id, entries)
    verdict.broken += run.hands.errors
    verdict.broken += server_failures(run)
    verdict.leaked += [
        f"the feed held what its rule denies: {entry}"
        for entry in run.server.logged
        if entry.get("event") == "feed_disagrees"
    ]
    verdict.leaked += run.leaks
    verdict.lost += run.drafts_lost
    # Until the server is found out, it gives the numbers of changes that it has forgotten to others.
    verdict.diverged += [f"{tab} was astray" for tab, epoch in run.hands.astray if epoch not in run.untold]
    run.counted["astray, to be expected"] += sum(epoch in run.untold for _, epoch in run.hands.astray)
    taken = {id_ for (id_,) in run.server.rows("SELECT id FROM operation")}
    excuse_what_nobody_can_open(run)
    find_stuck(run, verdict, taken, entries, looks)
    find_lost(run, verdict, taken, entries)
    find_doubled(run, verdict)
    return verdict


def excuse_what_nobody_can_open(run: Run) -> None:
    """Sealed by a registration that the restored backup never had, under a vault that has been wiped since.

    The server does not believe the seal, and nobody can read what is in it to seal it anew.
    """
    known = {id_ for (id_,) in run.server.rows("SELECT id FROM device")}
    for op in run.model.ops.values():
        if not op.is_readable and op.device not in known:
            op.excuse = op.excuse or "no vault and no registration opens it any more"
            run.counted["beyond reach"] += 1


def server_failures(run: Run) -> list[str]:
    return [
        f"the server logged {entry}"
        for entry in run.server.logged
        if entry["level"] in ("error", "exception", "critical") and entry["event"] != "feed_disagrees"
    ]


def read_entries() -> dict[str, Stands]:
    return {
        entry.id: Stands(
            entry.author_id,
            dict(fields_of(entry)),
            {name: [one.value for one in values] for name, values in conflicts_of(entry).items()},
            entry.deleted_at is not None,
            entry.audience,
            entry.series_id,
            entry.shared_with,
        )
        for entry in db.session.scalars(db.select(Entry))
    }


# Lost


def find_lost(run: Run, verdict: Verdict, taken: set[str], entries: dict[str, Stands]) -> None:
    for call, intent in run.model.intents.items():
        if intent.is_done and not all(is_on_a_disk(run, text) for text in intent.texts):
            verdict.lost.append(f"call {call}: {sorted(intent.texts)} was saved and lay on no disk")
    waiting = waiting_everywhere(run)
    for op in run.model.ops.values():
        if op.kind == "reading" or op.excuse or op.id in waiting or op.id in run.model.dropped:
            continue
        if op.id not in taken:
            if not is_idle(run, op, entries) and not is_accounted_for(run, op, taken, waiting, frozenset()):
                verdict.lost.append(f"operation {shown(run, op)} is nowhere")
            continue
        problems = [
            (name, text, why_lost(run, op, name, text, taken, entries)) for name, text in op.texts.items()
        ]
        verdict.lost += [f"{text} in {name}: {why}; {shown(run, op)}" for name, text, why in problems if why]


def is_idle(run: Run, op: Op, entries: dict[str, Stands]) -> bool:
    """A removal of what is gone already, or one that was undone, or the undoing of one that never was.

    There is no word in it, and what was asked for is so: nothing to bother a person with. It is met where the
    first words of an entry were refused, so that the server knew of none to remove or bring back.
    """
    is_gone = op.entry not in entries or entries[op.entry].is_removed
    if op.remove is True:
        return is_gone or is_undone(run, op)
    return op.remove is False and not op.set and (op.entry not in entries or not is_gone)


def is_on_a_disk(run: Run, text: str) -> bool:
    return any(text in op.texts.values() for op in run.model.ops.values())


def waiting_everywhere(run: Run) -> set[str]:
    return {row.split()[0] for rows in run.hands.outboxes.values() for row in rows}


def is_accounted_for(run: Run, op: Op, taken: set[str], waiting: set[str], asked: frozenset[str]) -> bool:
    """Taken, still held, given up, or gone along in what was written next, as the app lets it."""
    if op.id in taken or op.id in waiting or op.id in run.model.dropped or op.excuse:
        return True
    if is_taken_back(run, op):
        return True
    return any(
        is_accounted_for(run, other, taken, waiting, asked | {op.id})
        for other in run.model.ops.values()
        if other.id not in asked and other.id != op.id and goes_along_in(run, op, other)
    )


def is_taken_back(run: Run, op: Op) -> bool:
    """Refused, and removed by its person, who knew of it: the server never had it, and is told nothing.

    A removal that was undone takes nothing along.
    """
    return any(
        intent.remove is True
        and intent.is_done
        and not intent.is_undone
        and (intent.person, intent.entry, intent.phone) == (op.person, op.entry, op.phone)
        and knew_of(run, op, intent.saw)
        for intent in run.model.intents.values()
    )


def knew_of(run: Run, op: Op, saw: frozenset[str]) -> bool:
    """Whether who saw this and removed it knew of all texts of an operation."""
    return all(text in saw or is_written_over(run, op, name, saw) for name, text in op.texts.items())


def is_written_over(run: Run, op: Op, name: str, saw: frozenset[str]) -> bool:
    """In the same field, where it lay, by who saw it: a refused text lies under the newer one, which shows.

    The newer operation need not stand for all of the older: it leaves out fields that are the same in both.
    """
    return any(
        op.texts[name] in newer.saw and (newer.texts[name] in saw or is_written_over(run, newer, name, saw))
        for newer in run.model.ops.values()
        if (newer.person, newer.entry, newer.phone, newer.generation)
        == (op.person, op.entry, op.phone, op.generation)
        and newer.number > op.number
        and name in newer.texts
    )


def is_undone(run: Run, removal: Op) -> bool:
    """Whether the latest removal of this entry there was taken back."""
    removals = [
        intent
        for intent in run.model.intents.values()
        if intent.remove is True
        and (intent.person, intent.entry, intent.phone) == (removal.person, removal.entry, removal.phone)
    ]
    return bool(removals) and removals[-1].is_undone


def goes_along_in(run: Run, op: Op, other: Op) -> bool:
    if (op.person, op.entry) != (other.person, other.entry) or op.kind != other.kind:
        return False
    if other.remove is True and op.texts and not is_undone(run, other):
        return knew_of(run, op, other.saw)
    is_as_much = all(name in other.set or is_said_over(run, op, name) for name in op.set)
    is_later = other.number > op.number or other.device != op.device
    return is_as_much and other.remove == op.remove and is_later


def is_said_over(run: Run, op: Op, name: str) -> bool:
    """Whether its phone wrote over one field of it since: what was refused brings nothing older back."""
    return any(
        name in newer.set and (name not in op.texts or op.texts[name] in newer.saw)
        for newer in run.model.ops.values()
        if (newer.person, newer.entry, newer.phone, newer.generation)
        == (op.person, op.entry, op.phone, op.generation)
        and newer.number > op.number
    )


def why_lost(
    run: Run, op: Op, name: str, text: str, taken: set[str], entries: dict[str, Stands]
) -> str | None:
    entry = entries.get(op.entry)
    if entry is None:
        return "its entry is not on the server"
    others = [
        other
        for other in run.model.ops.values()
        if other.entry == op.entry and other.id in taken and other.texts.get(name) != text
    ]
    if text not in entry.says(name):
        replacing = [other for other in others if name in other.set]
        had_seen = any(text in run.model.seen_in_the_end(other.saw) for other in replacing)
        if not had_seen and not is_written_after_removal(run, text, replacing, others):
            return f"nobody who replaced it had seen it; there stands {entry.says(name)}"
        return None
    if entry.is_removed:
        removing = [other for other in others if other.remove is True]
        if not any(text in run.model.seen_in_the_end(other.saw) for other in removing):
            return "nobody who removed it had seen it"
    return None


def is_written_after_removal(run: Run, text: str, replacing: list[Op], others: list[Op]) -> bool:
    """Who had seen it removed it, and wrote on there in what was refused: that brings nothing back."""
    return any(
        text in run.model.seen_in_the_end(removal.saw)
        and not is_this_undone(run, removal)
        and any(
            (newer.person, newer.phone, newer.generation)
            == (removal.person, removal.phone, removal.generation)
            and newer.number > removal.number
            for newer in replacing
        )
        for removal in others
        if removal.remove is True
    )


def is_this_undone(run: Run, removal: Op) -> bool:
    """Whether this removal was taken back: there may have been another since, of what had been refused."""
    return any(
        intent.is_undone and intent.saw == removal.saw
        for intent in run.model.intents.values()
        if intent.remove is True
        and (intent.person, intent.entry, intent.phone) == (removal.person, removal.entry, removal.phone)
    )


def shown(run: Run, op: Op) -> str:
    return (
        f"{op.id[-6:]} {op.kind} {op.entry[-6:]} {op.set} remove={op.remove} base={op.base} "
        f"number={op.number} by {run.name(op.person)} on {op.phone}.{op.generation}"
    )


# Doubled


def find_doubled(run: Run, verdict: Verdict) -> None:
    twice = run.server.rows("SELECT operation_id FROM revision GROUP BY operation_id HAVING count(*) > 1")
    verdict.doubled += [f"operation {id_} made more than one revision" for (id_,) in twice]
    gaps = run.server.rows(
        "SELECT entry.id, entry.revision, count(*), max(number) FROM entry"
        " JOIN revision ON entry_id = entry.id"
        " GROUP BY entry.id, entry.revision HAVING count(*) <> max(number) OR max(number) <> entry.revision"
    )
    verdict.doubled += [f"the revisions of {id_} are not 1 to {last}" for id_, last, _count, _most in gaps]
    for text, times in run.server.do(lambda: times_current(run)).items():
        if times > 1:
            verdict.doubled.append(f"{text} took its place {times} times")


def times_current(run: Run) -> dict[str, int]:
    """How often each text came to stand in its field, beyond the times that somebody chose it."""
    counts: dict[str, int] = {}
    before: dict[str, dict[str, Any]] = {}
    for revision in db.session.scalars(db.select(Revision).order_by(Revision.entry_id, Revision.number)):
        fields = dict(body_of(revision).fields)
        for name, value in fields.items():
            if before.get(revision.entry_id, {}).get(name) == value or not isinstance(value, str):
                continue
            op = run.model.ops.get(revision.operation_id)
            if op is not None and name in op.texts and op.texts[name] == value and value not in op.chosen:
                counts[value] = counts.get(value, 0) + 1
        before[revision.entry_id] = fields
    return counts


# Stuck


def find_stuck(
    run: Run, verdict: Verdict, taken: set[str], entries: dict[str, Stands], looks: dict[Any, Any]
) -> None:
    reasons = {item["id"]: item["reason"] for look in looks.values() if look for item in look["attention"]}
    for phone_id, rows in run.hands.outboxes.items():
        for row in rows:
            id_, *state = row.split()
            op = run.model.ops[id_]
            if op.excuse or may_wait(run, op, taken, entries):
                continue
            if not state:
                verdict.stuck.append(f"{phone_id} still holds {shown(run, op)}")
            elif not may_need_attention(run, op, reasons.get(id_), entries):
                verdict.stuck.append(f"{phone_id} asks about {reasons.get(id_)}: {shown(run, op)}")
    find_unequal(run, verdict, looks)


def find_unequal(run: Run, verdict: Verdict, looks: dict[Any, Any]) -> None:
    for (phone_id, person_id), look in looks.items():
        if look is None:
            verdict.stuck.append(f"{run.name(person_id)} cannot come back on {phone_id}")
        elif not look["sync"]["equal"] and not look["waiting"]["count"]:
            verdict.diverged.append(f"{phone_id} of {run.name(person_id)} is not equal: {look['sync']}")


def may_wait(run: Run, op: Op, taken: set[str], entries: dict[str, Stands]) -> bool:
    """What it builds on is gone for good, with its phone, and is waited for for a while.

    That is the first operation of its entry; or, when somebody has read it, the revision that was read.
    """
    gone = [other for other in run.model.ops.values() if other.entry == op.entry and other.excuse]
    if op.kind == "reading" and op.base > 0 and op.entry in entries:
        return bool(gone)
    return op.entry not in entries and any(other.base == 0 for other in gone)


def may_need_attention(run: Run, op: Op, reason: str | None, entries: dict[str, Stands]) -> bool:
    if any(run.is_invalid(other) for other in run.model.ops.values() if other.entry == op.entry):
        return True
    # Of somebody else's text: they may have lost it, or it was taken away, while this waited.
    is_own = op.person == run.model.authors.get(op.entry)
    return not is_own and reason in ("entry_unknown", "not_yours", None)


# Different


def find_different(
    run: Run, verdict: Verdict, phone: Phone, person_id: str, entries: dict[str, Stands]
) -> None:
    for tab in phone.tabs:
        held = run.hands.call(tab, "held") if phone.open_as[tab] == person_id else None
        if held is not None:
            compare(run, verdict, f"{phone.id} ({run.name(person_id)})", person_id, held, entries)


def compare(
    run: Run,
    verdict: Verdict,
    who: str,
    person_id: str,
    held: list[dict[str, Any]],
    entries: dict[str, Stands],
) -> None:
    moment = run.moment()
    here = {(item["type"], item["id"]): item for item in held}
    there = run.server.do(lambda: everything_for(person_id))
    for key in here.keys() | there.keys():
        if here.get(key) != there.get(key):
            verdict.diverged.append(f"{who} has {here.get(key)}, the server {there.get(key)}")
    mine = {
        id_
        for id_, entry in entries.items()
        if not entry.is_removed
        and person_id
        in readers(entry.audience, entry.author, moment.series.get(entry.series or ""), entry.shared_with)
    }
    has = {id_ for type_, id_ in here if type_ == "entry"}
    verdict.diverged += [f"{who} does not hold entry {id_}" for id_ in mine - has]
    verdict.leaked += [f"{who} holds entry {id_}" for id_ in has - mine]
    verdict.leaked += [
        f"{who} holds entry {id_} against its author's word"
        for id_ in has & mine
        if not moment.may_read_entry(id_, person_id)
    ]


def everything_for(person_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    page = read_feed(person_id, 0, limit=EVERYTHING)
    return {(item["type"], item["id"]): item for item in render(person_id, page.changes)}
