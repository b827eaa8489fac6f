"""Writes: reports, and the places of their segments on a club's map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from analysis.report_format import validate
from sportsbr.recordings import ledger
from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment, SegmentVector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sportsbr.recordings.models import Run


@transaction.atomic
def store_report(
    run: Run, *, document: dict[str, Any], vectors: Mapping[str, Any] | None = None
) -> Report:
    """A run's report and its rows; storing it again changes nothing.

    `vectors` are those of the segments as the pipeline writes them: {"model", "vectors"}.

    Raises:
        InvalidReportError: the document is not by the published schema.
    """
    validate(document)
    report, made = Report.objects.get_or_create(
        run=run,
        defaults={
            "recording": run.recording,
            "document": document,
            "schema_version": document["schema_version"],
        },
    )
    if not made:
        return report
    segments = Segment.objects.bulk_create(_segment(report, row) for row in document["segments"])
    _store_vectors(
        segments, told=vectors or {"model": "", "vectors": {}}, club_id=run.recording.club_id
    )
    Finding.objects.bulk_create(Finding(report=report, **row) for row in document["findings"])
    FeedbackItem.objects.bulk_create(_feedback(report, row) for row in document["feedback"])
    return report


def ask_for_map(club_id: UUID) -> None:
    """Have a club's map drawn; asking for one that is drawn costs a look."""
    ledger.send_later("workers.tasks.draw_map", key=str(club_id))


def store_places(places: Mapping[int, tuple[float, float]]) -> None:
    """Where segments lie on their club's map: id of a vector's row → x, y."""
    rows = [SegmentVector(pk=pk, x=x, y=y) for pk, (x, y) in sorted(places.items())]
    SegmentVector.objects.bulk_update(rows, ["x", "y"], batch_size=1000)


def _segment(report: Report, row: dict[str, Any]) -> Segment:
    """Explanations and states stay in the document: nobody asks for segments by them."""
    fields = {key: value for key, value in row.items() if key not in {"explanation", "states"}}
    return Segment(report=report, **fields)


def _store_vectors(segments: Sequence[Segment], *, told: Mapping[str, Any], club_id: UUID) -> None:
    rows = [
        SegmentVector(segment=segment, model=told["model"], values=told["vectors"][key])
        for segment in segments
        if (key := segment.segment_id) in told["vectors"]
    ]
    SegmentVector.objects.bulk_create(rows)
    if rows:
        ask_for_map(club_id)


def _feedback(report: Report, row: dict[str, Any]) -> FeedbackItem:
    fields = {key: value for key, value in row.items() if key != "clip_s"}
    start_s, end_s = row["clip_s"]
    return FeedbackItem(report=report, clip_start_s=start_s, clip_end_s=end_s, **fields)
