"""Adding facts to the log: each chain's hashes go on from its last one (see `reports.proof`), in the transaction of
what the facts are about.

PostgreSQL has many writers: whoever adds to a chain holds its lock until the commit, and takes the locks of several in
order. SQLite has one writer. https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, text

from calls.fresh_ids import fresh_id
from reports.facts import Fact, Kind
from reports.proof import digest
from store.prepared import Prepared
from store.tables import facts

INSERT = Prepared(insert(facts))
LAST = Prepared(
    select(facts.c.hash)
    .where(facts.c.chain == bindparam("name"))
    .order_by(facts.c.seq.desc())
    .limit(literal_column("1"))
)
LOCK = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")
TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
HEADS = {
    dialect: text(
        "SELECT wanted.value, (SELECT hash FROM facts WHERE chain = wanted.value ORDER BY seq DESC LIMIT 1) "  # noqa: S608
        f"FROM {names}"
    )
    for dialect, names in {
        "sqlite": "json_each(:chains) AS wanted",
        "postgresql": "unnest(CAST(:chains AS text[])) AS wanted(value)",
    }.items()
}


def lock(connection: Connection, chains: Iterable[str]) -> None:
    """Nobody else adds to these chains until this transaction ends. A unit that changes a message begins with this, so
    that no two of them wait for each other."""
    if connection.dialect.name == "postgresql":
        keys = sorted({_key(chain) for chain in chains})
        if keys:
            connection.execute(LOCK, {"keys": keys})


def lock_at_once(connection: Connection, chains: Iterable[str]) -> bool:
    """The same without waiting: False when somebody else has one of them."""
    if connection.dialect.name != "postgresql":
        return True
    return all(connection.execute(TRY_LOCK, {"key": key}).scalar_one() for key in {_key(chain) for chain in chains})


def append(connection: Connection, new: Sequence[Fact], *, locked: bool = False) -> None:
    """Add facts, in order; with `locked` their chains are already."""
    if new:
        if not locked:
            lock(connection, {fact.chain for fact in new})
        _insert(connection, [(fresh_id(), fact) for fact in new])


def append_missing(connection: Connection, new: Sequence[tuple[str, Fact]]) -> None:
    """Add those whose id is not there yet; a second end of a call is left out."""
    lock(connection, {fact.chain for _, fact in new})
    there = set(connection.scalars(select(facts.c.uid).where(facts.c.uid.in_([uid for uid, _ in new]))))
    ending = {fact.call_id for _, fact in new if fact.kind is Kind.CALL_ENDED}
    over = set()
    if ending:
        ended = select(facts.c.call_id).where(facts.c.kind == Kind.CALL_ENDED.value, facts.c.call_id.in_(ending))
        over = set(connection.scalars(ended))
    missing = []
    for uid, fact in new:
        if uid in there or (fact.kind is Kind.CALL_ENDED and fact.call_id in over):
            continue
        if fact.kind is Kind.CALL_ENDED:
            over.add(fact.call_id)
        missing.append((uid, fact))
    if missing:
        _insert(connection, missing)


def _insert(connection: Connection, new: Sequence[tuple[str, Fact]]) -> None:
    heads = _heads(connection, {fact.chain for _, fact in new})
    rows = []
    for uid, fact in new:
        heads[fact.chain] = digest(heads[fact.chain], fact)
        rows.append(_row(uid, fact, heads[fact.chain]))
    INSERT.run_many(connection, rows)


def _heads(connection: Connection, chains: Iterable[str]) -> dict[str, str]:
    """The last hash of each chain, "" where there is none."""
    names = list(chains)
    if len(names) == 1:
        last = LAST.rows(connection, {"name": names[0]})
        return {names[0]: last[0].hash if last else ""}
    sqlite = connection.dialect.name == "sqlite"
    found = connection.execute(HEADS[connection.dialect.name], {"chains": json.dumps(names) if sqlite else names})
    return {name: last or "" for name, last in found}


def _row(uid: str, fact: Fact, hash_: str) -> Mapping[str, Any]:
    own = {"kind": fact.kind.value, "data": dict(fact.data)}
    return {**vars(fact), **own, "uid": uid, "chain": fact.chain, "hash": hash_}


def _key(chain: str) -> int:
    """A number for the chain; that two chains share one now and then costs nothing but a wait."""
    return int.from_bytes(sha256(chain.encode()).digest()[:8], "big", signed=True)
