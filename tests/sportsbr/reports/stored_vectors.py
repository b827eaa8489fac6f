"""Report documents with squats, and the vectors that the pipeline writes beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WEIGHTS = "f" * 64


def told(vectors: Mapping[str, Sequence[float]], model: str = WEIGHTS) -> dict[str, Any]:
    """As `vectors.json`."""
    return {"model": model, "vectors": {key: list(v) for key, v in vectors.items()}}


def with_segments(count: int) -> dict[str, Any]:
    """A small report of so many squats of one second each."""
    from tests.sportsbr.reports.test_services import document

    segments = [
        {
            "segment_id": f"s{i}",
            "track_id": 1,
            "technique": "strength.squat",
            "phases": [],
            "start_s": float(i),
            "end_s": i + 0.9,
            "score": 0.8,
            "explanation": None,
        }
        for i in range(1, count + 1)
    ]
    return document() | {"segments": segments}
