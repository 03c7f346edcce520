"""Labels of an axis: none over another, no pole through a label, none across another, whatever the axis."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from spinesurv.figures.flagged_labels import CENTRED, LEFT, RIGHT, Placed, place_labels

ROOM = {"low": -0.2, "high": 5.2, "left": -1.8, "gap": 0.03, "pole": 0.07, "row": 0.11}


def span(placed: Placed, width: float) -> tuple[float, float]:
    """Where the letters stand."""
    if placed.side == CENTRED:
        return placed.x - width / 2, placed.x + width / 2
    start = placed.x + ROOM["gap"] if placed.side == RIGHT else placed.x - ROOM["gap"] - width
    return start, start + width


def check(x: list[float], width: list[float]) -> list[Placed]:
    placed = place_labels(x, width, **ROOM)
    spans = [span(p, w) for p, w in zip(placed, width, strict=True)]
    for (p, a), (q, b) in combinations(zip(placed, spans, strict=True), 2):
        assert p.row != q.row or a[1] < b[0] or b[1] < a[0], "two labels on each other"
    for p in placed:
        for q, b in zip(placed, spans, strict=True):
            through = p.side != CENTRED and p.row >= q.row and b[0] < p.x < b[1]
            assert not through, "a pole runs through a label"
    assert all(one.x < other.x for one, other in pairwise(placed)), "two poles cross"
    return placed


axes = st.lists(st.tuples(st.floats(0, 5), st.floats(0.05, 2.4)), min_size=1, max_size=14)


@given(axes)
@settings(max_examples=60, deadline=None)
def test_any_axis(labels):
    labels = sorted(labels)
    placed = check([x for x, _ in labels], [w for _, w in labels])
    for p, (_, width) in zip(placed, labels, strict=True):
        start, end = span(p, width)
        assert ROOM["left"] - 1e-9 <= start
        assert end <= ROOM["high"] + 1e-9


def test_labels_with_room_are_centred():
    assert check([0, 1, 2], [0.3, 0.3, 0.3]) == [Placed(x, 0, CENTRED) for x in (0, 1, 2)]


def test_two_neighbours_fly_apart_on_upright_poles():
    assert check([1, 1.2], [0.6, 0.6]) == [Placed(1, 0, LEFT), Placed(1.2, 0, RIGHT)]


def test_levels_at_the_same_place_have_poles_of_their_own():
    placed = check([2.0, 2.0, 2.0], [0.5, 0.5, 0.5])
    assert min(b.x - a.x for a, b in pairwise(placed)) >= ROOM["pole"] - 1e-9


def test_twenty_crowded_levels_need_half_as_many_rows():
    placed = check([1.5 + 0.1 * k for k in range(20)], [1.1] * 20)
    assert max(p.row for p in placed) < 10
