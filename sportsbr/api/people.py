"""The people of a report: list, picture, what the coach says, and the run that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from sportsbr.accounts.models import Athlete
from sportsbr.api.serializers import ClubScoped, RunSerializer
from sportsbr.recordings.models import Person
from sportsbr.recordings.people import Decision, apply_decisions, decide, people_of
from sportsbr.recordings.selectors import recordings_changed_by
from sportsbr.reports.selectors import reports_of

if TYPE_CHECKING:
    from uuid import UUID

    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from sportsbr.accounts.models import User
    from sportsbr.recordings.models import Recording


class PersonSerializer(serializers.ModelSerializer[Person]):
    """Somebody who was followed. Times in presentation seconds, `box_px` at `at_s`."""

    athlete = ClubScoped(queryset=Athlete.objects.all(), allow_null=True, required=False)
    picture = serializers.SerializerMethodField()

    class Meta:
        model = Person
        fields = (
            "track_id",
            "first_s",
            "last_s",
            "seen_s",
            "at_s",
            "box_px",
            "picture",
            "athlete",
            "is_chosen",
            "same_as",
            "decided_at",
        )
        read_only_fields = (
            "track_id",
            "first_s",
            "last_s",
            "seen_s",
            "at_s",
            "box_px",
            "decided_at",
        )

    def get_picture(self, person: Person) -> str:
        """Address of a small JPEG of the person."""
        return reverse("api:person-picture", args=[self.context["report_id"], person.track_id])


def _recording(request: Request, report_id: UUID) -> Recording:
    """The recording of a report that the caller may change.

    Athletes and parents see their own report, but not everybody else in the picture.

    Raises:
        Http404: no such report, or none that the caller may see.
        PermissionDenied: one that the caller may only read.
    """
    user: User = request.user  # type: ignore[assignment]  # signed in
    recording = get_object_or_404(reports_of(user), pk=report_id).recording
    if not recordings_changed_by(user).filter(pk=recording.pk).exists():
        raise PermissionDenied
    return recording


def _context(request: Request, report_id: UUID) -> dict[str, Any]:
    return {"request": request, "report_id": report_id}


class People(APIView):
    """Everybody who was followed in a report's recording."""

    @extend_schema(responses=PersonSerializer(many=True), operation_id="reports_people_list")
    def get(self, request: Request, report_id: UUID) -> Response:
        """In the order of their numbers, those not reported on too."""
        found = people_of(_recording(request, report_id))
        context = _context(request, report_id)
        return Response(PersonSerializer(found, many=True, context=context).data)


class PersonDetail(APIView):
    """One of them."""

    @extend_schema(request=PersonSerializer, responses=PersonSerializer)
    def patch(self, request: Request, report_id: UUID, track_id: int) -> Response:
        """Name them, choose them, or say that they are somebody else too (`same_as`).

        Nothing is analysed before `apply`.
        """
        recording = _recording(request, report_id)
        person = get_object_or_404(people_of(recording), track_id=track_id)
        asked = PersonSerializer(
            person, data=request.data, partial=True, context=_context(request, report_id)
        )
        asked.is_valid(raise_exception=True)
        fields = ("athlete", "is_chosen", "same_as")
        said = {key: asked.validated_data.get(key, getattr(person, key)) for key in fields}
        decide(recording, by=request.user, decisions={track_id: Decision(**said)})  # type: ignore[arg-type]  # signed in
        person.refresh_from_db()
        return Response(PersonSerializer(person, context=_context(request, report_id)).data)


class PersonPicture(APIView):
    """What one of them looks like."""

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    def get(self, request: Request, report_id: UUID, track_id: int) -> HttpResponseBase:
        """A small JPEG."""
        recording = _recording(request, report_id)
        person = get_object_or_404(people_of(recording), track_id=track_id)
        headers = {"Cache-Control": "private, max-age=3600"}
        return HttpResponse(bytes(person.picture), content_type="image/jpeg", headers=headers)


class Apply(APIView):
    """The run that follows from what was said."""

    @extend_schema(request=None, responses={201: RunSerializer})
    def post(self, request: Request, report_id: UUID) -> Response:
        """Report on the people as they were decided; nothing is looked at again."""
        run = apply_decisions(_recording(request, report_id))
        data = RunSerializer(run, context={"request": request}).data
        return Response(data, status=status.HTTP_201_CREATED)


routes = [
    path("reports/<uuid:report_id>/people/", People.as_view(), name="people"),
    path("reports/<uuid:report_id>/people/apply/", Apply.as_view(), name="people-apply"),
    path("reports/<uuid:report_id>/people/<int:track_id>/", PersonDetail.as_view(), name="person"),
    path(
        "reports/<uuid:report_id>/people/<int:track_id>/picture/",
        PersonPicture.as_view(),
        name="person-picture",
    ),
]
