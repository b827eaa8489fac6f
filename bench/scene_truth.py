"""Rendered scenes of several athletes against their truth: errors, id switches, side swaps.

Part of `bench/pose_truth.py`; not a script of its own.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.sides import repair_sides
from analysis.features.signals import measure
from analysis.pipeline import observe, plan_chunks, prepare
from analysis.pose.extract import join
from analysis.pose.track import associate
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.scenes import SCENES, scene_named
from analysis.synthetic.score import body_px, match, side_swaps
from analysis.synthetic.staging import render_scene

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig
    from analysis.schema import Float, PoseTrack
    from analysis.synthetic.score import Matching
    from analysis.synthetic.truth import Truth

QUICK: Final = ("crossing",)
FPS_HZ: Final = 30.0
BODY: Final = slice(11, 33)  # the face is no joint
SEEN: Final = 0.5  # visible share from which a keypoint's error is counted as a seen one's
SIDE_ON_DEG: Final = 1.0  # a picture from farther off the side does not show sagittal angles
SAGITTAL: Final = ("knee_flexion", "hip_flexion", "ankle_dorsiflexion", "elbow_flexion")
IN_SPACE: Final = ("knee_flexion_3d", "hip_flexion_3d", "elbow_flexion_3d")
JOINTS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Followed:
    """One scene: what was found of its athletes."""

    scene: str
    athletes: int
    tracks: int
    id_switches: int
    missed: int
    expected: int
    error_px: Float  # (N, 22) of every athlete and frame matched, one after another
    error_share: Float  # (N, 22) of the body's size
    shown: Float  # (N, 22)
    angle_deg: dict[str, Float]  # signal kind → absolute errors
    pairs: int  # (frame, pair of keypoints) whose sides can be told apart
    swaps_before: int
    swaps_after: int
    swaps_made: int  # right before the repair, exchanged after it


def run_scenes(*, quick: bool, config: AnalysisConfig) -> list[Followed]:
    """Render and follow each scene, printing a row for each."""
    print("scene          joint px  (% body)  hidden px  angle 2D  angle 3D  tracks  id sw.  missed"
          "        side swaps before → after")  # fmt: skip
    found = []
    for name in QUICK if quick else tuple(SCENES):
        with tempfile.TemporaryDirectory() as folder:
            found.append(_run(name, folder=Path(folder), config=config))
        print(_row(found[-1]), flush=True)
    return found


def figures(found: Sequence[Followed]) -> dict[str, object]:
    """The keys of the benchmark's line of JSON that scenes add."""
    seen = np.concatenate([one.error_share[one.shown >= SEEN] for one in found])
    angles = _by_kind(found)
    return {
        "id_switches": sum(one.id_switches for one in found),
        "side_swaps_before": sum(one.swaps_before for one in found),
        "side_swaps_after": sum(one.swaps_after for one in found),
        "side_swaps_made": sum(one.swaps_made for one in found),
        "side_pairs": sum(one.pairs for one in found),
        "scene_missed_share": round(
            sum(one.missed for one in found) / max(sum(one.expected for one in found), 1), 4
        ),
        "scene_joint_error_body_percent_median": _rounded(100 * _median(seen)),
        "scene_angle_error_deg_by_joint": {
            kind: _rounded(_median(errors)) for kind, errors in angles.items()
        },
        "scenes": {one.scene: _told(one) for one in found},
    }


def print_joints(found: Sequence[Followed]) -> None:
    """Medians over all scenes: of each joint in px, of each angle in degrees."""
    error = np.concatenate([one.error_share for one in found])
    shown = np.concatenate([one.shown for one in found])
    print("joint (scenes)   seen, % body   hidden, % body")
    for joint in JOINTS:
        rows = [BLAZEPOSE33.index(f"{s}_{joint}") - BODY.start for s in ("left", "right")]
        clear = shown[:, rows] >= SEEN
        medians = [_median(error[:, rows][clear]), _median(error[:, rows][~clear])]
        print(f"{joint:15s} {100 * medians[0]:10.2f}   {100 * medians[1]:10.2f}")
    for kind, errors in _by_kind(found).items():
        print(f"{kind:20s} {_median(errors):6.1f} deg")


def _run(name: str, *, folder: Path, config: AnalysisConfig) -> Followed:
    clip = folder / "clip.mp4"
    truths = render_scene(scene_named(name), out=clip, fps_hz=FPS_HZ)
    prepared = prepare(clip, workdir=folder, config=config, progress=_quiet)
    seen = [
        observe(prepared.video, chunk=chunk, config=config, progress=_quiet)
        for chunk in plan_chunks(prepared.footage, config=config)
    ]
    tracks = associate(join(seen), footage=prepared.footage, config=config.pose)
    return compare(name, truths=truths, tracks=tracks, config=config)


