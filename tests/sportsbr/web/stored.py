"""A stored report with a small video whose frames carry their own number, for tests of the pages.

The athlete is a line figure that squats twice in closed form; the skeleton is the same formula, so
what is drawn over the video must lie on what is in it. The clock is a phone's: the gaps vary.
"""

from __future__ import annotations

import base64
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from analysis.report_format import to_document
from analysis.schema import (
    SCHEMA_VERSION,
    Correction,
    Feedback,
    Finding,
    Footage,
    Notice,
    Person,
    Phase,
    Provenance,
    Report,
    Segment,
    Verdict,
)
from analysis.skeletons import BLAZEPOSE33
from sportsbr.accounts.models import User
from sportsbr.accounts.services import create_athlete, create_club
from sportsbr.recordings.models import Artifact, Recording, Run, State
from sportsbr.reports.services import store_report

if TYPE_CHECKING:
    from pathlib import Path

    from sportsbr.accounts.models import Club
    from sportsbr.reports.models import Report as StoredReport

WIDTH_PX, HEIGHT_PX, FRAMES = 640, 360, 120
BIT_PX = 24
PASSWORD = "long-enough-password"
TICKS_PER_S = 90_000


def times_s() -> np.ndarray:
    """(F,) presentation times: gaps of 25 to 50 ms, and two dropped frames."""
    gaps = 0.0333 + 0.008 * np.sin(np.arange(FRAMES - 1) * 1.7)
    gaps[[30, 77]] *= 2
    ticks = np.round(np.concatenate([[0.0], np.cumsum(gaps)]) * TICKS_PER_S)
    return ticks / TICKS_PER_S


def depth(time_s: float) -> float:
    """0 standing, 1 at the bottom; two squats."""
    return max(0.0, math.sin(math.pi * (time_s - 0.2) / 1.6) ** 2 if 0.2 < time_s < 3.4 else 0.0)


def joints(time_s: float) -> dict[str, tuple[float, float]]:
    """Keypoints in px, seen from the side."""
    d = depth(time_s)
    hip = (300 - 45 * d, 190 + 55 * d)
    shoulder = (hip[0] + 55 * d, hip[1] - 95 + 12 * d)
    knee = (300 + 42 * d, 255 + 10 * d)
    points: dict[str, tuple[float, float]] = {"nose": (shoulder[0] + 12, shoulder[1] - 34)}
    for side, dx in (("left", 0.0), ("right", 9.0)):
        for name, (x, y) in {
            "shoulder": shoulder,
            "elbow": (shoulder[0] + 40, shoulder[1] + 20),
            "wrist": (shoulder[0] + 80, shoulder[1] + 5),
            "hip": hip,
            "knee": knee,
            "ankle": (300.0, 320.0),
            "heel": (290.0, 328.0),
            "foot_index": (328.0, 328.0),
        }.items():
            points[f"{side}_{name}"] = (x + dx, y)
    return points


def _stroke(image: np.ndarray, start: tuple[float, float], end: tuple[float, float]) -> None:
    for share in np.linspace(0, 1, 60):
        x = int(start[0] + share * (end[0] - start[0]))
        y = int(start[1] + share * (end[1] - start[1]))
        image[y - 6 : y + 7, x - 6 : x + 7] = (70, 62, 60)


def picture(index: int, time_s: float) -> np.ndarray:
    """(H, W, 3) RGB: the figure, and the frame's number as eight black or white squares."""
    image = np.full((HEIGHT_PX, WIDTH_PX, 3), (206, 214, 210), dtype=np.uint8)
    image[332:] = (150, 168, 158)
    points = joints(time_s)
    for a, b in BLAZEPOSE33.edges:
        if a in points and b in points:
            _stroke(image, points[a], points[b])
    for bit in range(8):
        white = 255 if index >> bit & 1 else 0
        image[:BIT_PX, bit * BIT_PX : (bit + 1) * BIT_PX] = white
    return image


def write_video(path: Path) -> None:
    """An H.264 mp4 with the times of `times_s`."""
    from fractions import Fraction

    import av

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.options = {"crf": "18", "bf": "0", "g": "15"}
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS_PER_S)
        for index, time_s in enumerate(times_s()):
            frame = av.VideoFrame.from_ndarray(picture(index, float(time_s)), format="rgb24")
            frame.pts, frame.time_base = round(time_s * TICKS_PER_S), Fraction(1, TICKS_PER_S)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def player_document() -> dict[str, Any]:
    """The skeleton for the browser, "sportsbr.poses/1"."""
    count = len(BLAZEPOSE33.keypoints)
    xy = np.full((FRAMES, count, 2), -32768, dtype="<i2")
    score = np.full((FRAMES, count), 255, dtype=np.uint8)
    for row, time_s in enumerate(times_s()):
        for name, (x, y) in joints(float(time_s)).items():
            k = BLAZEPOSE33.index(name)
            xy[row, k], score[row, k] = (round(x * 4), round(y * 4)), 95
    return {
        "format": "sportsbr.poses/1",
        "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX,
        "time_s": times_s().tolist(),
        "tracks": [
            {
                "track_id": 1,
                "keypoints": list(BLAZEPOSE33.keypoints),
                "edges": [list(edge) for edge in BLAZEPOSE33.edge_indices],
                "first_frame": 0,
                "frames": FRAMES,
                "xy": base64.b64encode(xy.tobytes()).decode(),
                "score": base64.b64encode(score.tobytes()).decode(),
            }
        ],
    }


