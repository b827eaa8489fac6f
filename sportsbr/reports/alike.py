"""Reads: which segments of a club are alike, as the fused model sees them.

Only the newest report of each recording counts, and only vectors of the same weights: a club's map
is that of the weights that made its newest segments. Nothing of another club is ever compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import OuterRef, Q, Subquery
from pgvector.django import CosineDistance

from sportsbr.recordings.selectors import seen_by
from sportsbr.reports.models import Report, SegmentVector

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from sportsbr.accounts.models import User

MOST_ON_A_MAP: Final = 5000  # the newest; more would be a cloud, and minutes to draw
RECORDING: Final = "segment__report__recording"


def vectors_of_club(club_id: UUID | str) -> QuerySet[SegmentVector]:
    """Every vector that is on the club's map, newest recording first."""
    found = _in_newest_reports(club_id)
    latest = found.order_by("-segment__report__created_at", "pk").values("model")[:1]
    return found.filter(model=Subquery(latest))


def _in_newest_reports(club_id: UUID | str) -> QuerySet[SegmentVector]:
    newest = Report.objects.filter(recording=OuterRef(RECORDING)).order_by("-created_at", "id")
    found = SegmentVector.objects.filter(
        **{f"{RECORDING}__club": club_id}, segment__report=Subquery(newest.values("pk")[:1])
    )
    return found.order_by(f"-{RECORDING}__created_at", "pk")


def map_rows(club_id: UUID | str) -> list[SegmentVector]:
    """What the map is drawn from."""
    return list(vectors_of_club(club_id)[:MOST_ON_A_MAP])


def waits_for_map(club_id: UUID | str) -> bool:
    """Whether a segment has come since the map was drawn."""
    return None in vectors_of_club(club_id).values_list("x", flat=True)[:MOST_ON_A_MAP]


def placed_for(user: User, *, club_id: UUID | str) -> QuerySet[SegmentVector]:
    """The drawn segments of a club that a user may see."""
    found = vectors_of_club(club_id).filter(seen_by(user, via=f"{RECORDING}__"), x__isnull=False)
    return found.select_related(RECORDING).distinct()


def most_alike(report: Report, *, segment_id: str, user: User, most: int) -> list[SegmentVector]:
    """The nearest earlier segments of the same club that a user may see; `distance` is 1 - cosine.

    Exact: every vector of the club is compared. Empty for a segment without a vector.
    """
    own = SegmentVector.objects.filter(segment__report=report, segment__segment_id=segment_id)
    vector = own.select_related("segment").first()
    if vector is None:
        return []
    recording = report.recording
    earlier = Q(**{f"{RECORDING}__created_at__lt": recording.created_at}) | Q(
        segment__report=report, segment__start_s__lt=vector.segment.start_s
    )
    found = (
        _in_newest_reports(recording.club_id)
        .filter(earlier, seen_by(user, via=f"{RECORDING}__"), model=vector.model)
        .annotate(distance=CosineDistance("values", vector.values))
        .select_related(RECORDING)
        .order_by("distance", "pk")
    )
    return list(found[:most])
