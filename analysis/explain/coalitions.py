"""Shapley values by KernelSHAP (Lundberg and Lee 2017) and LIME (Ribeiro et al. 2016). Pure.

Both ask the same thing of the same perturbed inputs: what does a group add? A coalition is the
set of groups that are as they were; the rest is held at its baseline. G groups, M coalitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.schema import Float

    Bool = NDArray[np.bool_]

KERNEL_WIDTH: Final = 0.75  # LIME's own, times the square root of G
RIDGE: Final = 1e-3  # as a share of the coalitions' whole weight: keeps scarce ones from exploding


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What each group adds."""

    shapley: Float  # (G,); together exactly value(all) - value(none)
    lime: Float  # (G,) slopes of a line fitted nearest to "all"


def parts_of(value: Callable[[Bool], Float], *, groups: int, most: int, seed: int = 0) -> Parts:
    """Of a function of coalitions (M, G) → (M,).

    All 2^G coalitions are asked when they are at most `most`: the Shapley values are then exact.
    Else `most` of them are drawn, each with its complement.

    Raises:
        ValueError: no group, or fewer than four coalitions.
    """
    if groups < 1 or most < 4:
        raise ValueError(f"expected a group and 4 coalitions, got {groups} and {most}")
    inside, weight = _all(groups) if 2**groups <= most else _drawn(groups, most=most, seed=seed)
    ends = np.array([np.zeros(groups, dtype=bool), np.ones(groups, dtype=bool)])
    asked = np.concatenate([ends, inside])
    values = value(asked)
    none, every = float(values[0]), float(values[1])
    return Parts(
        shapley=_constrained(inside, values[2:] - none, weight=weight, whole=every - none),
        lime=_nearest(asked, values),
    )


def _all(groups: int) -> tuple[Bool, Float]:
    """Every coalition but the empty and the whole one, with the Shapley kernel's weight."""
    numbers = np.arange(1, 2**groups - 1)
    inside = (numbers[:, None] >> np.arange(groups)) & 1 > 0
    sizes = inside.sum(axis=1)
    weight = np.array([_kernel(groups, int(size)) / comb(groups, int(size)) for size in sizes])
    return inside, weight


def _drawn(groups: int, *, most: int, seed: int) -> tuple[Bool, Float]:
    """Coalitions drawn as the kernel weighs them, with complements; all count alike."""
    rng = np.random.default_rng(seed)
    chance = np.array([_kernel(groups, size) for size in range(1, groups)])
    sizes = rng.choice(np.arange(1, groups), size=(most - 2) // 2, p=chance / chance.sum())
    order = rng.permuted(np.tile(np.arange(groups), (sizes.size, 1)), axis=1)
    inside = order < sizes[:, None]
    both = np.concatenate([inside, ~inside])
    return both, np.ones(both.shape[0])


def _kernel(groups: int, size: int) -> float:
    """Weight of all coalitions of one size together."""
    return (groups - 1) / (size * (groups - size))


def _constrained(inside: Bool, gains: Float, *, weight: Float, whole: float) -> Float:
    """Weighted least squares under "the parts make the whole".

    The last group is put in terms of the others, so that efficiency holds whatever was drawn.
    """
    groups = inside.shape[1]
    if groups == 1:
        return np.array([whole])
    member = inside.astype(np.float64)
    design = member[:, :-1] - member[:, -1:]
    target = gains - member[:, -1] * whole
    root = np.sqrt(weight)
    solved, *_ = np.linalg.lstsq(design * root[:, None], target * root, rcond=None)
    return np.append(solved, whole - solved.sum())


def _nearest(asked: Bool, values: Float) -> Float:
    """Slopes of a ridge regression in which coalitions near the whole count more."""
    groups = asked.shape[1]
    off = (~asked).sum(axis=1)
    weight = np.sqrt(np.exp(-off / (KERNEL_WIDTH**2 * groups)))
    member = asked.astype(np.float64)
    centred = member - np.average(member, axis=0, weights=weight)
    target = values - np.average(values, weights=weight)
    gram = (centred * weight[:, None]).T @ centred + RIDGE * weight.sum() * np.eye(groups)
    slopes: Float = np.linalg.solve(gram, (centred * weight[:, None]).T @ target)
    return slopes
