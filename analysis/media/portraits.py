"""A small picture of everybody who was followed, so that a coach can say who is who."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.media.frames import read_some

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float, Footage, Int, Observations

FORMAT: Final = "sportsbr.people/1"
HEIGHT_PX: Final = 240
MARGIN: Final = 0.12  # of the box's larger side, around it
WIDEST: Final = 0.8  # width of a portrait, in heights
QUALITY: Final = 82  # of JPEG


def portraits(
    video: Path, *, observations: Observations, people: Mapping[int, Int], footage: Footage
) -> dict[str, Any]:
    """Plain JSON values: for each track id when it is in view, a good moment, the box, a JPEG.

    `people` gives the rows of `observations` that show each; `footage` gives the clock.

    Raises:
        DecodeFailedError: the copy cannot be decoded.
    """
    time_s, shown_s = footage.time_s, footage.shown_s
    best = {track_id: best_row(observations, rows) for track_id, rows in people.items()}
    frames = {track_id: int(observations.frame[row]) for track_id, row in best.items()}
    pictures: dict[int, str] = {}
    for index, frame in read_some(video, list(frames.values())):
        for track_id, row in best.items():
            if frames[track_id] == index:
                pictures[track_id] = _jpeg(_cut_out(frame, observations.box_px[row]))
    return {
        "format": FORMAT,
        "people": [
            {
                "track_id": track_id,
                "first_s": round(float(time_s[observations.frame[rows[0]]]), 6),
                "last_s": round(float(time_s[observations.frame[rows[-1]]]), 6),
                "seen_s": round(float(shown_s[observations.frame[rows]].sum()), 6),
                "at_s": round(float(time_s[frames[track_id]]), 6),
                "box_px": [round(float(v), 1) for v in observations.box_px[best[track_id]]],
                "jpeg": pictures.get(track_id, ""),
            }
            for track_id, rows in people.items()
        ],
    }


def best_row(observations: Observations, rows: Int) -> int:
    """The earliest of `rows` that shows the person nearly as large and as surely as any does."""
    box = observations.box_px[rows]
    side = np.sqrt(np.clip(box[:, 2:] - box[:, :2], 0, None).prod(axis=1))
    score = observations.score[rows]
    worth = np.nan_to_num(side * np.where(np.isfinite(score), score, 0.0).mean(axis=1) ** 2)
    return int(rows[np.flatnonzero(worth >= 0.9 * worth.max())[0]])


def _cut_out(frame: Frame, box_px: Float) -> Frame:
    """The person with some room around, upright, from the head down if wide or tall."""
    height, width = frame.shape[:2]
    room = MARGIN * float(max(box_px[2:] - box_px[:2]))
    left, top, right, bottom = (float(v) for v in box_px)
    least = 0.5 * (bottom - top)  # a narrow figure keeps some of its surroundings
    widen = max(0.0, least - (right - left)) / 2
    x0, x1 = max(0, int(left - room - widen)), min(width, int(right + room + widen) + 1)
    y0, y1 = max(0, int(top - room)), min(height, int(bottom + room) + 1)
    return frame[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]


def _jpeg(picture: Frame) -> str:
    """Base64 of a JPEG no higher than HEIGHT_PX and no wider than WIDEST of that."""
    import cv2

    height, width = picture.shape[:2]
    scale = min(1.0, HEIGHT_PX / height, WIDEST * HEIGHT_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    made, data = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    )
    if not made:
        raise RuntimeError("expected a JPEG, OpenCV made none")
    return base64.b64encode(data.tobytes()).decode("ascii")
