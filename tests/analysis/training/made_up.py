"""A small store of made-up movement: two actions that differ plainly, six people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.records import MotionClip
from analysis.training.store import StoreWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.schema import Float

STANDING_M = {
    "nose": (0.0, -1.6, -0.1), "shoulder": (0.2, -1.4, 0.0), "elbow": (0.25, -1.1, 0.0),
    "wrist": (0.25, -0.85, 0.0), "hip": (0.1, -0.9, 0.0), "knee": (0.1, -0.5, 0.0),
    "ankle": (0.1, -0.08, 0.0), "heel": (0.1, -0.02, 0.05), "foot_index": (0.1, 0.0, -0.15),
}  # fmt: skip
ACTIONS = ("squat", "wave")
PEOPLE = ("ann", "ben", "cem", "dan", "eva", "fay")


def movement(action: str, *, seconds: float = 2.0, rate_hz: float = 30.0, seed: int = 0) -> Float:
    """(F, 17, 3): squats bend, waves lift one arm."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(seed)
    swing = 0.5 - 0.5 * np.cos(2 * np.pi * time_s * rng.uniform(0.8, 1.2))
    body = np.zeros((time_s.size, len(BODY17.keypoints), 3))
    for joint, name in enumerate(BODY17.keypoints):
        side = -1.0 if name.startswith("right_") else 1.0
        x, y, z = STANDING_M[name.removeprefix("left_").removeprefix("right_")]
        body[:, joint] = (side * x, y, z)
        low = name.endswith(("ankle", "heel", "foot_index"))
        if action == "squat" and not low:
            body[:, joint, 1] += 0.45 * swing
        if action == "wave" and name in {"right_wrist", "right_elbow"}:
            body[:, joint, 1] -= 0.7 * swing
    return body * rng.uniform(0.95, 1.05) + rng.normal(0.0, 0.005, body.shape)


def clips(people: Sequence[str] = PEOPLE, *, each: int = 3) -> list[MotionClip]:
    """Labelled clips, `each` of both actions per person; every second one done wrongly."""
    made = []
    for person in people:
        for number in range(each):
            for action in ACTIONS:
                xyz_m = movement(action, seed=len(made))
                name = f"uiprmd:{person}_{action}_{number}"
                made.append(
                    MotionClip(
                        source="uiprmd", family="uiprmd", person=f"uiprmd:{person}",
                        sequence=name, clip=name, time_s=np.arange(xyz_m.shape[0]) / 30.0,
                        xyz_m=xyz_m, xy=None, score=None, action=action,
                        correct=float(number % 2), licence="PDDL-1.0", may_ship=True,
                    )
                )  # fmt: skip
    return made


def save_store(folder: Path, made: Sequence[MotionClip]) -> Path:
    """A store as `prepare` writes it."""
    folder.mkdir(parents=True)
    writer = StoreWriter(folder)
    for clip in made:
        writer.add(clip)
    writer.close({})
    return folder
