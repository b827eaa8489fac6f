"""CMU motion in exponential maps: 117 columns, three of position and 38 joints of axis × angle.

The layout is that of the human-motion-prediction literature (Martinez et al. 2017 for Human3.6M,
Li et al. 2018 for CMU): the joints of CMU's BVH hierarchy in file order, bone tips included. The
vectors turn rows, so that a column's rotation is that of the negated vector. The set gives no bone
lengths and says not who moves: an adult of 1.75 m is posed, with the rest directions of the Acclaim
skeleton and segment lengths by Drillis and Contini's shares of stature, rounded.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.kinematics import Tree, forward, rotation_vectors
from analysis.training.readers.archives import members, thin
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import CMU_BVH, from_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.schema import Float

RATE_HZ: Final = 120.0
UNIT_M: Final = 0.0254 / 0.45  # of the three columns of position
LICENCE: Final = "CMU-mocap"
COLUMNS: Final = 117
# Folders' words where another set has its own for the same.
ACTIONS: Final = {
    "washwindow": "wash_window",
    "running": "run",
    "walking": "walk",
    "jumping": "jump",
}
# Joint, parent, offset in metres (x left, y up, z forward; arms out sideways).
_LEG: Final = (
    ("HipJoint", "Hips", (0.0, 0.0, 0.0)),
    ("UpLeg", "HipJoint", (0.09, -0.10, 0.03)),
    ("Leg", "UpLeg", (0.147, -0.403, 0.0)),
    ("Foot", "Leg", (0.147, -0.405, 0.0)),
    ("ToeBase", "Foot", (0.01, -0.028, 0.125)),
    ("ToeBase_end", "ToeBase", (0.0, 0.0, 0.065)),
)
_ARM: Final = (
    ("Shoulder", "Spine1", (0.0, 0.0, 0.0)),
    ("Arm", "Shoulder", (0.17, 0.08, -0.015)),
    ("ForeArm", "Arm", (0.295, 0.0, 0.0)),
    ("Hand", "ForeArm", (0.245, 0.0, 0.0)),
    ("FingerBase", "Hand", (0.0, 0.0, 0.0)),
    ("HandIndex1", "FingerBase", (0.04, 0.0, 0.0)),
    ("HandIndex1_end", "HandIndex1", (0.035, 0.0, 0.0)),
    ("Thumb", "Hand", (0.0, 0.0, 0.0)),
    ("Thumb_end", "Thumb", (0.035, 0.0, 0.035)),
)
_SPINE: Final = (
    ("LowerBack", "Hips", (0.0, 0.0, 0.0)),
    ("Spine", "LowerBack", (0.0, 0.115, -0.01)),
    ("Spine1", "Spine", (0.0, 0.115, 0.0)),
    ("Neck", "Spine1", (0.0, 0.0, 0.0)),
    ("Neck1", "Neck", (0.0, 0.095, 0.005)),
    ("Head", "Neck1", (0.0, 0.095, -0.01)),
    ("Head_end", "Head", (0.0, 0.095, 0.0)),
)
_CENTRE: Final = {"Hips", "Spine1"}


def adult() -> Tree:
    """The tree of 38 joints in the order of the columns."""
    rows: list[tuple[str, str | None, tuple[float, float, float]]] = [("Hips", None, (0, 0, 0))]
    for limb, sides in ((_LEG, ("Left", "Right")), (_SPINE, ("",)), (_ARM, ("Left", "Right"))):
        for side in sides:
            sign = -1.0 if side == "Right" else 1.0
            for joint, parent, (x, y, z) in limb:
                above = parent if parent in _CENTRE or not side else _sided(parent, side=side)
                rows.append((_sided(joint, side=side) if side else joint, above, (sign * x, y, z)))
    names = tuple(row[0] for row in rows)
    parents = tuple(-1 if above is None else names.index(above) for _, above, _ in rows)
    return Tree(names=names, parents=parents, offsets=np.array([row[2] for row in rows]))


def _sided(joint: str, *, side: str) -> str:
    """CMU's BVH names two joints by one letter: LHipJoint, LThumb."""
    return side[0] + joint if joint in {"HipJoint", "Thumb", "Thumb_end"} else side + joint


def pose_rows(rows: Float) -> Float:
    """Rows (F, 117) as our 17 points (F, 17, 3), metres, our axes."""
    tree = adult()
    turns = rotation_vectors(-rows[:, 3:].reshape(rows.shape[0], len(tree.names), 3))
    posed = forward(tree, turns=turns, root=rows[:, :3] * UNIT_M)
    return from_tree(posed, points=CMU_BVH, unit_m=1.0)


def parse(text: str, *, name: str) -> Float:
    """Rows of numbers (F, 117).

    Raises:
        CorruptDataError: not numbers, or another number of columns.
    """
    try:
        rows = np.loadtxt(text.splitlines(), dtype=np.float64, delimiter=",", ndmin=2)
    except ValueError as error:
        raise CorruptDataError(name=name, found=str(error), expected="numbers") from error
    if rows.shape[1] != COLUMNS:
        raise CorruptDataError(name=name, found=str(rows.shape), expected=f"(frames, {COLUMNS})")
    return rows


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per text file; the folder names the activity. The first row is a T-pose: left out.

    Raises:
        CorruptDataError: the archive is cut.
    """
    for member, content in members(path, suffixes=(".txt",)):
        place = PurePosixPath(member)
        part = place.parent.parent.name
        if part not in {"train", "test"}:
            continue
        clip = f"cmu_expmap:{part}/{place.stem}"
        try:
            rows = parse(content.decode("latin-1"), name=member)
        except CorruptDataError as error:
            yield Removed("cmu_expmap", clip, "corrupt", str(error))
            continue
        step = thin(RATE_HZ)
        action = place.parent.name.removesuffix("_extra")
        xyz_m = pose_rows(rows[1::step])
        yield MotionClip(
            source="cmu_expmap",
            family="cmu",
            person=None,
            sequence=clip,
            clip=clip,
            time_s=np.arange(xyz_m.shape[0]) * step / RATE_HZ,
            xyz_m=xyz_m,
            xy=None,
            score=None,
            action=ACTIONS.get(action, action),
            folds=(part,),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=action.replace("_", " "),
        )