def compare(
    name: str, *, truths: Sequence[Truth], tracks: Sequence[PoseTrack], config: AnalysisConfig
) -> Followed:
    """Tracks of one scene against the truth of its athletes."""
    found = match(truths, tracks)
    parts = list(_parts(truths, tracks, found))
    errors = [
        np.linalg.norm(tracks[t].xy_px[frame] - truths[a].xy_px[rows], axis=-1)[:, BODY]
        for a, t, rows, frame in parts
    ]
    sizes = [body_px(truths[a])[rows][:, None] for a, _, rows, _ in parts]
    shown = [_shown(truths[a])[rows][:, BODY] for a, _, rows, _ in parts]
    mended = [repair_sides(track, config=config)[0] for track in tracks]
    nothing = np.empty((0, len(BLAZEPOSE33.keypoints) - BODY.start))
    return Followed(
        scene=name,
        athletes=len(truths),
        tracks=len(tracks),
        id_switches=found.id_switches,
        missed=found.missed,
        expected=int(found.expected.sum()),
        error_px=np.concatenate([nothing, *errors]),
        error_share=np.concatenate([nothing, *(e / s for e, s in zip(errors, sizes, strict=True))]),
        shown=np.concatenate([nothing, *shown]),
        angle_deg=_angles(truths, tracks, parts, config=config),
        **_swaps(truths, tracks, mended, parts),
    )


Part = tuple[int, int, "np.ndarray", "np.ndarray"]  # athlete, track, rows of truth, frames of track


def _parts(truths: Sequence[Truth], tracks: Sequence[PoseTrack], found: Matching) -> list[Part]:
    """Stretches in which one athlete was followed by one track."""
    parts = []
    for athlete in range(len(truths)):
        for track in range(len(tracks)):
            rows = np.flatnonzero(found.track[:, athlete] == track)
            if rows.size:
                parts.append((athlete, track, rows, found.frame[rows]))
    return parts


def _shown(truth: Truth) -> Float:
    return truth.shown if truth.shown is not None else np.ones(truth.xy_px.shape[:2])


def _swaps(
    truths: Sequence[Truth],
    tracks: Sequence[PoseTrack],
    mended: Sequence[PoseTrack],
    parts: Sequence[Part],
) -> dict[str, int]:
    """Exchanged sides before and after the repair, and those that it made: fields of Followed."""
    count = dict.fromkeys(("pairs", "swaps_before", "swaps_after", "swaps_made"), 0)
    for athlete, track, rows, frame in parts:
        truth = truths[athlete]
        before, told = side_swaps(truth, tracks[track], rows=rows, frame=frame)
        after, _ = side_swaps(truth, mended[track], rows=rows, frame=frame)
        for name, which in zip(count, (told, before, after, after & ~before), strict=True):
            count[name] += int(np.count_nonzero(which))
    return count


def _angles(
    truths: Sequence[Truth],
    tracks: Sequence[PoseTrack],
    parts: Sequence[Part],
    *,
    config: AnalysisConfig,
) -> dict[str, Float]:
    """Absolute errors in degrees by kind of angle; sagittal ones only where the view shows them."""
    signals = [measure(track, config=config) for track in tracks]
    errors: dict[str, list[Float]] = {}
    for athlete, track, rows, frame in parts:
        truth = truths[athlete]
        flat = abs(abs(truth.view_deg) - 90.0) <= SIDE_ON_DEG
        for kind in (*(SAGITTAL if flat else ()), *IN_SPACE):
            for side in ("left", "right"):
                name = f"{side}_{kind}"
                off = signals[track].column(name)[frame] - truth.angles_deg[name][rows]
                wrapped = np.abs(np.mod(off + 180.0, 360.0) - 180.0)
                errors.setdefault(kind, []).append(wrapped)
    return {kind: np.concatenate(each) for kind, each in errors.items()}


def _by_kind(found: Sequence[Followed]) -> dict[str, Float]:
    kinds = dict.fromkeys(kind for one in found for kind in one.angle_deg)
    return {
        kind: np.concatenate([one.angle_deg[kind] for one in found if kind in one.angle_deg])
        for kind in kinds
    }


def _median(values: Float) -> float:
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")


def _pooled(one: Followed, kinds: Sequence[str]) -> float:
    chosen = [one.angle_deg[kind] for kind in kinds if kind in one.angle_deg]
    return _median(np.concatenate(chosen)) if chosen else float("nan")


def _row(one: Followed) -> str:
    seen = one.shown >= SEEN
    swaps = f"{one.swaps_before} of {one.pairs} → {one.swaps_after} ({one.swaps_made} made)"
    return (
        f"{one.scene:14s} {_median(one.error_px[seen]):8.1f}"
        f"  {100 * _median(one.error_share[seen]):8.1f}  {_median(one.error_px[~seen]):9.1f}"
        f"  {_pooled(one, SAGITTAL):8.1f}  {_pooled(one, IN_SPACE):8.1f}"
        f"  {one.tracks:2d} of {one.athletes}  {one.id_switches:6d}"
        f"  {one.missed:4d} of {one.expected:3d}  {swaps}"
    )


def _told(one: Followed) -> dict[str, float | int | None]:
    seen = one.shown >= SEEN
    flat, space = _pooled(one, SAGITTAL), _pooled(one, IN_SPACE)
    return {
        "joint_error_px_median": _rounded(_median(one.error_px[seen])),
        "joint_error_body_percent_median": _rounded(100 * _median(one.error_share[seen])),
        "angle_error_deg_median": _rounded(flat),
        "angle_3d_error_deg_median": _rounded(space),
        "tracks": one.tracks,
        "athletes": one.athletes,
        "id_switches": one.id_switches,
        "missed_share": _rounded(one.missed / max(one.expected, 1)),
        "side_swaps_before": one.swaps_before,
        "side_swaps_after": one.swaps_after,
    }


def _rounded(value: float) -> float | None:
    """Two decimals; None (null in JSON) for what was not measured."""
    return round(value, 2) if np.isfinite(value) else None


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""
