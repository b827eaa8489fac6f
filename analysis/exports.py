"""Files a report is taken away in: poses, signals, and what the browser draws from."""

from __future__ import annotations

import base64
import csv
import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.schema import Float, Footage, PoseTrack, SignalSet

QUARTER_PX: Final = 4  # the browser's coordinates are whole quarters of a pixel
UNSEEN_XY: Final = -32768
UNSEEN_SCORE: Final = 255
CHARTED_UNITS: Final = frozenset({"deg", "bh", "bh/s"})


def write_poses_npz(path: Path, *, tracks: Sequence[PoseTrack]) -> None:
    """Every track's arrays under `track<ID>_<field>`; units as in PoseTrack; no pickles."""
    arrays: dict[str, Any] = {}
    for track in tracks:
        head = f"track{track.track_id}_"
        arrays[head + "skeleton"] = np.array(track.skeleton)
        for field in ("time_s", "box_px", "xy_px", "xyz_m", "score"):
            value = getattr(track, field)
            if value is not None:
                arrays[head + field] = value
    np.savez_compressed(path, **arrays)


def write_signals_csv(path: Path, *, signal_sets: Sequence[SignalSet]) -> None:
    """One row per track and frame: columns `name [unit]`, `name sd [unit]`; missing is empty."""
    if not signal_sets:
        path.write_text("track_id,time_s\n", encoding="utf-8")
        return
    first = signal_sets[0]
    heads = [f"{n} [{u}]" for n, u in zip(first.names, first.units, strict=True)]
    sd_heads = [f"{n} sd [{u}]" for n, u in zip(first.names, first.units, strict=True)]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["track_id", "time_s", *_interleave(heads, sd_heads)])
        for signals in signal_sets:
            for time_s, values, sd in zip(signals.time_s, signals.values, signals.sd, strict=True):
                cells = _interleave([_cell(v) for v in values], [_cell(v) for v in sd])
                rows.writerow([signals.track_id, f"{time_s:.6f}", *cells])


def write_player_json(path: Path, *, footage: Footage, tracks: Sequence[PoseTrack]) -> None:
    """What the page draws skeletons from (`sportsbr.poses/1`)."""
    document = {
        "format": "sportsbr.poses/1",
        "width_px": footage.width_px,
        "height_px": footage.height_px,
        "time_s": [round(float(t), 6) for t in footage.time_s],
        "tracks": [_player_track(track) for track in tracks],
    }
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def write_charts_json(path: Path, *, signal_sets: Sequence[SignalSet]) -> None:
    """What the page draws curves from (`sportsbr.signals/1`): angles, heights and speeds."""
    tracks = []
    for signals in signal_sets:
        charted = [
            {
                "name": name,
                "unit": unit,
                "values": _rounded(signals.column(name)),
                "sd": _rounded(signals.column_sd(name)),
            }
            for name, unit in zip(signals.names, signals.units, strict=True)
            if unit in CHARTED_UNITS and np.isfinite(signals.column(name)).any()
        ]
        times = [round(float(t), 6) for t in signals.time_s]
        tracks.append({"track_id": signals.track_id, "time_s": times, "signals": charted})
    document = {"format": "sportsbr.signals/1", "tracks": tracks}
    path.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def _player_track(track: PoseTrack) -> dict[str, Any]:
    skeleton = SKELETONS[track.skeleton]
    seen = np.flatnonzero(np.isfinite(track.xy_px).any(axis=(1, 2)))
    start, stop = (int(seen[0]), int(seen[-1]) + 1) if seen.size else (0, 0)
    xy = track.xy_px[start:stop] * QUARTER_PX
    inside = np.clip(np.nan_to_num(xy), UNSEEN_XY + 1, 32767)
    coded = np.where(np.isfinite(xy), np.rint(inside), UNSEEN_XY)
    score = track.score[start:stop]
    percent = np.where(np.isfinite(score), np.rint(np.nan_to_num(score) * 100), UNSEEN_SCORE)
    return {
        "track_id": track.track_id,
        "keypoints": list(skeleton.keypoints),
        "edges": [list(edge) for edge in skeleton.edge_indices],
        "first_frame": start,
        "frames": stop - start,
        "xy": base64.b64encode(coded.astype("<i2").tobytes()).decode("ascii"),
        "score": base64.b64encode(percent.astype("u1").tobytes()).decode("ascii"),
    }


def _rounded(values: Float) -> list[float | None]:
    return [round(float(v), 3) if np.isfinite(v) else None for v in values]


def _cell(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else ""


def _interleave(left: Sequence[str], right: Sequence[str]) -> list[str]:
    return [cell for pair in zip(left, right, strict=True) for cell in pair]
