"""Acclaim skeletons (ASF) and motions (AMC) to joint positions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.kinematics import ROOT, Posed, Tree, euler_matrices, forward

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.schema import Float

INCH_M: Final = 0.0254
TIP: Final = "_tip"  # a bone stands at its base, its far end is "head_tip"


@dataclass(frozen=True, slots=True, eq=False)
class Bone:
    """One bone of an ASF file."""

    direction: Float  # (3,) unit, world axes, in the rest pose
    length: float  # the file's unit
    axis_deg: Float  # (3,) the bone's own axes, turned about X, then Y, then Z
    dof: tuple[str, ...]  # the AMC's numbers in order: ("rx", "ry", "rz")


@dataclass(frozen=True, slots=True, eq=False)
class AsfSkeleton:
    """A whole ASF file. `unit_m` is what one unit of length is: inches over `length`."""

    unit_m: float
    root_order: tuple[str, ...]  # ("tx", "ty", "tz", "rx", "ry", "rz")
    bones: Mapping[str, Bone]
    parents: Mapping[str, str]


def parse_asf(text: str, *, name: str) -> AsfSkeleton:
    """Read a skeleton.

    Raises:
        CorruptDataError: a section or a number is missing.
    """
    try:
        sections = {
            part.split(None, 1)[0]: part for part in text.split("\n:")[0:] if part.split(None, 1)
        }
        scale = float(_field(sections["units"], "length")[0])
        order = tuple(word.lower() for word in _field(sections["root"], "order"))
        blocks = re.findall(r"\bbegin\b(.*?)\bend\b", sections["bonedata"], re.DOTALL)
        bones = dict(_bone(block) for block in blocks)
        links = re.findall(r"\bbegin\b(.*?)\bend\b", sections["hierarchy"], re.DOTALL)[0]
        parents = {
            child: line.split()[0]
            for line in links.splitlines()
            if line.strip()
            for child in line.split()[1:]
        }
    except (KeyError, IndexError, ValueError) as error:
        raise CorruptDataError(name=name, found=repr(error), expected="an ASF file") from error
    return AsfSkeleton(unit_m=INCH_M / scale, root_order=order, bones=bones, parents=parents)


def _field(block: str, key: str) -> list[str]:
    found = re.search(rf"^\s*{key}\s+(.*)$", block, re.MULTILINE)
    if found is None:
        raise KeyError(key)
    return found.group(1).split()


def _bone(block: str) -> tuple[str, Bone]:
    dof = re.search(r"^\s*dof\s+(.*)$", block, re.MULTILINE)
    direction = np.array(_field(block, "direction")[:3], dtype=np.float64)
    return _field(block, "name")[0], Bone(
        direction=direction / np.linalg.norm(direction),
        length=float(_field(block, "length")[0]),
        axis_deg=np.array(_field(block, "axis")[:3], dtype=np.float64),
        dof=tuple(dof.group(1).lower().split()) if dof else (),
    )


def parse_amc(text: str, *, name: str) -> dict[str, Float]:
    """Bone → (F, its degrees of freedom), in the order of the ASF's `dof`.

    Raises:
        CorruptDataError: no frames, a bone that comes and goes, or not numbers.
    """
    rows: dict[str, list[list[float]]] = {}
    frames = 0
    try:
        for line in text.splitlines():
            words = line.split()
            if not words or line[0] in ":#":
                continue
            if len(words) == 1 and words[0].isdigit():
                frames += 1
                continue
            rows.setdefault(words[0], []).append([float(word) for word in words[1:]])
        motion = {bone: np.array(values, dtype=np.float64) for bone, values in rows.items()}
    except ValueError as error:
        raise CorruptDataError(name=name, found=str(error), expected="rows of numbers") from error
    short = [bone for bone, values in motion.items() if values.shape[0] != frames]
    if frames == 0 or short or "root" not in motion:
        raise CorruptDataError(
            name=name, found=f"{frames} frames, incomplete: {short}", expected="an AMC file"
        )
    return motion


def pose(skeleton: AsfSkeleton, motion: Mapping[str, Float], *, name: str) -> Posed:
    """Positions in metres and rotations of each bone's base and tip, in the file's axes (y up).

    With the bone's own axes A (from `axis`) and the AMC's rotation M, its local rotation is
    A·M·A⁻¹, in the rest pose's world axes (Acclaim's definition).

    Raises:
        CorruptDataError: the motion does not fit the skeleton.
    """
    root = motion["root"]
    frames = root.shape[0]
    order = [bone for bone in skeleton.parents if bone in skeleton.bones]
    names, parents, offsets = ["root"], [ROOT], [np.zeros(3)]
    turns = [_root_turns(root, order=skeleton.root_order)]
    for bone_name in order:
        bone = skeleton.bones[bone_name]
        above = skeleton.parents[bone_name]
        names += [bone_name, bone_name + TIP]
        parents += [names.index("root" if above == "root" else above + TIP), len(names) - 2]
        offsets += [np.zeros(3), bone.direction * bone.length * skeleton.unit_m]
        turns += [_turns(bone, motion.get(bone_name), frames=frames, name=f"{name} {bone_name}")]
        turns += [np.broadcast_to(np.eye(3), (frames, 3, 3))]
    tree = Tree(names=tuple(names), parents=tuple(parents), offsets=np.array(offsets))
    place = root[:, [skeleton.root_order.index(k) for k in ("tx", "ty", "tz")]] * skeleton.unit_m
    return forward(tree, turns=np.stack(turns, axis=1), root=place)


def _root_turns(root: Float, *, order: tuple[str, ...]) -> Float:
    angles = root[:, [order.index(kind) for kind in ("rz", "ry", "rx")]]
    return euler_matrices(angles, order="ZYX")


def _turns(bone: Bone, values: Float | None, *, frames: int, name: str) -> Float:
    if values is None or not bone.dof:
        return np.broadcast_to(np.eye(3), (frames, 3, 3))
    if values.shape[1] != len(bone.dof):
        raise CorruptDataError(
            name=name, found=f"{values.shape[1]} numbers", expected=f"{len(bone.dof)}"
        )
    angles = np.zeros((frames, 3))
    for place, kind in enumerate(("rz", "ry", "rx")):
        if kind in bone.dof:
            angles[:, place] = values[:, bone.dof.index(kind)]
    own = euler_matrices(bone.axis_deg[::-1], order="ZYX")
    return own @ euler_matrices(angles, order="ZYX") @ own.T
