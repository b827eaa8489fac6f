"""The stored report as if the fused model had named its first squat, with clip vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sportsbr.recordings.models import State
from sportsbr.reports.alike import map_rows
from sportsbr.reports.services import store_places, store_report
from tests.sportsbr.web.stored import make_recording, report_document

if TYPE_CHECKING:
    from sportsbr.accounts.models import Club
    from sportsbr.reports.models import Report

EXPLANATION = {
    "method": "integrated_gradients",
    "log_odds_gain": 4.2,
    "completeness_gap": 0.01,
    "bin_s": 0.2,
    "joints": [
        {"name": "left_knee", "share": 0.5},
        {"name": "right_hip", "share": 0.3},
        {"name": "body", "share": 0.1},
        {"name": "right_wrist", "share": -0.1},
    ],
    "moments": [
        {"t_s": round(0.3 + 0.2 * i, 3), "weight": weight}
        for i, weight in enumerate((0.05, 0.1, 0.2, 0.3, 0.2, 0.05, -0.05, 0.05))
    ],
    "signals": [
        {"name": "left_knee", "shapley": 2.5, "lime": 2.1},
        {"name": "travel", "shapley": 1.9, "lime": 1.2},
        {"name": "text", "shapley": -0.2, "lime": -0.1},
    ],
    "attention_direction": "text_to_pose",
    "attention": [
        {"word": "strength", "share": 0.21, "at_s": 0.9},
        {"word": "side", "share": 0.34, "at_s": 1.1},
    ],
}
VECTORS = {"model": "e" * 64, "vectors": {"s1": [1.0, 0.0], "s2": [0.8, 0.6]}}


def explained_document(**changes: Any) -> dict[str, Any]:
    """`changes` are of the explanation."""
    document = report_document()
    document["segments"][0]["explanation"] = {**EXPLANATION, **changes}
    return document


def make_explained(club: Club, *, title: str = "Squats, Friday", **changes: Any) -> Report:
    """A report of the club without files, its segments on the club's map."""
    recording = make_recording(club, title=title, state=State.DONE)
    report = store_report(
        recording.runs.get(), document=explained_document(**changes), vectors=VECTORS
    )
    rows = map_rows(club.pk)
    store_places({row.pk: (i / len(rows) - 0.5, 0.2 * i) for i, row in enumerate(rows)})
    return report
