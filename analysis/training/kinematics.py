"""Joint trees: from rotations to positions, in plain numpy.

Rotations act on column vectors. A joint stands at its parent's place plus its offset turned by the
parent's rotation; its own rotation follows its parent's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float

ROOT: Final = -1


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """J joints, parents before children."""

    names: tuple[str, ...]  # (J,)
    parents: tuple[int, ...]  # (J,) place of the parent; ROOT for the first
    offsets: Float  # (J, 3) from the parent, in the parent's axes, in the file's unit

    def __post_init__(self) -> None:
        if any(parent >= place for place, parent in enumerate(self.parents)):
            raise ValueError("Tree: expected parents before children")


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """A tree in motion: where each joint is and how it is turned."""

    names: tuple[str, ...]
    places: Float  # (F, J, 3)
    turns: Float  # (F, J, 3, 3) of the joint's own axes in the world

    def place(self, name: str) -> Float:
        """Positions (F, 3) of one joint.

        Raises:
            KeyError: no such joint; the message lists those there are.
        """
        return self.places[:, self.index(name)]

    def index(self, name: str) -> int:
        """Place of a joint on the axis."""
        if name not in self.names:
            raise KeyError(f"no joint {name!r}; expected one of {', '.join(self.names)}")
        return self.names.index(name)


def euler_matrices(angles_deg: Float, *, order: str) -> Float:
    """Angles (..., n) about the axes in `order` ("ZYX"), multiplied left to right, as (..., 3, 3).

    R = R_order[0] · R_order[1] · …: the last is applied to a vector first, as in BVH files.
    """
    turn = np.broadcast_to(np.eye(3), (*angles_deg.shape[:-1], 3, 3))
    for place, axis in enumerate(order):
        turn = turn @ _about(axis, np.deg2rad(angles_deg[..., place]))
    return turn


def _about(axis: str, angle_rad: Float) -> Float:
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    first, second = {"X": (1, 2), "Y": (2, 0), "Z": (0, 1)}[axis.upper()]
    turn = np.zeros((*angle_rad.shape, 3, 3))
    turn[..., 3 - first - second, 3 - first - second] = 1.0
    turn[..., first, first] = turn[..., second, second] = cos
    turn[..., second, first], turn[..., first, second] = sin, -sin
    return turn


def rotation_vectors(vectors_rad: Float) -> Float:
    """Axis × angle vectors (..., 3) as matrices (..., 3, 3), by Rodrigues' formula."""
    angle = np.linalg.norm(vectors_rad, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(vectors_rad, -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    cross = np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
    # sin(a)/a and (1-cos(a))/a² by sinc, which is whole at 0.
    half = np.sinc(angle / (2 * np.pi))
    turn: Float = np.eye(3) + np.sinc(angle / np.pi) * cross + 0.5 * half**2 * (cross @ cross)
    return turn


def forward(tree: Tree, *, turns: Float, root: Float, moves: Float | None = None) -> Posed:
    """Place every joint.

    `turns` (F, J, 3, 3) are local rotations, `root` (F, 3) the first joint's place, `moves`
    (F, J, 3), where given, stand for the tree's offsets (BVH joints with position channels).
    """
    frames, joints = turns.shape[:2]
    places, world = np.zeros((frames, joints, 3)), np.zeros((frames, joints, 3, 3))
    for joint, parent in enumerate(tree.parents):
        if parent == ROOT:
            places[:, joint], world[:, joint] = root, turns[:, joint]
            continue
        step = tree.offsets[joint] if moves is None else moves[:, joint]
        step = np.broadcast_to(step, (frames, 3))
        places[:, joint] = places[:, parent] + np.einsum("fij,fj->fi", world[:, parent], step)
        world[:, joint] = world[:, parent] @ turns[:, joint]
    return Posed(names=tree.names, places=places, turns=world)
