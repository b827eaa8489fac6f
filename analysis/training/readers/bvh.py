"""BVH text (Biovision hierarchy) to joint positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.kinematics import ROOT, Posed, Tree, euler_matrices, forward

if TYPE_CHECKING:
    from analysis.schema import Float

END: Final = "_end"  # a bone's tip has no name of its own: "Head" ends in "Head_end"


@dataclass(frozen=True, slots=True, eq=False)
class BvhMotion:
    """A file as written: the tree, the channels of each joint and the numbers."""

    tree: Tree
    channels: tuple[tuple[str, ...], ...]  # (J,) of each joint: ("Xposition", …, "Xrotation")
    frame_s: float
    values: Float  # (F, C) degrees and the file's unit of length


def parse_bvh(text: str, *, name: str) -> BvhMotion:
    """Read a whole file.

    Raises:
        CorruptDataError: not a BVH, fewer rows or numbers than promised, or not numbers.
    """
    head, found, tail = text.partition("MOTION")
    if not found or not head.lstrip().startswith("HIERARCHY"):
        raise CorruptDataError(name=name, found="no HIERARCHY and MOTION", expected="a BVH file")
    tree, channels = _hierarchy(head, name=name)
    lines = tail.strip().splitlines()
    try:
        frames = int(lines[0].partition(":")[2])
        frame_s = float(lines[1].partition(":")[2])
        numbers = np.loadtxt(lines[2:], dtype=np.float64, ndmin=2)
    except (ValueError, IndexError) as error:
        raise CorruptDataError(name=name, found=str(error), expected="rows of numbers") from error
    width = sum(len(own) for own in channels)
    if frames < 1 or numbers.shape != (frames, width) or not frame_s > 0:
        raise CorruptDataError(
            name=name,
            found="{} rows of {}".format(*numbers.shape),
            expected=f"{frames} rows of {width}",
        )
    return BvhMotion(tree=tree, channels=channels, frame_s=frame_s, values=numbers)


def _hierarchy(text: str, *, name: str) -> tuple[Tree, tuple[tuple[str, ...], ...]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    open_joints: list[int] = []
    try:
        for line in text.splitlines()[1:]:
            words = line.split()
            match words:
                case ["ROOT" | "JOINT", joint] | ["End", "Site" as joint]:
                    parents.append(open_joints[-1] if open_joints else ROOT)
                    names.append(joint if words[0] != "End" else names[parents[-1]] + END)
                    offsets.append([0.0, 0.0, 0.0])
                    channels.append(())
                case ["{"]:
                    open_joints.append(len(names) - 1)
                case ["}"]:
                    open_joints.pop()
                case ["OFFSET", *numbers]:
                    offsets[open_joints[-1]] = [float(number) for number in numbers]
                case ["CHANNELS", _, *kinds]:
                    channels[open_joints[-1]] = tuple(kinds)
        tree = Tree(names=tuple(names), parents=tuple(parents), offsets=np.array(offsets))
    except (ValueError, IndexError) as error:
        raise CorruptDataError(name=name, found=str(error), expected="a BVH hierarchy") from error
    if tree.offsets.shape != (len(names), 3) or open_joints:
        raise CorruptDataError(name=name, found="open braces", expected="a BVH hierarchy")
    return tree, tuple(channels)


def pose(motion: BvhMotion, *, rows: slice = slice(None)) -> Posed:
    """Positions and rotations of every joint in the rows asked for, in the file's unit and axes."""
    values = motion.values[rows]
    frames = values.shape[0]
    joints = len(motion.tree.names)
    turns = np.broadcast_to(np.eye(3), (frames, joints, 3, 3)).copy()
    moves = np.broadcast_to(motion.tree.offsets, (frames, joints, 3)).copy()
    column = 0
    for joint, kinds in enumerate(motion.channels):
        own = values[:, column : column + len(kinds)]
        column += len(kinds)
        turning = [place for place, kind in enumerate(kinds) if kind.endswith("rotation")]
        order = "".join(kinds[place][0] for place in turning)
        turns[:, joint] = euler_matrices(own[:, turning], order=order)
        for place, kind in enumerate(kinds):
            if kind.endswith("position"):
                moves[:, joint, "XYZ".index(kind[0].upper())] = own[:, place]
    return forward(motion.tree, turns=turns, root=moves[:, 0], moves=moves)
