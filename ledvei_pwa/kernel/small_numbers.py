"""Which figures over people may be shown together, so that none tells of fewer than five of them.

S0 and domain.md §6: leaders see group figures only, none over fewer than five answers, and none where a
difference between two figures would reveal one person.

A figure under five is hidden (primary suppression). That is not enough in a table with sums: what is hidden
can be found by subtraction. So others are hidden too (complementary suppression), until whoever adds and
subtracts all that is shown, knowing that people are counted in whole numbers from nought, can say no more of
a figure under five than that it is something from 0 to at least 5. Nought is under five as well: that nobody
in a team has answered so is said of each of them.

The approach is cell suppression audited by feasibility intervals, as in A. Hundepool et al., "Statistical
Disclosure Control", Wiley 2012 (doi.org/10.1002/9781118348239). A table with its sums is a network (rows and
columns are its nodes, figures its edges), as in J. Castro, "Network Flows Heuristics for Complementary Cell
Suppression", 2002: what a hidden figure may be is found by how much more, or less, can flow through it,
exactly and in whole numbers. Which others to hide is chosen by the cheapest way round. That none of it can be
undone is not taken from there, but tried on every small table (tests/kernel/test_small_numbers.py).

A mean, a share or any other figure is shown only where the number of people behind it is shown. That is safe
for differences between them too: were the people behind two shown figures to differ by fewer than five, those
few would be a number under five that can be told exactly, and there is none.

What it does not stop: several tables about the same people, published one after the other; whoever knows the
answers of some of them; and reckoning backwards from the choice of what to hide.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Final

SMALLEST: Final = 5  # people
HIDDEN: Final = None

Node = Hashable
Figure = int | None


@dataclass(frozen=True)
class Table:
    """Numbers of people by row and column, with their sums. None is what may not be shown."""

    cells: tuple[tuple[Figure, ...], ...]
    rows: tuple[Figure, ...]  # the sum of each row
    columns: tuple[Figure, ...]
    total: Figure


@dataclass(frozen=True)
class List:
    """Numbers of people in groups that nobody is in two of, with their sum. None is what may not be shown."""

    groups: tuple[Figure, ...]
    total: Figure


def is_enough(people: int) -> bool:
    """Whether a figure over so many may be shown, when nothing else about them is."""
    return people >= SMALLEST


def hide_in_table(cells: Sequence[Sequence[int]]) -> Table:
    """What may be shown of a table and its sums. `ValueError` for unlike rows, or numbers below 0."""
    _refuse_wrong(cells)
    network = _network_of_table(cells)
    network.hide_what_tells_too_much()
    height, width = len(cells), len(cells[0]) if cells else 0
    return Table(
        cells=tuple(
            tuple(network.shown(("cell", row, column)) for column in range(width)) for row in range(height)
        ),
        rows=tuple(network.shown(("row", row)) for row in range(height)),
        columns=tuple(network.shown(("column", column)) for column in range(width)),
        total=network.shown("total"),
    )


def hide_in_list(groups: Sequence[int]) -> List:
    """What may be shown of some groups and their sum. `ValueError` for numbers below 0."""
    _refuse_wrong([groups])
    network = _Network()
    for number, people in enumerate(groups):
        network.add(number, "all", "everybody", people)
    network.add("total", "everybody", "all", sum(groups))
    network.hide_what_tells_too_much()
    return List(tuple(network.shown(number) for number in range(len(groups))), network.shown("total"))


def hide_in_groups(groups: Mapping[str, int]) -> dict[str, Figure]:
    """`hide_in_list` by name, where the sum is not shown but may be known: a service knows its size."""
    shown = hide_in_list(list(groups.values())).groups
    return dict(zip(groups, shown, strict=True))


def _refuse_wrong(cells: Sequence[Sequence[int]]) -> None:
    if len({len(row) for row in cells}) > 1:
        raise ValueError("the rows of a table are of the same length")
    if any(people < 0 for row in cells for people in row):
        raise ValueError("people are counted from nought")


def _network_of_table(cells: Sequence[Sequence[int]]) -> _Network:
    """From all to each row, from each row to each column, from each column to everybody, and back."""
    network = _Network()
    for row, numbers in enumerate(cells):
        network.add(("row", row), "all", ("row", row), sum(numbers))
        for column, people in enumerate(numbers):
            network.add(("cell", row, column), ("row", row), ("column", column), people)
    for column, numbers in enumerate(zip(*cells, strict=True)):
        network.add(("column", column), ("column", column), "everybody", sum(numbers))
    network.add("total", "everybody", "all", sum(map(sum, cells)))
    return network


@dataclass
class _Edge:
    """One figure: so many go from one node to another. The sums are right when as many leave as arrive."""

    tail: Node
    head: Node
    people: int
    is_hidden: bool = False


@dataclass(frozen=True)
class _Step:
    """Along a figure, making it larger, or against it, making it smaller."""

    name: Node
    is_forward: bool


@dataclass
class _Network:
    """All figures of a table. What is hidden may be any number from nought that lets the sums be right."""

    edges: dict[Node, _Edge] = field(default_factory=dict)
    around: dict[Node, list[_Step]] = field(default_factory=dict)

    def add(self, name: Node, tail: Node, head: Node, people: int) -> None:
        self.edges[name] = _Edge(tail, head, people)
        self.around.setdefault(tail, []).append(_Step(name, is_forward=True))
        self.around.setdefault(head, []).append(_Step(name, is_forward=False))

    def shown(self, name: Node) -> Figure:
        edge = self.edges[name]
        return HIDDEN if edge.is_hidden else edge.people

    # --- hiding ---------------------------------------------------------------------------------------

    def hide_what_tells_too_much(self) -> None:
        small = [name for name, edge in self.edges.items() if edge.people < SMALLEST]
        for name in small:
            self.edges[name].is_hidden = True
        while (left := self._left()) and (told := self._first_told(small)):
            for name in self._cheapest_way_round(*told) or left:
                self.edges[name].is_hidden = True

    def _left(self) -> list[Node]:
        """What is shown still. Where that is nothing, nothing is told."""
        return [name for name, edge in self.edges.items() if not edge.is_hidden]

    def _first_told(self, small: Sequence[Node]) -> tuple[Node, bool] | None:
        """A figure under five of which too much can be found out, and in which direction."""
        for name in small:
            people = self.edges[name].people
            if self._most_round(name, is_upwards=True, enough=SMALLEST - people) < SMALLEST - people:
                return name, True
            if self._most_round(name, is_upwards=False, enough=people) < people:
                return name, False
        return None

    # --- what could be ----------------------------------------------------------------------------------

    def _most_round(self, name: Node, *, is_upwards: bool, enough: int) -> int:
        """By how much a hidden figure could be more, or less, while all that is shown stays; up to `enough`.

        Ford and Fulkerson's way: push what can go round through the hidden figures until nothing more can.
        """
        changed: dict[Node, int] = dict.fromkeys(self.edges, 0)
        most = 0
        while most < enough:
            way = self._way_round(name, is_upwards, changed)
            if way is None:
                break
            push = min([enough - most, *(self._room(step, changed, enough) for step in way)])
            for step in way:
                changed[step.name] += push if step.is_forward else -push
            most += push
        return most

    def _way_round(self, name: Node, is_upwards: bool, changed: Mapping[Node, int]) -> list[_Step] | None:
        """From where a change of this figure would be felt back to where it begins; None without one."""
        begin, end = self._ends(name, is_upwards)
        came: dict[Node, tuple[Node, _Step] | None] = {begin: None}
        waiting = deque([begin])
        while waiting and end not in came:
            node = waiting.popleft()
            for step, onward in self._steps_from(node, besides=name):
                is_open = self.edges[step.name].is_hidden and self._room(step, changed, 1) > 0
                if is_open and onward not in came:
                    came[onward] = (node, step)
                    waiting.append(onward)
        return _walked(came, end) if end in came else None

    def _cheapest_way_round(self, name: Node, is_upwards: bool) -> list[Node]:
        """What more to hide, so that what is lost is least: fewest people in it, and sums last (Dijkstra)."""
        begin, end = self._ends(name, is_upwards)
        need = SMALLEST - self.edges[name].people if is_upwards else self.edges[name].people
        cost: dict[Node, int] = {begin: 0}
        came: dict[Node, tuple[Node, _Step] | None] = {begin: None}
        waiting: list[tuple[int, int, Node]] = [(0, 0, begin)]
        order = 0
        while waiting:
            so_far, _, node = heappop(waiting)
            if so_far > cost[node]:
                continue
            for step, onward in self._steps_from(node, besides=name):
                price = so_far + self._price(step)
                if self._room(step, {}, need) >= need and price < cost.get(onward, price + 1):
                    cost[onward], came[onward] = price, (node, step)
                    order += 1
                    heappush(waiting, (price, order, onward))
        way = _walked(came, end) if end in came else []
        return [step.name for step in way if not self.edges[step.name].is_hidden]

    def _ends(self, name: Node, is_upwards: bool) -> tuple[Node, Node]:
        edge = self.edges[name]
        return (edge.head, edge.tail) if is_upwards else (edge.tail, edge.head)

    def _steps_from(self, node: Node, *, besides: Node) -> Iterator[tuple[_Step, Node]]:
        for step in self.around[node]:
            if step.name != besides:
                edge = self.edges[step.name]
                yield step, edge.head if step.is_forward else edge.tail

    def _room(self, step: _Step, changed: Mapping[Node, int], enough: int) -> int:
        """How much a figure could change that way: upwards without end, downwards to nought."""
        return enough if step.is_forward else self.edges[step.name].people + changed.get(step.name, 0)

    def _price(self, step: _Step) -> int:
        edge = self.edges[step.name]
        if edge.is_hidden:
            return 0
        is_sum = not (isinstance(step.name, int) or (isinstance(step.name, tuple) and step.name[0] == "cell"))
        return 1 + edge.people + (self.edges["total"].people if is_sum else 0)


def _walked(came: Mapping[Node, tuple[Node, _Step] | None], end: Node) -> list[_Step]:
    way: list[_Step] = []
    node = end
    while before := came[node]:
        node = before[0]
        way.append(before[1])
    return way[::-1]
