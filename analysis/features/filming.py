"""How it was filmed, judged from a few pictures before anything costly is done. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features import facing
from analysis.knowledge.signals import is_fast_enough, view_of
from analysis.schema import Notice
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.config import FilmingConfig
    from analysis.knowledge.records import Technique
    from analysis.schema import Float, Observations

# What must be in the picture to measure a whole body; the rest may be hidden all the same.
ENDS: Final = ("nose", "wrist", "ankle", "heel", "foot_index")
SURE: Final = 0.5  # a joint seen with less may be anywhere
VIEW_SHARE: Final = 0.6  # of the sampled pictures that must show too little


@dataclass(frozen=True, slots=True)
class Look:
    """One sampled picture. Boxes in px of the copy; NaN where there is nobody or it is unknown."""

    at_s: float
    people: int
    person_px: float  # height of the most prominent person
    cut_share: float  # how far that person's body reaches beyond the picture, in its sizes
    cut_edge: str  # left, top, right or bottom; "": whole
    yaw_deg: float  # where the chest points, as facing.body_yaw_deg
    luma: float
    person_luma: float
    around_luma: float
    sharpness: float
    shift_per_s: float  # of the background, in picture diagonals


@dataclass(frozen=True, slots=True)
class Body:
    """The most prominent person of one picture."""

    people: int
    box_px: Float | None
    cut_share: float
    cut_edge: str
    yaw_deg: float


NOBODY: Final = Body(0, None, float("nan"), "", float("nan"))


def most_prominent(seen: Observations, *, width_px: int, height_px: int) -> Body:
    """Who fills the picture most, how far beyond its edges, and where the chest points.

    Needs observations of one picture.
    """
    if not seen.frame.size:
        return NOBODY
    size = np.clip(seen.box_px[:, 2:] - seen.box_px[:, :2], 0, None).prod(axis=1)
    row = int(np.argmax(size * np.nan_to_num(np.nanmean(seen.score, axis=1))))
    names = SKELETONS[seen.skeleton].keypoints
    edge, share = _cut(seen.xy_px[row], names=names, width_px=width_px, height_px=height_px)
    return Body(
        people=len(seen.frame),
        box_px=seen.box_px[row],
        cut_share=share,
        cut_edge=edge,
        yaw_deg=_yaw_deg(seen, row, names=names),
    )


def judge(
    looks: Sequence[Look],
    *,
    fps: float,
    techniques: Sequence[Technique],
    config: FilmingConfig,
) -> tuple[Notice, ...]:
    """Warnings, each with the moment that shows it best (`at_s`); nothing is refused.

    `fps` is frames per real second; NaN for a still.
    """
    if not looks:
        return ()
    seen = [look for look in looks if look.people]
    if not seen:
        middle = looks[len(looks) // 2]
        told = [_notice("filming_nobody", look=middle, pictures=len(looks))]
    else:
        told = [*_of_the_person(seen, config=config), *_of_the_view(seen, techniques, config)]
    told += _of_the_picture(looks, config=config)
    return (*told, *_of_the_rate(fps, techniques=techniques, looks=looks))


def _of_the_person(seen: Sequence[Look], *, config: FilmingConfig) -> list[Notice]:
    told = []
    cut = [look for look in seen if look.cut_edge and look.cut_share > config.edge_share]
    if _enough(cut, of=seen, config=config):
        edge, _ = Counter(look.cut_edge for look in cut).most_common(1)[0]
        own = [look for look in cut if look.cut_edge == edge]
        worst = max(own, key=lambda look: look.cut_share)
        told.append(_notice("filming_cut_off", look=worst, edge=edge, share=len(cut) / len(seen)))
    small = _worst(seen, lambda look: look.person_px - config.min_person_px, config=config)
    if small is not None:
        height_px = float(np.median([look.person_px for look in seen]))
        told.append(_notice("filming_small", look=small, height_px=height_px))
    crowded = _worst(seen, lambda look: config.many_people - 0.5 - look.people, config=config)
    if crowded is not None:
        told.append(_notice("filming_crowded", look=crowded, people=crowded.people))
    return told


def _of_the_picture(looks: Sequence[Look], *, config: FilmingConfig) -> list[Notice]:
    def light(look: Look) -> float:
        brightest = np.fmax(look.luma, np.nan_to_num(look.person_luma))
        return float(brightest) - config.dark_luma

    def against_light(look: Look) -> float:
        too_bright = look.around_luma - look.person_luma - config.backlit_gap
        return max(look.person_luma - config.backlit_luma, -too_bright)

    rules: tuple[tuple[str, Callable[[Look], float]], ...] = (
        ("filming_moves", lambda look: config.max_shift_per_s - look.shift_per_s),
        ("filming_dark", light),
        ("filming_backlit", against_light),
        ("filming_blurred", lambda look: look.sharpness - config.min_sharpness),
    )
    found = [(code, _worst(looks, margin, config=config)) for code, margin in rules]
    return [_notice(code, look=look) for code, look in found if look is not None]


def _of_the_view(
    seen: Sequence[Look], techniques: Sequence[Technique], config: FilmingConfig
) -> list[Notice]:
    """Views from which no technique that is looked for can be measured well."""
    views = [(view_of(np.array([look.yaw_deg])), look) for look in seen]
    known = [(view, look) for view, look in views if view]
    if not known or not techniques:
        return []

    def best(view: str) -> Technique:
        return max(techniques, key=lambda technique: _usable(technique, view=view))

    poor = [
        (view, look) for view, look in known if _usable(best(view), view=view) < config.least_usable
    ]
    if len(poor) < VIEW_SHARE * len(known):
        return []
    view, _ = Counter(view for view, _ in poor).most_common(1)[0]
    look = next(look for its, look in poor if its == view)
    metrics = best(view).metrics
    shown = sum(bool(metric.views & {"any", view}) for metric in metrics)
    return [_notice("filming_view", look=look, view=view, shown=shown, total=len(metrics))]


def _usable(technique: Technique, *, view: str) -> float:
    """Importance of the metrics that this view shows, as a share of all."""
    total = sum(metric.importance for metric in technique.metrics)
    shown = sum(m.importance for m in technique.metrics if m.views & {"any", view})
    return shown / total if total else 1.0


def _of_the_rate(
    fps: float, *, techniques: Sequence[Technique], looks: Sequence[Look]
) -> list[Notice]:
    metrics = [metric for technique in techniques for metric in technique.metrics]
    hidden = [m for m in metrics if not is_fast_enough(fps, wanted_hz=m.min_rate_hz)]
    if not hidden or np.isnan(fps):
        return []
    wanted = max(metric.min_rate_hz for metric in hidden)
    params = {"fps": fps, "wanted": wanted, "hidden": len(hidden), "total": len(metrics)}
    return [_notice("filming_low_rate", look=looks[len(looks) // 2], **params)]


def _worst(
    looks: Sequence[Look], margin: Callable[[Look], float], *, config: FilmingConfig
) -> Look | None:
    """The picture that fails most, if enough fail: where the margin is below 0; NaN passes."""
    failing = [look for look in looks if margin(look) < 0]
    known = [look for look in looks if np.isfinite(margin(look))]
    if not _enough(failing, of=known, config=config):
        return None
    return min(failing, key=margin)


def _enough(failing: Sequence[Look], *, of: Sequence[Look], config: FilmingConfig) -> bool:
    return bool(failing) and len(failing) >= config.least_share * len(of)


def _notice(code: str, *, look: Look, **params: float | str) -> Notice:
    return Notice(code, {**params, "at_s": look.at_s})


def _cut(xy_px: Float, *, names: Sequence[str], width_px: int, height_px: int) -> tuple[str, float]:
    """The edge that the body's ends reach furthest beyond, and how far in the picture's sizes."""
    chosen = [i for i, name in enumerate(names) if name.endswith(ENDS)]
    x, y = xy_px[chosen, 0] / width_px, xy_px[chosen, 1] / height_px
    beyond = {"left": -x, "top": -y, "right": x - 1, "bottom": y - 1}
    furthest = {edge: float(np.nanmax(v)) for edge, v in beyond.items() if np.isfinite(v).any()}
    if not furthest:
        return "", float("nan")
    edge = max(furthest, key=lambda name: furthest[name])
    return (edge, furthest[edge]) if furthest[edge] > 0 else ("", 0.0)


def _yaw_deg(seen: Observations, row: int, *, names: Sequence[str]) -> float:
    trunk = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    at = [names.index(name) for name in trunk]
    sure = np.nan_to_num(seen.score[row, at]).min() >= SURE
    points = seen.xyz_m[row, at]
    if not sure or not np.isfinite(points).all():
        return float("nan")
    return float(facing.body_yaw_deg(dict(zip(trunk, points[:, None], strict=True)))[0])
