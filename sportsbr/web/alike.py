"""The map of a club's segments as a page, and what a segment is like as a part of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from analysis.knowledge.catalogue import load_catalogue
from sportsbr.accounts.selectors import clubs_of
from sportsbr.reports.alike import most_alike
from sportsbr.reports.selectors import reports_of
from sportsbr.web.cards import clock_text, language
from sportsbr.web.presentation import Reader

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from sportsbr.accounts.models import User

MOST_ALIKE = 5


@require_GET
@login_required
def segment_map(request: HttpRequest) -> HttpResponse:
    """Every segment of one club that the reader may see, laid out by likeness."""
    clubs = list(clubs_of(cast("User", request.user)))
    wanted = request.GET.get("club", "")
    club = next((club for club in clubs if wanted in {"", str(club.pk)}), None)
    if club is None and wanted:
        raise Http404
    context = {
        "clubs": clubs,
        "club": club,
        "map_url": f"{reverse('api:map')}?club={club.pk}" if club else "",
        "names": {t.key: t.name[language()] for t in load_catalogue().techniques},
    }
    return render(request, "web/map.html", context)


@require_GET
@login_required
def similar(request: HttpRequest, report_id: UUID, segment_id: str) -> HttpResponse:
    """The most similar earlier segments of the club, as a list of links."""
    user = cast("User", request.user)
    report = get_object_or_404(reports_of(user), pk=report_id)
    reader = Reader(language())
    found = [
        {
            "url": segment_url(row.segment.report_id, row.segment.segment_id),
            "title": row.segment.report.recording.title,
            "name": reader.text(row.segment.technique),
            "at_text": clock_text(row.segment.start_s),
            "similarity_text": f"{1 - row.distance:.2f}",  # type: ignore[attr-defined]  # annotated
        }
        for row in most_alike(report, segment_id=segment_id, user=user, most=MOST_ALIKE)
    ]
    return render(request, "web/similar.html", {"found": found})


def segment_url(report_id: UUID, segment_id: str) -> str:
    """The page of a report, opened at a segment."""
    return f"{reverse('web:report', args=[report_id])}#segment-{segment_id}"
