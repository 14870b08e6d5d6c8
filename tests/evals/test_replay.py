"""The table of a replay.

1. The same pool and options give the same table; shuffled orders too.
2. Rows are means over questions; differences are paired with the baseline, which has none.
3. The front holds what no other row beats.
4. One half, or one set, is played alone; nothing left is an error that names what there is.
5. Every form of the report has every policy.
6. Hundreds of questions of 64 chains take seconds.
"""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from helicon.errors import BadOption, SetupError
from helicon.evals import Table, half_of, replay, report
from helicon.evals.pool import Pool
from helicon.evals.replaying import front
from tests.evals.making import entry, pool


def made(questions: int, depth: int, seed: int = 1) -> Pool:
    """Questions of which some are easy and some are not; the right answer is 1."""
    random = Random(seed)
    entries = []
    for number in range(questions):
        ease = random.random()
        answers = [
            ("1" if random.random() < ease else random.choice(["2", "3", ""]), random.randint(20, 90))
            for _ in range(depth)
        ]
        entries.append(entry(answers, id=f"q{number}", instant=[("1", 5)]))
    return pool(*entries)


def test_a_replay_is_deterministic() -> None:
    first, second = made(40, 8), made(40, 8)
    assert replay(first) == replay(second)
    assert replay(first, orders=3) == replay(second, orders=3)
    assert replay(first, orders=3).rows != replay(first, orders=2).rows


def test_rows_are_means_and_pairs() -> None:
    table = replay(made(60, 8), ["single", "majority@8"])
    assert table.baseline == "majority@8"
    single, whole = table.rows
    assert whole.against is None
    assert single.against is not None
    assert single.against.value == pytest.approx(single.accuracy - whole.accuracy)
    assert single.p is not None
    assert single.per_right == pytest.approx(single.total / single.accuracy)
    assert single.total_share == pytest.approx(single.total / whole.total)
    assert single.low < single.accuracy < single.high
    assert sum(single.rules.values()) == pytest.approx(1)


def test_a_pool_whose_orders_do_not_matter() -> None:
    alike = pool(*(entry([("1", 10)] * 4, id=f"q{number}") for number in range(5)))
    once, often = replay(alike, ["majority@4", "beta@4"]), replay(alike, ["majority@4", "beta@4"], orders=4)
    assert [row.accuracy for row in once.rows] == [row.accuracy for row in often.rows] == [1.0, 1.0]
    assert [row.total for row in once.rows] == [row.total for row in often.rows]


def test_the_front() -> None:
    assert front([(1, 0.5), (2, 0.5), (2, 0.7), (3, 0.6), (4, 0.7)]) == [True, False, True, False, False]
    assert front([(1, 0.5), (1, 0.5)]) == [True, True]


def test_halves_and_sets() -> None:
    whole = made(60, 4)
    tune, rest = replay(whole, ["single"], half="tune"), replay(whole, ["single"], half="report")
    assert tune.questions + rest.questions == 60
    assert tune.questions == sum(half_of(f"q{number}") == "tune" for number in range(60))
    assert replay(whole, ["single"], wanted="own").questions == 60
    with pytest.raises(BadOption, match="Its sets and families: own"):
        replay(whole, wanted="nano")
    with pytest.raises(BadOption, match="none yet"):
        replay(pool())


def test_what_cannot_be_played_is_said() -> None:
    small = made(10, 4)
    table = replay(small, ["single", "majority@32"])
    assert list(table.skipped) == ["majority@32"]
    assert "left out: majority@32" in "\n".join(report.foot(table))
    with pytest.raises(BadOption, match="'majority@9' cannot be played"):
        replay(small, ["single"], baseline="majority@9")


def test_questions_on_their_way_are_left_out() -> None:
    whole = made(10, 8)
    cut = pool(*whole.entries, entry([("1", 5)] * 3, id="late"), entry([], id="later"))
    table = replay(cut, ["majority@8"])
    assert (table.questions, table.incomplete) == (10, 2)
    assert table.rows == replay(whole, ["majority@8"]).rows
    assert "2 questions whose chains" in "\n".join(report.foot(table))
    more = pool(*whole.entries, entry([("1", 5)] * 16, id="deep"))
    assert (replay(more, ["majority@8"]).questions, replay(more, ["majority@8"]).incomplete) == (11, 0)
    assert replay(more, ["majority@8,16"]).questions == 1
    assert replay(more).questions == 11
    damaged = replay(replace(whole, damaged=70), ["majority@8"])
    assert "what 70 damaged bytes in the middle" in "\n".join(report.foot(damaged))


@pytest.fixture(scope="module")
def table() -> Table:
    return replay(made(50, 16))


def test_every_form_has_every_policy(table: Table) -> None:
    names = [row.policy for row in table.rows]
    assert {"single", "majority@16", "beta@16", "lossless@16", "contemplating:effort=medium"} <= set(names)
    assert [row[0] for row in csv.reader(io.StringIO(report.as_csv(table)))] == ["policy", *names]
    shown = report.markdown(table)
    assert all(f"`{name}`" in shown for name in names)
    assert [row["policy"] for row in json.loads(json.dumps(report.as_dict(table)))["rows"]] == names
    cells = report.cells(table.rows[0], baseline=False)
    assert len(cells) == len(report.HEAD)


def test_the_plot_is_drawn_or_says_what_it_needs(table: Table, tmp_path: Path) -> None:
    from helicon.evals.plot import draw

    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(SetupError, match="pip install matplotlib"):
            draw(table, tmp_path / "plot.svg")
        return
    for name in ("plot.svg", "plot.png"):
        draw(table, tmp_path / name, dark=name.endswith("png"))
        assert (tmp_path / name).stat().st_size > 1000
    with pytest.raises(SetupError, match="cannot be drawn"):
        draw(table, tmp_path / "plot.txt")


def test_points_that_lie_together_share_a_label() -> None:
    from helicon.evals.plot import labels

    assert labels([(10, 50.0), (10.1, 50.1), (1000, 80.0), (1000, 50.0)]) == [
        (10, 50.0, "1, 2"),
        (1000, 80.0, "3"),
        (1000, 50.0, "4"),
    ]
    assert labels([]) == []


def test_a_large_pool_takes_seconds() -> None:
    big = made(300, 64)
    began = time.process_time()
    replay(big, ["single", "majority@64", "beta@64", "short@64", "contemplating"])
    assert time.process_time() - began < 20  # a second or two on a machine that is not busy
