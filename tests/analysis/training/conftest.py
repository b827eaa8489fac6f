"""A tiny checkpoint and its store, made once for all tests that ask something of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.analysis.training.made_up import PEOPLE, clips, save_store

if TYPE_CHECKING:
    from pathlib import Path

NAMELESS = ("gil", "hal")  # nobody wrote down what they do


@dataclass(frozen=True)
class Made:
    """A checkpoint whose weights are random, the store it says it was trained on."""

    weights: Path
    store: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """It says: learned from ann and cem, stopped by ben and eva, to be judged on fay.

    Dan is in none of these; gil and hal have no labels.
    """
    torch = pytest.importorskip("torch")
    from analysis.actions import checkpoint
    from analysis.actions.model import ModelConfig, build
    from analysis.training.judge import label_vectors
    from tests.analysis.actions.tiny_language import save_tiny

    folder = tmp_path_factory.mktemp("made")
    language = save_tiny(folder / "bert", kind="bert")
    bare = [replace(one, action=None, correct=np.nan) for one in clips(NAMELESS)]
    store = save_store(folder / "store", [*clips(PEOPLE), *bare])
    torch.manual_seed(5)
    model = build(
        ModelConfig(
            width=16, blocks=1, label_space=16, label_width=32, language_model=str(language)
        )
    )
    labels = (
        checkpoint.Label("uiprmd.squat", "squat: knees bend", "uiprmd"),
        checkpoint.Label("uiprmd.wave", "over head: up and down", "uiprmd"),
    )
    people = {"train": ["uiprmd:ann", "uiprmd:cem"], "validation": ["uiprmd:ben", "uiprmd:eva"]}
    told = {"people": people, "settings": {"data": {"test_people": ["uiprmd:fay"]}}}
    checkpoint.save(
        checkpoint.Checkpoint(
            model=model, labels=labels, label_vectors=label_vectors(model, labels=labels),
            thresholds={"uiprmd": -1.0}, made_by=told,
        ),
        folder / "weights.safetensors",
    )  # fmt: skip
    return Made(folder / "weights.safetensors", store)