def charts_document() -> dict[str, Any]:
    """The curves for the browser, "sportsbr.signals/1"."""
    bend = [round(112 * depth(float(t)), 1) for t in times_s()]
    signals = [
        {"name": f"{side}_knee_flexion", "unit": "deg", "values": bend, "sd": [4.0] * FRAMES}
        for side in ("left", "right")
    ]
    lean = [round(0.3 * value, 1) if i % 40 else None for i, value in enumerate(bend)]
    signals.append({"name": "trunk_lean", "unit": "deg", "values": lean, "sd": [3.0] * FRAMES})
    height = [round(0.52 - 0.0018 * value, 3) for value in bend]
    signals.append({"name": "pelvis_height", "unit": "bh", "values": height, "sd": [0.01] * FRAMES})
    track = {"track_id": 1, "time_s": times_s().tolist(), "signals": signals}
    return {"format": "sportsbr.signals/1", "tracks": [track]}


def report_document() -> dict[str, Any]:
    """Two squats with findings of every verdict and feedback in both languages."""
    squat = "strength.squat"
    segments = tuple(
        Segment(
            segment_id=f"s{i + 1}",
            track_id=1,
            technique=squat,
            phases=(
                Phase(name="descent", start_s=start, end_s=start + 0.8),
                Phase(name="ascent", start_s=start + 0.8, end_s=start + 1.6),
            ),
            start_s=start,
            end_s=start + 1.6,
            score=0.93 - 0.1 * i,
        )
        for i, start in enumerate((0.2, 1.8))
    )
    knee, lean, gap = (
        f"{squat}.{m}" for m in ("knee_flexion_bottom", "trunk_lean_max", "knee_asymmetry")
    )
    rows = (
        ("s1", f"{knee}.left", Verdict.BELOW, 78.4, 90.0, math.inf, 1.0, 4.0, 0.998, ""),
        ("s1", lean, Verdict.WITHIN, 33.6, -math.inf, 55.0, 0.97, 3.0, 1.0, ""),
        ("s2", f"{knee}.left", Verdict.WITHIN, 112.0, 90.0, math.inf, 2.6, 4.0, 1.0, ""),
        ("s2", gap, Verdict.CANNOT_TELL, math.nan, -math.inf, 20.0, 2.6, math.nan, 0.0, "view"),
    )
    findings = tuple(
        Finding(
            f"f{i + 1}", f"{squat}.shallow", seg, 1, metric, v, val, lo, hi, "deg", at, sd, c, r
        )
        for i, (seg, metric, v, val, lo, hi, at, sd, c, r) in enumerate(rows)
    )
    feedback = (
        Feedback(
            finding_ids=("f1",),
            lang="en",
            headline="Sit deeper in the first squat.",
            why="The left knee bends to 78° at the bottom; the band begins at 90°.",
            cue="Sit back and down until the thighs are level.",
            drill="Box squat: 3 × 6 to a low box, two seconds down.",
            clip_s=(0.2, 1.8),
        ),
        Feedback(
            finding_ids=("f1",),
            lang="zh-hans",
            headline="第一次深蹲还可以再蹲低一些。",
            why="最低点左膝屈曲 78°，标准从 90° 起。",
            cue="臀部向后向下坐，直到大腿与地面平行。",
            drill="箱式深蹲：低箱，3 组 × 6 次，下蹲两秒。",
            clip_s=(0.2, 1.8),
        ),
    )
    report = Report(
        schema_version=SCHEMA_VERSION,
        sport="strength",
        footage=Footage("ab" * 32, WIDTH_PX, HEIGHT_PX, times_s()),
        people=(Person(1, 0.0, float(times_s()[-1]), 1.0, 0.95),),
        segments=segments,
        findings=findings,
        feedback=feedback,
        notices=(Notice("variable_frame_rate"),),
        provenance=Provenance("0.1.0", {"media": {}}, {"pose_landmark_full": "cd" * 32}, 6, 0),
        corrections=(
            Correction("side_swap-1-legs-12", 1, "side_swap", "legs", 0.4, 0.5, 0.998),
            Correction("facing-1-body-60", 1, "facing", "body", 2.0, 2.1, 0.8, undone=True),
        ),
    )
    return to_document(report)


def make_coach(email: str = "coach@example.com", *, club: str = "Harbour AC") -> tuple[User, Club]:
    """A coach with a club and an athlete."""
    user = User.objects.create_user(email, PASSWORD)
    made = create_club(club, owner=user)
    create_athlete(made, name="Lin Mei 林梅", height_m=1.68)
    return user, made


def make_recording(club: Club, *, title: str = "Squats, Tuesday", state: str = "done") -> Recording:
    """A recording with one run in `state`; no doorbell is rung."""
    recording = Recording.objects.create(
        club=club,
        title=title,
        filename="squats.mp4",
        sha256="ab" * 32,
        size_bytes=52_400_000,
        path="none",
        sport="strength",
        athlete=club.athletes.first(),
        duration_s=4.0 if state == State.DONE else None,
    )
    Run.objects.create(recording=recording, state=state)
    return recording


def make_report(club: Club, *, video: bytes | None = None) -> StoredReport:
    """A finished recording with its report, and its files when there is a video."""
    recording = make_recording(club)
    run = recording.runs.get()
    if video is not None:
        files = {
            "video": ("mp4", video),
            "player": ("json", json.dumps(player_document()).encode()),
            "charts": ("json", json.dumps(charts_document()).encode()),
        }
        for kind, (ending, content) in files.items():
            path = default_storage.save(
                f"test/{recording.pk}/{kind}.{ending}", ContentFile(content)
            )
            Artifact.objects.create(
                recording=recording,
                run=run,
                kind=kind,
                key=kind,
                path=path,
                size_bytes=len(content),
            )
    return store_report(run, document=report_document())
