from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("captum")

from analysis.actions.model import FusedModel, ModelConfig, build  # noqa: E402 - torch may be absent
from analysis.explain.attention import attention  # noqa: E402
from analysis.explain.attribution import (  # noqa: E402
    BODY,
    ENOUGH_GAP,
    Attribution,
    LogOdds,
    integrated_gradients,
)
from analysis.explain.baseline import JOINTS, joints_of, still  # noqa: E402
from analysis.explanation import POSE_TO_TEXT, TEXT_TO_POSE  # noqa: E402
from analysis.features.body17 import BODY17  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "sport tennis view from the side"
LABELS = ["tennis serve", "squat knees bend", "jump"]
WRIST = BODY17.index("right_wrist")


@pytest.fixture(params=["bert", "qwen"])
def log_odds(request: pytest.FixtureRequest, tmp_path: Path) -> LogOdds:
    torch.manual_seed(0)
    folder = str(save_tiny(tmp_path, kind=request.param))
    model: FusedModel = build(
        ModelConfig(
            width=16, blocks=2, stride=4, label_space=16, label_width=32, language_model=folder
        )
    ).eval()
    assert model.language is not None
    vectors = model.language.encode(LABELS)
    return LogOdds(model, vectors, own=np.array([False, True, False]))


def clip(rows: int = 22) -> np.ndarray:
    """A figure whose right wrist alone moves, in the middle third."""
    values = np.zeros((rows, 105), dtype=np.float32)
    joints = joints_of(values)
    rng = np.random.default_rng(3)
    joints[..., 0:2] = rng.normal(size=(1, 17, 2))
    joints[..., 4:6] = 1.0
    third = rows // 3
    wave = np.sin(np.linspace(0, np.pi, third))
    joints[third : 2 * third, WRIST, 1] -= 2.0 * wave
    joints[:, BODY17.index("left_heel")] = 0.0  # never seen
    return values


def test_attributions_make_the_difference(log_odds: LogOdds) -> None:
    pose = clip()
    calm = still(pose, every=pose)
    found = integrated_gradients(log_odds, pose, baseline=calm, text=TEXT, steps=32)
    before, after = log_odds.of([calm, pose], texts=[TEXT, TEXT])
    assert found.difference == pytest.approx(after - before, abs=1e-6)
    assert abs(found.values.sum() - found.difference) <= ENOUGH_GAP * max(
        abs(found.difference), 0.1
    )


def test_what_does_not_move_has_no_part(log_odds: LogOdds) -> None:
    pose = clip()
    found = integrated_gradients(
        log_odds, pose, baseline=still(pose, every=pose), text=TEXT, steps=16
    )
    assert {j.name for j in found.joints() if abs(j.share) > 1e-3} == {"right_wrist"}


def test_log_odds_are_those_of_the_probabilities(log_odds: LogOdds) -> None:
    logits = torch.tensor([[1.0, 2.0, -0.5]])
    prob = logits.softmax(dim=1)[0, 1].item()
    assert log_odds.of_logits(logits).item() == pytest.approx(np.log(prob / (1 - prob)), abs=1e-5)
    alone = LogOdds(log_odds.model, log_odds.label_vectors, own=np.array([True, True, True]))
    assert alone.of_logits(logits).item() == pytest.approx(logits.logsumexp(1).item())


def test_shares_keep_their_sign_and_make_one() -> None:
    values = np.zeros((7, 105))
    joints_of(values)[0, WRIST, 1] = 3.0
    joints_of(values)[6, 0, 0] = -3.0
    values[:, JOINTS:] = 4.0 / 21
    found = Attribution(values, difference=4.0, gap=0.0)
    shares = {j.name: j.share for j in found.joints() if j.share}
    assert shares == pytest.approx({BODY: 0.4, "right_wrist": 0.3, "nose": -0.3})
    moments, bin_s = found.moments(1.0 + np.arange(7) / 25)
    assert bin_s == pytest.approx(0.16)
    assert [m.t_s for m in moments] == pytest.approx([1.06, 1.20])
    assert sum(abs(m.weight) for m in moments) == pytest.approx(1.0)
    assert moments[0].weight > 0 > moments[1].weight


def test_nothing_has_no_shares() -> None:
    found = Attribution(np.zeros((4, 105)), difference=0.0, gap=0.0)
    assert not any(j.share for j in found.joints())


def test_attention_is_told_word_by_word_in_the_direction_it_goes(log_odds: LogOdds) -> None:
    pose = clip()
    direction, words = attention(
        log_odds.model, pose, text=TEXT, label_vectors=log_odds.label_vectors,
        time_s=np.arange(22) / 25,
    )  # fmt: skip
    causal = log_odds.model.language.model.config.model_type == "qwen2"  # type: ignore[union-attr]
    assert direction == (POSE_TO_TEXT if causal else TEXT_TO_POSE)
    assert " ".join(w.word for w in words) == TEXT
    assert all(0 < w.share < 1 for w in words)
    middles = np.array([0.06, 0.22, 0.38, 0.54, 0.70, 0.82])  # four rows each, the last two
    assert all(np.abs(middles - w.at_s).min() < 1e-9 for w in words)
