from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from analysis import backends  # noqa: E402 - torch may be absent
from analysis.actions import checkpoint  # noqa: E402
from analysis.actions.model import ModelConfig, build  # noqa: E402
from analysis.config import ActionConfig, AnalysisConfig, AthleteConfig, ExplainConfig  # noqa: E402
from analysis.explain.segments import LONGEST_ROWS, _span, _states, tell  # noqa: E402
from analysis.explain.signals import SIGNALS, TEXT  # noqa: E402
from analysis.features.model_input import VERSION  # noqa: E402
from analysis.features.signals import measure  # noqa: E402
from analysis.knowledge.catalogue import load_catalogue  # noqa: E402
from analysis.schema import Segment  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, movement  # noqa: E402
from tests.analysis.training.tracks import seen, track_of  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.explain.segments import Told
    from analysis.protocols import ActionModel
    from analysis.schema import PoseTrack

FEW = ExplainConfig(steps=8, coalitions=40)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that learned nothing: an explanation must hold for it as well."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(5)
    config = ModelConfig(
        width=16, blocks=2, stride=4, label_space=16, label_width=32,
        language_model=str(save_tiny(folder / "bert", kind="bert")),
    )  # fmt: skip
    model = build(config)
    labels = tuple(checkpoint.Label(f"made.{w}", w, "made") for w in ("squat", "jump", "serve"))
    assert model.language is not None
    checkpoint.save(
        checkpoint.Checkpoint(
            model=model,
            labels=labels,
            label_vectors=model.language.encode([label.text for label in labels]),
            thresholds={"made": -1.0},
            made_by={"model_input_version": VERSION},
        ),
        folder / "tiny.safetensors",
    )
    return folder / "tiny.safetensors"


def config_of(weights: Path) -> AnalysisConfig:
    return AnalysisConfig(
        sport="strength",
        note="squat",
        actions=ActionConfig(backend="fused", weights=str(weights)),
        athlete=AthleteConfig(handedness="left"),
    )


def track() -> PoseTrack:
    clip = clips(["gil"], each=1)[0]
    xyz_m = movement("squat", seconds=4.0, seed=77)
    time_s = np.arange(xyz_m.shape[0]) / 30.0
    return track_of(seen(replace(clip, xyz_m=xyz_m, time_s=time_s, action="squat")))


def segment(number: int, *, start_s: float, end_s: float) -> Segment:
    return Segment(f"s{number}", 1, "strength.squat", (), start_s, end_s, 0.9)


def told(
    model: ActionModel, segments: list[Segment], *, explain: ExplainConfig = FEW, most: int = 9
) -> Told:
    shown = track()
    signals = measure(shown, config=AnalysisConfig())
    return tell(segments, model=model, track=shown, signals=signals, config=explain, most=most)


def test_each_segment_is_told_of(weights: Path) -> None:
    config = config_of(weights)
    model: ActionModel = backends.load(
        "actions", name="fused", config=config, catalogue=load_catalogue()
    )
    segments = [segment(1, start_s=0.4, end_s=1.6), segment(2, start_s=1.8, end_s=3.0)]
    found = told(model, segments, most=1)
    assert set(found.vectors) == {"s1", "s2"}
    assert all(np.linalg.norm(v) == pytest.approx(1.0) for v in found.vectors.values())
    why, none = (s.explanation for s in found.segments)
    assert why is not None
    assert none is None  # beyond `most`
    assert sum(abs(j.share) for j in why.joints) == pytest.approx(1.0)
    assert all(0.4 <= m.t_s <= 1.6 for m in why.moments)
    assert {s.name for s in why.signals} == {*SIGNALS, TEXT}
    assert {w.word for w in why.attention} >= {"squat", "left"}
    assert why.at_scale(0.5).moments[0].t_s == pytest.approx(2 * why.moments[0].t_s)

    off = told(model, segments, explain=replace(FEW, enabled=False))
    assert [s.explanation for s in off.segments] == [None, None]
    assert set(off.vectors) == {"s1", "s2"}


def test_what_the_signals_add_makes_the_whole(weights: Path) -> None:
    model = backends.load(
        "actions", name="fused", config=config_of(weights), catalogue=load_catalogue()
    )
    one = [segment(1, start_s=0.5, end_s=1.5)]
    drawn, every = (
        told(model, one, explain=replace(FEW, coalitions=n)).segments[0].explanation
        for n in (40, 256)
    )
    assert drawn is not None
    assert every is not None
    totals = [sum(s.shapley for s in why.signals) for why in (drawn, every)]
    assert totals[0] == pytest.approx(totals[1], abs=1e-4)


def test_another_model_says_nothing() -> None:
    model = backends.load(
        "actions", name="kinematic", config=AnalysisConfig(), catalogue=load_catalogue()
    )
    found = told(model, [segment(1, start_s=0.4, end_s=1.6)])
    assert found.segments[0].explanation is None
    assert found.vectors == {}


def test_of_a_long_segment_the_middle_is_explained() -> None:
    time_s = np.arange(1000) / 25
    start, stop = _span(time_s, segment(1, start_s=0.0, end_s=39.0))
    assert stop - start == LONGEST_ROWS
    assert abs((start + stop) / 2 / 25 - 19.5) < 0.1
    assert _span(time_s, segment(1, start_s=39.95, end_s=50.0)) == (998, 1000)


def test_states_are_told_where_they_are_asked_for_and_known() -> None:
    assert _states(None, names=()) == ()
    found = _states(np.log([0.2, 0.5, 0.3]), names=("tired", "normal", "happy"))
    assert [state.name for state in found] == ["normal", "happy", "tired"]
    assert [state.probability for state in found] == pytest.approx([0.5, 0.3, 0.2])
