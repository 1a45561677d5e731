"""No figure over fewer than five people is shown, nor can it be found by subtraction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledvei_pwa.kernel.small_numbers import (
    SMALLEST,
    Figure,
    Table,
    hide_in_groups,
    hide_in_list,
    hide_in_table,
    is_enough,
)

Cells = list[list[int]]


def tables(most: int, highest: int = 3, widest: int = 3) -> st.SearchStrategy[Cells]:
    """Many of them with numbers on both sides of five."""
    numbers = st.one_of(st.integers(0, 6), st.integers(0, most))
    sizes = st.tuples(st.integers(1, highest), st.integers(1, widest))
    return sizes.flatmap(
        lambda size: st.lists(
            st.lists(numbers, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
        )
    )


# --- an attacker who tries everything -----------------------------------------------------------------------


def could_be(cells: Cells, table: Table, place: tuple[int, int], value: int) -> bool:
    """Whether some table with this value there looks the same. Tries them, and knows nothing of networks.

    Sums that are hidden bind nothing, so each hidden cell is tried up to five more than it is.
    """
    height, width = len(cells), len(cells[0])
    options = [
        [
            range(value, value + 1)
            if (row, column) == place
            else range(cells[row][column] + SMALLEST + 1)
            if table.cells[row][column] is None
            else range(cells[row][column], cells[row][column] + 1)
            for column in range(width)
        ]
        for row in range(height)
    ]
    return any(fits(found, table) for found in filled(options, table, []))


def filled(options: Sequence[Sequence[range]], table: Table, so_far: Cells) -> Iterator[Cells]:
    """Row by row, leaving out what the row's own sum, or the columns' so far, rules out."""
    if len(so_far) == len(options):
        yield so_far
        return
    number = len(so_far)
    for row in product(*options[number]):
        tried = [*so_far, list(row)]
        columns = [sum(column) for column in zip(*tried, strict=True)]
        is_over = any(
            wanted is not None and found > wanted
            for wanted, found in zip(table.columns, columns, strict=True)
        )
        if table.rows[number] in {None, sum(row)} and not is_over:
            yield from filled(options, table, tried)


def fits(cells: Cells, table: Table) -> bool:
    columns = [sum(column) for column in zip(*cells, strict=True)]
    sums = zip([*table.columns, table.total], [*columns, sum(columns)], strict=True)
    return all(wanted is None or wanted == found for wanted, found in sums)


@settings(max_examples=40)
@given(tables(9, highest=2, widest=3))
def test_a_small_cell_may_be_anything_from_nought_to_five_to_whoever_tries_every_table(cells: Cells) -> None:
    table = hide_in_table(cells)
    for row, numbers in enumerate(cells):
        for column, people in enumerate(numbers):
            if people < SMALLEST:
                assert could_be(cells, table, (row, column), 0), (cells, table)
                assert could_be(cells, table, (row, column), SMALLEST), (cells, table)


@settings(max_examples=40)
@given(tables(40, highest=6, widest=6))
def test_what_is_shown_is_true_and_over_at_least_five(cells: Cells) -> None:
    table = hide_in_table(cells)
    for shown, people in zip(every_figure(table), true_figures(cells), strict=True):
        assert shown in {None, people}
        assert shown is None or shown >= SMALLEST


def every_figure(table: Table) -> list[Figure]:
    return [*(one for row in table.cells for one in row), *table.rows, *table.columns, table.total]


def true_figures(cells: Cells) -> list[int]:
    rows, columns = [sum(row) for row in cells], [sum(column) for column in zip(*cells, strict=True)]
    return [*(one for row in cells for one in row), *rows, *columns, sum(rows)]


@settings(max_examples=40)
@given(tables(40, highest=5, widest=5))
def test_no_sum_that_is_shown_leaves_fewer_than_five_to_the_hidden_cells_with_a_small_one(
    cells: Cells,
) -> None:
    """The simplest subtraction of all: a sum less the cells of its row or column that are shown."""
    table = hide_in_table(cells)
    lines = [*zip(cells, table.cells, table.rows, strict=True)]
    turned = zip(zip(*cells, strict=True), zip(*table.cells, strict=True), table.columns, strict=True)
    for numbers, shown, total in [*lines, *turned]:
        hidden = [people for people, one in zip(numbers, shown, strict=True) if one is None]
        if total is not None and any(people < SMALLEST for people in hidden):
            assert sum(hidden) >= SMALLEST, (cells, table)
            assert len(hidden) > 1, (cells, table)


@given(st.lists(st.integers(0, 12), max_size=7))
def test_groups_and_their_sum_leave_five_people_or_none_to_what_is_hidden(groups: list[int]) -> None:
    shown = hide_in_list(groups)
    hidden = [people for people, one in zip(groups, shown.groups, strict=True) if one is None]
    assert all(one is None or one == people for one, people in zip(shown.groups, groups, strict=True))
    assert all(one is None or one >= SMALLEST for one in [*shown.groups, shown.total])
    if hidden and shown.total is not None:
        assert sum(hidden) >= SMALLEST
        assert len(hidden) > 1


@settings(max_examples=40)
@given(tables(40, highest=5, widest=5))
def test_nothing_is_hidden_where_nothing_is_small(cells: Cells) -> None:
    large = [[people + SMALLEST for people in row] for row in cells]
    assert every_figure(hide_in_table(large)) == true_figures(large)


# --- cases that one can follow ------------------------------------------------------------------------------


def test_one_small_cell_takes_another_in_its_row_and_column_along() -> None:
    table = hide_in_table([[2, 10, 20], [30, 40, 50], [60, 70, 80]])
    assert table.cells == ((None, None, 20), (None, None, 50), (60, 70, 80))
    assert (table.rows, table.columns, table.total) == ((32, 120, 210), (92, 120, 150), 362)


def test_two_small_cells_in_a_row_that_are_together_under_five_are_not_left_alone() -> None:
    """20 less 17 would be a figure over three people."""
    shown = hide_in_list([1, 2, 7, 10])
    assert (shown.groups, shown.total) == ((None, None, None, 10), 20)


def test_nought_is_a_small_number() -> None:
    assert hide_in_list([0, 9, 8]).groups == (None, 9, None)


def test_a_service_of_four_is_not_counted_at_all() -> None:
    assert every_figure(hide_in_table([[1, 1], [1, 1]])) == [None] * 9


def test_one_group_alone_is_shown_when_it_is_large_enough() -> None:
    assert hide_in_list([5]).groups == (5,)
    assert hide_in_list([4]).groups == (None,)


def test_a_table_without_anybody_says_nothing() -> None:
    assert hide_in_table([]) == Table((), (), (), None)


def test_groups_are_hidden_by_name_as_if_their_sum_were_known() -> None:
    assert hide_in_groups({"mottak": 3, "tiltak": 11, "omsorg": 7}) == {
        "mottak": None,
        "tiltak": 11,
        "omsorg": None,
    }


@pytest.mark.parametrize(("people", "enough"), [(0, False), (4, False), (5, True), (50, True)])
def test_a_figure_alone_needs_five(people: int, enough: bool) -> None:
    assert is_enough(people) is enough


@pytest.mark.parametrize("wrong", [[[1, 2], [3]], [[-1]]])
def test_what_is_no_table_is_refused(wrong: Cells) -> None:
    with pytest.raises(ValueError, match=r"counted from nought$|of the same length$"):
        hide_in_table(wrong)
