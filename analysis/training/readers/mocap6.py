"""mocap6: continuous exercise sequences with a label for every tenth of a second (Fox et al. 2014).

The labels were made on block means of twelve frames of 120 Hz. Only some sequences come with their
AMC, and with the skeleton of subject 13 alone: subject 14 is shown with the bones of 13.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers import asf_amc
from analysis.training.readers.archives import members, thin
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import ASF, from_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ: Final = 120.0
BLOCK: Final = 12  # frames per label
LICENCE: Final = "BSD-2-Clause"
# In the order of the set's README; its labels count from 1.
ACTIONS: Final = (
    "jumping_jack",
    "jog",
    "squat",
    "knee_raise",
    "arm_circle",
    "twist",
    "side_reach",
    "box",
    "up_down",
    "toe_touch_one_hand",
    "side_bend",
    "toe_touch_two_hands",
)


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per sequence, with `frame_labels`.

    Raises:
        CorruptDataError: the archive is cut, a skeleton or a label cannot be read.
    """
    labels: dict[str, NDArray[np.str_]] = {}
    skeletons: dict[str, asf_amc.AsfSkeleton] = {}
    for member, content in members(path, suffixes=(".txt", ".asf")):
        place = PurePosixPath(member)
        if place.suffix == ".asf":
            parsed = asf_amc.parse_asf(content.decode("latin-1"), name=member)
            skeletons[place.stem] = parsed
        elif place.parent.name == "truelabels":
            labels[place.stem] = _labels(content.decode(), name=member)
    seen: set[str] = set()
    for member, content in members(path, suffixes=(".amc",)):
        trial = PurePosixPath(member).stem
        if trial in seen or trial not in labels:
            continue
        seen.add(trial)
        yield _clip(trial, content=content, skeletons=skeletons, labels=labels[trial])
    for trial in sorted(set(labels) - seen):
        yield Removed("mocap6", f"mocap6:{trial}", "no_motion", "labels without an AMC")


def _clip(
    trial: str,
    *,
    content: bytes,
    skeletons: dict[str, asf_amc.AsfSkeleton],
    labels: NDArray[np.str_],
) -> MotionClip | Removed:
    subject = trial.partition("_")[0]
    skeleton = skeletons.get(subject) or next(iter(skeletons.values()), None)
    if skeleton is None:
        return Removed("mocap6", f"mocap6:{trial}", "no_skeleton")
    try:
        motion = asf_amc.parse_amc(content.decode("latin-1"), name=trial)
        xyz_m = from_tree(asf_amc.pose(skeleton, motion, name=trial), points=ASF, unit_m=1.0)
    except CorruptDataError as error:
        return Removed("mocap6", f"mocap6:{trial}", "corrupt", str(error))
    if abs(xyz_m.shape[0] / BLOCK - labels.size) > 1:
        found = f"{labels.size} labels for {xyz_m.shape[0]} frames"
        return Removed("mocap6", f"mocap6:{trial}", "labels_do_not_fit", found)
    step = thin(RATE_HZ)
    rows = np.arange(0, min(xyz_m.shape[0], labels.size * BLOCK), step)
    return MotionClip(
        source="mocap6",
        family="cmu",
        person=f"cmu:{subject}",
        sequence=f"cmu:{trial}",
        clip=f"mocap6:{trial}",
        time_s=rows / RATE_HZ,
        xyz_m=xyz_m[rows],
        xy=None,
        score=None,
        frame_labels=labels[rows // BLOCK],
        licence=LICENCE,
        may_ship=may_ship(LICENCE),
        text="continuous exercises",
    )


def _labels(text: str, *, name: str) -> NDArray[np.str_]:
    try:
        numbers = np.array(text.split(), dtype=np.int64)
    except ValueError as error:
        raise CorruptDataError(name=name, found=str(error), expected="whole numbers") from error
    if numbers.size == 0 or numbers.min() < 1 or numbers.max() > len(ACTIONS):
        raise CorruptDataError(name=name, found="labels", expected=f"1 to {len(ACTIONS)}")
    return np.array(ACTIONS)[numbers - 1]
