"""HDM05 cuts: ASF/AMC at 120 Hz, y up; actor and class are in the file's name."""

from __future__ import annotations

import re
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

LICENCE: Final = "CC-BY-SA-3.0"
FILE: Final = re.compile(r"HDM_(?P<actor>[a-z]+)_(?P<words>[A-Za-z0-9]+)_(?P<take>\d+)_(?P<hz>\d+)")
# Beginning of the file's word → the class. What is not listed keeps its own words.
CLASSES: Final = {
    "depositFloor": "deposit_floor",
    "elbowToKnee": "elbow_to_knee",
    "grabHigh": "grab_high",
    "hopBothLegs": "hop_both_legs",
    "jog": "jog",
    "kickLFront": "kick_forward",
    "kickRFront": "kick_forward",
    "lieDown": "lie_down",
    "rotateArmsBoth": "rotate_both_arms",
    "sneak": "sneak",
    "squat": "squat",
    "throwBasketball": "throw_basketball",
}
SIDED: Final = (
    (re.compile(r"^(depositFloor|grabHigh)R|^kickRFront"), "right"),
    (re.compile(r"^(depositFloor|grabHigh)L|^kickLFront"), "left"),
)


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per AMC file.

    Raises:
        CorruptDataError: the archive is cut, or a skeleton cannot be read.
    """
    skeletons = {
        PurePosixPath(member).stem: asf_amc.parse_asf(content.decode("latin-1"), name=member)
        for member, content in members(path, suffixes=(".asf",))
    }
    for member, content in members(path, suffixes=(".amc",)):
        place = PurePosixPath(member)
        clip = f"hdm05:{place.parent.name}/{place.stem}"
        named = FILE.fullmatch(place.stem)
        skeleton = skeletons.get(f"HDM_{named['actor']}") if named else None
        if named is None or skeleton is None:
            yield Removed("hdm05", clip, "no_label" if named is None else "no_skeleton", member)
            continue
        try:
            rate_hz = float(named["hz"])
            step = thin(rate_hz)
            motion = asf_amc.parse_amc(content.decode("latin-1"), name=member)
            thinned = {bone: values[::step] for bone, values in motion.items()}
            posed = asf_amc.pose(skeleton, thinned, name=member)
        except CorruptDataError as error:
            yield Removed("hdm05", clip, "corrupt", str(error))
            continue
        xyz_m = from_tree(posed, points=ASF, unit_m=1.0)
        action = action_of(named["words"])
        yield MotionClip(
            source="hdm05",
            family="hdm05",
            person=f"hdm05:{named['actor']}",
            sequence=clip,
            clip=clip,
            time_s=np.arange(xyz_m.shape[0]) * step / rate_hz,
            xyz_m=xyz_m,
            xy=None,
            score=None,
            action=action,
            side=next((side for rule, side in SIDED if rule.match(named["words"])), None),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=action.replace("_", " "),
        )


def action_of(words: str) -> str:
    """Class of a file's word: "kickLFront1Reps" is "kick_forward"."""
    listed = next((name for start, name in CLASSES.items() if words.startswith(start)), None)
    return listed or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()
