from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.training import robustness as module  # noqa: E402 - torch may be absent
from analysis.training import worse  # noqa: E402
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.errors import UnknownPersonError  # noqa: E402
from analysis.training.judge import Answer  # noqa: E402
from analysis.training.robustness import Row, card, judged_on, scored, summary, wilson  # noqa: E402
from analysis.training.store import open_store  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.training.records import MotionClip
    from tests.analysis.training.conftest import Made


def test_the_interval_of_a_share_has_known_values() -> None:
    low, high = wilson(0.5, count=100)
    assert (low, high) == (pytest.approx(0.4038, abs=1e-4), pytest.approx(0.5962, abs=1e-4))
    assert wilson(1.0, count=10)[0] == pytest.approx(0.7225, abs=1e-4)  # all right, still not sure
    assert wilson(0.0, count=10) == (0.0, pytest.approx(0.2775, abs=1e-4))


def test_changes_are_over_the_same_clips() -> None:
    sets = {"a": "x", "b": "x", "c": "y"}
    clean = Row("clean", "", {"a": 1.0, "b": 0.0, "c": 1.0}, sets)
    fewer = Row("mirrored", "", {"a": 0.0, "b": 0.0}, {"a": "x", "b": "x"})
    told = summary([clean, fewer])
    assert told[0]["sets"]["all"]["mean"] == pytest.approx(2 / 3)
    assert told[0]["sets"]["y"]["clips"] == 1
    assert told[1]["sets"]["all"] == {
        **told[1]["sets"]["x"], "clips": 2, "mean": 0.0, "change": -0.5,
    }  # fmt: skip


def test_a_clip_scores_as_a_whole_or_by_its_frames() -> None:
    def answer(clip: str, *, truth: int, frames: list[int], segmented: bool, told: bool) -> Answer:
        return Answer(
            clip=clip, person=None, group="x", truth=truth, prob=np.array([0.9, 0.1]), surest=1.0,
            grade_truth=-1, grade_prob=np.ones(2) / 2, frames_truth=np.array(frames),
            frames_said=np.array([1, 1, 2, 2]), segmented=segmented, told=told,
        )  # fmt: skip

    assert scored([
        answer("right", truth=0, frames=[1, 1, 1, 1], segmented=False, told=False),
        answer("wrong", truth=1, frames=[2, 2, 2, 2], segmented=False, told=False),
        answer("frames", truth=-1, frames=[1, 2, 2, -1], segmented=True, told=False),
        answer("nothing known", truth=-1, frames=[-1] * 4, segmented=False, told=False),
        answer("given away", truth=0, frames=[1, 1, 1, 1], segmented=False, told=True),
    ]) == {"right": 1.0, "wrong": 0.0, "frames": pytest.approx(2 / 3)}  # fmt: skip


def test_only_those_it_does_not_know_are_judged_on(made: Made) -> None:
    store = open_store(made.store)
    people = {"train": ["uiprmd:ann", "uiprmd:ben"], "validation": ["uiprmd:cem"]}
    found = judged_on(store, made_by={"people": people}, people=(), most=2)
    assert {one.person for one in found} <= {"uiprmd:dan", "uiprmd:eva", "uiprmd:fay"}
    assert len(found) == 2
    assert found == judged_on(store, made_by={"people": people}, people=(), most=2)
    named = judged_on(store, made_by={}, people=("uiprmd:ann",), most=9)
    assert {one.person for one in named} == {"uiprmd:ann"}
    with pytest.raises(UnknownPersonError):
        judged_on(store, made_by={}, people=("uiprmd:nobody",), most=9)


def test_the_card_as_a_command(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_seen(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
        return worse.points_lost(clip, rng, share=1.0)

    chosen = [c for c in worse.conditions() if c.what in {"clean", "mirrored"}]
    blind = worse.Condition("points lost", "all", nothing_seen)
    flat = worse.Condition("unseen camera height", "x", needs_3d=True)
    monkeypatch.setattr(module, "conditions", lambda: (*chosen, blind, flat))
    monkeypatch.setattr(module, "REACHES", (0.0, 0.5))
    out = tmp_path / "card.json"
    words = ["robustness", str(made.weights), "--store", str(made.store), "--out", str(out)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "people: uiprmd:dan, uiprmd:fay" in printed
    assert "LEARNED FROM" not in printed
    card_made = json.loads(out.read_text())
    rows = {(row["what"], row["how"]): row["sets"]["all"] for row in card_made["rows"]}
    clean = rows["clean", "as in training"]
    assert clean["clips"] == 12
    assert clean["low"] <= clean["mean"] <= clean["high"]
    assert rows["points lost", "all"]["mean"] == 0.5  # one answer to everything
    assert rows["unseen camera height", "x"] == clean  # these clips are 3D
    assert rows["attacked", "within 0.0 trunk lengths, 10 steps"]["mean"] == clean["mean"]
    assert rows["attacked", "within 0.5 trunk lengths, 10 steps"]["mean"] < clean["mean"]


def test_people_it_learned_from_are_said_loudly(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "conditions", lambda: worse.conditions()[:1])
    monkeypatch.setattr(module, "REACHES", ())
    store = open_store(made.store)
    told = card(made.weights, store=store, people=("uiprmd:ann", "uiprmd:fay"))
    assert told["learned_from"] == ["uiprmd:ann"]
    assert any("LEARNED FROM 1 OF" in line for line in module.told(told))


def test_a_pickle_is_refused(made: Made, tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"x")
    assert main(["robustness", str(tmp_path / "weights.pt"), "--store", str(made.store)]) == 2
