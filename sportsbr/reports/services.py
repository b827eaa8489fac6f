"""Writes: reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from analysis.report_format import validate
from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment

if TYPE_CHECKING:
    from sportsbr.recordings.models import Run


@transaction.atomic
def store_report(run: Run, *, document: dict[str, Any]) -> Report:
    """A run's report and its rows; storing it again changes nothing.

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
    Segment.objects.bulk_create(Segment(report=report, **row) for row in document["segments"])
    Finding.objects.bulk_create(Finding(report=report, **row) for row in document["findings"])
    FeedbackItem.objects.bulk_create(_feedback(report, row) for row in document["feedback"])
    return report


def _feedback(report: Report, row: dict[str, Any]) -> FeedbackItem:
    fields = {key: value for key, value in row.items() if key != "clip_s"}
    start_s, end_s = row["clip_s"]
    return FeedbackItem(report=report, clip_start_s=start_s, clip_end_s=end_s, **fields)
