"""The map of a club's segments, and what a segment is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from sportsbr.accounts.selectors import clubs_of
from sportsbr.reports import alike, services
from sportsbr.reports.models import SegmentVector
from sportsbr.reports.selectors import reports_of

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from sportsbr.accounts.models import User

MOST_ALIKE: Final = 5


class PlaceSerializer(serializers.ModelSerializer[SegmentVector]):
    """A segment and where to see it; times in presentation seconds."""

    report = serializers.UUIDField(source="segment.report_id")
    recording = serializers.UUIDField(source="segment.report.recording_id")
    title = serializers.CharField(source="segment.report.recording.title")
    filmed_at = serializers.DateTimeField(source="segment.report.recording.created_at")
    segment_id = serializers.CharField(source="segment.segment_id")
    technique = serializers.CharField(source="segment.technique")
    start_s = serializers.FloatField(source="segment.start_s")
    end_s = serializers.FloatField(source="segment.end_s")

    class Meta:
        model = SegmentVector
        fields: tuple[str, ...] = (
            "report",
            "recording",
            "title",
            "filmed_at",
            "segment_id",
            "technique",
            "start_s",
            "end_s",
        )


class PointSerializer(PlaceSerializer):
    """A segment on the map; near is alike, far apart means nothing."""

    class Meta(PlaceSerializer.Meta):
        fields = (*PlaceSerializer.Meta.fields, "x", "y")


class MapSerializer(serializers.Serializer[Any]):
    """A club's map."""

    club = serializers.UUIDField()
    is_waiting = serializers.BooleanField(
        help_text="Segments have come that are not on it yet: ask again in a while."
    )
    points = PointSerializer(many=True)


class AlikeSerializer(PlaceSerializer):
    """A segment and how alike it is."""

    similarity = serializers.SerializerMethodField()

    class Meta(PlaceSerializer.Meta):
        fields = (*PlaceSerializer.Meta.fields, "similarity")

    def get_similarity(self, row: SegmentVector) -> float:
        """Cosine, -1..1."""
        return round(1.0 - float(row.distance), 6)  # type: ignore[attr-defined]  # annotated


class Map(APIView):
    """Every segment of a club that the caller may see, laid out by likeness."""

    @extend_schema(
        parameters=[OpenApiParameter("club", str, description="Id; without it the first club.")],
        responses=MapSerializer,
    )
    def get(self, request: Request) -> Response:
        """Points made by t-SNE from what the fused model sees; drawn in the background."""
        user: User = request.user  # type: ignore[assignment]  # signed in
        clubs = clubs_of(user)
        wanted = request.query_params.get("club")
        club = next((c for c in clubs if wanted in {None, "", str(c.pk)}), None)
        if club is None:
            raise Http404
        waits = alike.waits_for_map(club.pk)
        if waits:
            services.ask_for_map(club.pk)
        points = alike.placed_for(user, club_id=club.pk)
        told = {"club": club.pk, "is_waiting": waits, "points": points}
        return Response(MapSerializer(told).data)


class Alike(APIView):
    """What came before that is like one segment."""

    @extend_schema(responses=AlikeSerializer(many=True), operation_id="reports_segments_similar")
    def get(self, request: Request, report_id: UUID, segment_id: str) -> Response:
        """The most similar earlier segments of the same club, by exact cosine, nearest first."""
        user: User = request.user  # type: ignore[assignment]  # signed in
        report = get_object_or_404(reports_of(user), pk=report_id)
        if not report.segments.filter(segment_id=segment_id).exists():
            raise Http404
        found = alike.most_alike(report, segment_id=segment_id, user=user, most=MOST_ALIKE)
        return Response(AlikeSerializer(found, many=True).data)


routes = [
    path("map/", Map.as_view(), name="map"),
    path(
        "reports/<uuid:report_id>/segments/<str:segment_id>/similar/",
        Alike.as_view(),
        name="similar",
    ),
]
