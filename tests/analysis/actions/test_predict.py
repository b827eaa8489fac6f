from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402 - torch may be absent

from analysis import backends  # noqa: E402
from analysis.actions import checkpoint  # noqa: E402
from analysis.actions.kinematic import UNKNOWN  # noqa: E402
from analysis.config import ActionConfig, AnalysisConfig, AthleteConfig  # noqa: E402
from analysis.errors import ModelMissingError, ModelRefusedError, explain  # noqa: E402
from analysis.features.model_input import VERSION, from_track  # noqa: E402
from analysis.features.signals import measure  # noqa: E402
from analysis.knowledge.catalogue import Catalogue, load_catalogue  # noqa: E402
from analysis.training import judge  # noqa: E402
from analysis.training.fit import fit  # noqa: E402
from analysis.training.labels import labels_of  # noqa: E402
from analysis.training.parts import parts_of  # noqa: E402
from analysis.training.samples import Samples  # noqa: E402
from analysis.training.settings import settings_from  # noqa: E402
from analysis.training.store import open_store  # noqa: E402
from analysis.training.views import read_view  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, movement, save_store  # noqa: E402
from tests.analysis.training.tracks import seen, track_of  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.actions.predict import FusedSegmenter
    from analysis.schema import PoseTrack
    from analysis.training.settings import FitSettings


def settings(folder: Path, *, kind: str, epochs: int) -> FitSettings:
    return settings_from(
        {
            "seed": 3,
            "threads": 1,
            "data": {"store": str(folder / "store"), "views": 2, "test_people": ["uiprmd:fay"]},
            "model": {
                "width": 16, "blocks": 2, "label_space": 16, "label_width": 32, "dropout": 0.0,
                "language_model": str(save_tiny(folder / kind, kind=kind)),
            },
            "optimiser": {"epochs": epochs, "batch_size": 4, "rate": 1e-2},
            "tasks": {"note_share": 0.0, "none_share": 0.1},
        },
        where="test",
    )  # fmt: skip


@pytest.fixture(scope="module", params=["bert", "qwen"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's folder, trained on made-up squats and waves."""
    folder = tmp_path_factory.mktemp(request.param)
    save_store(folder / "store", clips())
    fit(settings(folder, kind=request.param, epochs=8), out=folder / "run")
    return folder / "run"


def squats_only() -> Catalogue:
    """The catalogue with one technique: tiny networks know no other by its words."""
    whole = load_catalogue()
    sports = tuple(
        replace(sport, techniques=tuple(t for t in sport.techniques if t.key == "strength.squat"))
        for sport in whole.all_sports
    )
    return replace(whole, all_sports=sports)


def segmenter(
    weights: Path | str, *, sport: str | None = "strength", **more: Any
) -> FusedSegmenter:
    config = AnalysisConfig(
        sport=sport, actions=ActionConfig(backend="fused", weights=str(weights))
    )
    made: FusedSegmenter = backends.load(
        "actions", name="fused", config=replace(config, **more), catalogue=squats_only()
    )
    return made


def track(action: str, *, seconds: float = 6.0) -> PoseTrack:
    clip = clips(["gil"], each=1)[0]
    xyz_m = movement(action, seconds=seconds, seed=77)
    time_s = np.arange(xyz_m.shape[0]) / 30.0
    return track_of(seen(replace(clip, xyz_m=xyz_m, time_s=time_s, action=action)))


def test_trained_judged_shipped_and_served(run: Path) -> None:
    store = open_store(run.parent / "store")
    told = settings(run.parent, kind=run.parent.name.rstrip("0123456789"), epochs=8)
    parts = parts_of(store, settings=told.data, seed=told.seed)
    labels = labels_of(parts.everybody)
    made = checkpoint.load(run / "best.safetensors")
    samples = Samples(store, entries=parts.test, labels=labels, settings=told)
    judged = judge.judge(made.model, samples=samples, vectors=made.label_vectors)
    assert judged.scores()["uiprmd/accuracy"] > 0.5  # two actions, evenly: chance is a half

    model = segmenter(run / "best.safetensors")
    assert model.models == {"best.safetensors": checkpoint.sha256_of(run / "best.safetensors")}
    found = {}
    for action in ("squat", "wave"):
        shown = track(action)
        signals = measure(shown, config=AnalysisConfig())
        scores = model.score(signals, shown)
        assert scores.labels == ("strength.squat", UNKNOWN)
        np.testing.assert_allclose(scores.prob.sum(axis=1), 1.0, atol=1e-9)
        found[action] = model.segment(scores, signals)
    assert {s.technique for s in found["squat"]} == {"strength.squat"}
    assert found["wave"] == ()  # known by another name, which is no technique: unknown
    assert [s.segment_id for s in found["squat"]] == [
        f"s{i}" for i in range(1, len(found["squat"]) + 1)
    ]


def test_rows_are_those_of_training(tmp_path: Path) -> None:
    clip = seen(clips(["ann"], each=1)[0], seed=4)
    save_store(tmp_path / "store", [clip, *clips(["ben"])])
    store = open_store(tmp_path / "store")
    trained = read_view(store.load(store.entries[0]))
    served = from_track(track_of(clip))
    # The store is float32, a view is float16.
    np.testing.assert_allclose(served.values, trained.pose.astype(np.float32), atol=2e-3)


def test_what_is_known_is_told_in_words(run: Path) -> None:
    model = segmenter(
        run / "best.safetensors", note="slow squats",
        athlete=AthleteConfig(handedness="left", level="elite"),
    )  # fmt: skip
    shown = track("squat", seconds=2.0)
    words = model.context(measure(shown, config=AnalysisConfig())).words()
    assert words.startswith("sport: strength training")
    assert words.endswith("left-handed, elite level, coach's note: slow squats")


def test_foreign_files_are_refused_in_words(tmp_path: Path) -> None:
    pickled = tmp_path / "weights.pt"
    pickled.write_bytes(pickle.dumps({"model": 1}))
    with pytest.raises(ModelRefusedError, match="never opened") as caught:
        segmenter(pickled)
    assert "pickle" in explain("model_refused", lang="zh-hans", params=caught.value.params)
    renamed = tmp_path / "renamed.safetensors"
    renamed.write_bytes(pickled.read_bytes())
    with pytest.raises(ModelRefusedError, match="no safetensors"):
        segmenter(renamed)
    foreign = tmp_path / "foreign.safetensors"
    save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(ModelRefusedError, match="expected format"):
        segmenter(foreign)
    bare = tmp_path / "bare.safetensors"
    save_file({"weight": torch.zeros(2)}, bare, metadata={"format": checkpoint.FORMAT})
    with pytest.raises(ModelRefusedError, match="expected format"):
        segmenter(bare)
    with pytest.raises(ModelMissingError, match="fit"):
        segmenter(tmp_path / "none.safetensors")


def test_weights_for_another_input_are_refused(run: Path) -> None:
    from analysis.actions.predict import FusedSegmenter

    weights = str(run / "best.safetensors")
    config = AnalysisConfig(actions=ActionConfig(backend="fused", weights=weights))
    with pytest.raises(ModelRefusedError, match="model input"):
        FusedSegmenter(
            config=config, catalogue=load_catalogue(), rows=from_track, rows_version=VERSION + 1
        )
