"""How long what is written is kept: the rule itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as some

from ledvei_pwa.features.retention import rules
from ledvei_pwa.features.retention.rules import BOUNDS, SHORTEST_NOTICE, TOLD_AHEAD, Sort, Told
from ledvei_pwa.kernel.access import READERS, Audience, Relation
from ledvei_pwa.platform.registry import House

DAYS = some.dates(date(2020, 1, 1), date(2040, 1, 1))
A_DAY = timedelta(days=1)


def test_every_kind_of_text_has_a_time(house: House) -> None:
    assert set(rules.SORTS) == set(house.entry_kinds)


def test_private_debriefs_are_kept_the_shortest() -> None:
    of_who_is_there = {*Sort} - {Sort.DEBRIEF_PRIVATE, Sort.REMOVED, Sort.LEFT}
    others = [BOUNDS[sort] for sort in of_who_is_there]
    own = BOUNDS[Sort.DEBRIEF_PRIVATE]
    assert all(own.usual < bounds.usual and own.most <= bounds.most for bounds in others)


@pytest.mark.parametrize("sort", [sort for sort in Sort if sort is not Sort.LEFT])
def test_nothing_goes_while_a_device_may_send_it_again(sort: Sort) -> None:
    """From an account that is closed nothing is taken: `tests/sync/test_leaving.py`."""
    assert BOUNDS[sort].least >= 3  # months; devices keep what was acknowledged for thirty days


@given(some.sampled_from(BOUNDS[Sort.LEFT].choices), DAYS)
def test_what_is_left_behind_stays_a_month_at_least_and_as_long_as_chosen(months: int, closed: date) -> None:
    goes = rules.day_left_behind_goes(months, closed)
    assert goes >= closed + SHORTEST_NOTICE
    assert goes >= closed + relativedelta(months=months)
    assert goes <= closed + relativedelta(months=months) + timedelta(days=2)  # after the end of January


@given(some.none() | DAYS, some.none() | DAYS)
def test_leaving_never_makes_a_text_stay_longer(due: date | None, left: date | None) -> None:
    found = rules.sooner(due, left)
    assert (found is None) == (due is None and left is None)
    assert found is None or all(found <= day for day in (due, left) if day)


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("is_removed", [False, True])
def test_what_nobody_else_reads_is_left_behind_and_nothing_else(audience: Audience, is_removed: bool) -> None:
    others = READERS[audience] - {Relation.AUTHOR} if not is_removed else frozenset()
    assert rules.is_left_behind(audience, is_removed=is_removed) is (not others)


@pytest.mark.parametrize("sort", Sort)
def test_what_is_usual_can_be_chosen_and_nothing_outside_the_bounds(sort: Sort) -> None:
    bounds = BOUNDS[sort]
    assert rules.is_allowed(sort, bounds.usual)
    assert {bounds.least, bounds.most} <= set(bounds.choices)
    assert not rules.is_allowed(sort, bounds.least - 1)
    assert not rules.is_allowed(sort, bounds.most + 12)


def test_a_text_counts_from_its_session_when_that_is_later() -> None:
    assert rules.day_due(6, changed=date(2026, 1, 31), session=date(2026, 2, 28)) == date(2026, 8, 28)
    assert rules.day_due(6, changed=date(2026, 3, 31), session=date(2026, 2, 28)) == date(2026, 9, 30)


def test_what_an_author_asks_for_never_makes_it_shorter() -> None:
    changed = date(2026, 1, 1)
    assert rules.day_due(12, changed=changed, kept_until=date(2026, 6, 1)) == date(2027, 1, 1)
    assert rules.day_due(12, changed=changed, kept_until=date(2028, 6, 1)) == date(2028, 6, 1)


@dataclass
class Life:
    """One text, as the job of every day sees it: when it is due may be another thing each day."""

    due: date | None
    told: Told | None = None

    def look(self, today: date) -> bool:
        """Whether it is deleted today."""
        self.told = rules.tell(self.due, self.told, today)
        return rules.may_go(self.due, self.told, today)


@given(
    begins=DAYS,
    turns=some.lists(
        some.tuples(some.integers(0, 90), some.one_of(some.none(), some.integers(-400, 400))), max_size=8
    ),
)
def test_nothing_goes_before_its_time_or_without_a_month_of_notice(
    begins: date, turns: list[tuple[int, int | None]]
) -> None:
    """However often the service, the author or the session changes when it is due, and the worker sleeps."""
    life, today = Life(None), begins
    heard: dict[date, date] = {}  # the first day on which the author was told of a day
    for days, due in turns:
        today += timedelta(days=days)
        life.due = None if due is None else begins + timedelta(days=due)
        was_deleted = life.look(today)
        if life.told is None:
            heard.clear()
        else:
            heard = {day: since for day, since in heard.items() if day <= life.told.goes_on}
            heard.setdefault(life.told.goes_on, today)
        if was_deleted:
            assert life.due is not None
            assert life.due <= today
            assert life.told is not None
            first_heard = min(since for day, since in heard.items() if day <= today)
            assert today - first_heard >= SHORTEST_NOTICE
            return


@given(due=DAYS, first_look=DAYS)
def test_it_goes_on_the_day_that_was_told_when_nothing_changes(due: date, first_look: date) -> None:
    life, today = Life(due), first_look
    while not life.look(today):
        wait = (life.told.goes_on if life.told else due - TOLD_AHEAD) - today
        assert wait >= A_DAY, "it is never deleted"
        today += wait
    assert today == max(due, first_look + SHORTEST_NOTICE)


@given(due=DAYS, today=DAYS)
def test_looking_twice_on_the_same_day_changes_nothing(due: date, today: date) -> None:
    told = rules.tell(due, None, today)
    assert rules.tell(due, told, today) == told


@given(count=some.integers(0, 10_000), authors=some.integers(1, 9))
def test_leaders_see_whole_tens_of_what_five_or_more_have_written(count: int, authors: int) -> None:
    seen = rules.about(count, authors=authors)
    assert seen % 10 == 0
    assert 0 <= count - seen < 10 if authors >= 5 else seen == 0


@given(due=DAYS, today=DAYS)
def test_what_a_choice_of_today_lets_go_goes_no_sooner_than_the_leader_is_told(
    due: date, today: date
) -> None:
    told = rules.tell(due, None, today)
    assert told is None or told.goes_on >= rules.soonest_after_choice(today)


def test_a_day_that_was_told_moves_on_at_once_and_comes_nearer_with_the_whole_notice() -> None:
    today, told = date(2027, 1, 15), Told(date(2027, 3, 1))
    assert rules.tell(date(2027, 3, 10), told, today) == Told(date(2027, 3, 10))
    assert rules.tell(date(2027, 1, 16), told, today) == Told(today + SHORTEST_NOTICE)
