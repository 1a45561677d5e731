"""The database's own lock (PostgreSQL's row-level security): what holds when our own conditions do not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from sqlalchemy import Table, event, func, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import visitors

from ledvei_pwa.features.people.records import Person, Team
from ledvei_pwa.kernel.access import Who
from ledvei_pwa.platform.database import db, new_id
from ledvei_pwa.platform.health import check_rows
from ledvei_pwa.platform.row_security import NO_SERVICE, see_rows_of, unguarded_tables
from tests.security.routes import ROUTES, send
from tests.security.test_elsewhere import theirs, with_ids
from tests.security.test_matrix import address_of, addresses, places_of
from tests.security.town import Town, words

pytestmark = pytest.mark.skipif(
    not os.environ.get("LEDVEI_TEST_DATABASE_URL"), reason="SQLite has no policies for rows"
)


def tables_of_services() -> list[Table]:
    return [table for table in db.metadata.sorted_tables if "service_id" in table.c]


@contextmanager
def request_within(app: Flask, service_id: str) -> Iterator[None]:
    with app.test_request_context("/"):
        see_rows_of(service_id)
        yield


def services_in(table: Table) -> set[str]:
    return set(db.session.scalars(select(table.c.service_id).distinct()))


def test_a_query_that_names_no_service_finds_the_rows_of_one(town: Town) -> None:
    both = set()
    for table in tables_of_services():
        with town.app.app_context():
            everywhere = services_in(table)
        with request_within(town.app, town.service.id):
            assert services_in(table) <= {town.service.id}, table.name
        both |= {table.name} if len(everywhere) > 1 else set()
    assert {"person", "entry", "revision", "series", "session", "device", "feed"} <= both


def test_the_other_service_itself_cannot_be_seen(town: Town) -> None:
    with request_within(town.app, town.service.id):
        assert list(db.session.scalars(sqlalchemy.text("SELECT id FROM service"))) == [town.service.id]


def test_a_request_sees_nothing_before_it_is_known_whose_it_is(town: Town) -> None:
    with request_within(town.app, NO_SERVICE):
        found = {
            table.name: db.session.scalar(select(func.count()).select_from(table))
            for table in tables_of_services()
        }
    assert set(found.values()) == {0}, found


def test_a_row_cannot_be_written_into_another_service(town: Town) -> None:
    elsewhere = town.persons["their_author"].service_id
    with request_within(town.app, town.service.id):
        db.session.add(Team(id=new_id(), service_id=elsewhere, name="Mottak"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            db.session.flush()
        db.session.rollback()


def test_another_services_rows_cannot_be_changed_or_moved_here(town: Town) -> None:
    with request_within(town.app, town.service.id):
        theirs_too = update(Person).where(Person.id == town.persons["their_author"].id)
        changed = db.session.execute(theirs_too.values(service_id=town.service.id))
        assert changed.rowcount == 0  # type: ignore[attr-defined]
        db.session.rollback()


def test_what_a_broken_off_part_of_a_transaction_saw_is_not_seen_after_it(town: Town) -> None:
    elsewhere = town.persons["their_author"].service_id
    with request_within(town.app, elsewhere):
        savepoint = db.session.begin_nested()
        see_rows_of(town.service.id)
        assert services_in(db.metadata.tables["person"]) == {town.service.id}
        savepoint.rollback()
        assert services_in(db.metadata.tables["person"]) == {town.service.id}
        see_rows_of(NO_SERVICE)
        assert services_in(db.metadata.tables["person"]) == set()


@pytest.mark.parametrize("person", ["author", "service_leader"])
def test_nothing_of_another_service_is_shown_or_changed_when_our_own_conditions_are_gone(
    town: Town, person: str
) -> None:
    wrong, tried = [], 0
    known = theirs(town)
    foreign = {each.mark for each in town.marked if each.who[person] == {Who.OTHER_SERVICE}}
    with no_conditions_on_services() as taken_away:
        for name, method, rule in addresses(town):
            ours = address_of(town, rule, places_of(town, rule)[0])
            asked = with_ids(ours, known)
            answer = send(town, ROUTES[name], method, asked, town.places["group"], person)
            tried += asked != ours
            if answer.marks & foreign:
                wrong.append(f"{method} {rule} shows something of theirs")
            if answer.changed and asked != ours:
                wrong.append(f"{method} {rule} has written")
    assert wrong == [], words(wrong)
    assert tried > 15
    assert taken_away


@contextmanager
def no_conditions_on_services() -> Iterator[list[str]]:
    """Every comparison with a `service_id` is true: as if we had forgotten them all."""
    taken_away: list[str] = []

    def forget(element: Any, **_how: Any) -> Any:
        if not isinstance(element, sqlalchemy.BinaryExpression):
            return None
        sides = (element.left, element.right)
        if not any(getattr(side, "name", "") == "service_id" for side in sides):
            return None
        if any(getattr(side, "primary_key", False) for side in sides) or all(
            isinstance(side, sqlalchemy.Column) for side in sides
        ):
            return None  # the row itself is asked for, or a join
        taken_away.append(str(element))
        return sqlalchemy.true()

    def rewrite(state: ORMExecuteState) -> None:
        state.statement = visitors.replacement_traverse(state.statement, {}, forget)

    event.listen(db.session, "do_orm_execute", rewrite)
    try:
        yield taken_away
    finally:
        event.remove(db.session, "do_orm_execute", rewrite)


def test_the_doctor_names_a_role_that_stands_above_the_policies(
    app: Flask, make_app: Callable[..., Flask]
) -> None:
    assert check_rows().ok
    address = sqlalchemy.make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(username="postgres")
    with make_app(database_url=address.render_as_string(hide_password=False)).app_context():
        check = check_rows()
    assert (check.ok, check.seen) == (False, "postgres stands above the policies")


def test_the_doctor_names_a_table_without_a_policy(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(sqlalchemy.text("ALTER TABLE team NO FORCE ROW LEVEL SECURITY"))
        assert unguarded_tables(connection) == ["team"]
        connection.rollback()
    assert check_rows().ok
