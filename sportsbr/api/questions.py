"""Questions about a report: ask, list, read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from sportsbr.api.problems import answer, problem
from sportsbr.reports.models import Question
from sportsbr.reports.questions import LONGEST, QuestionError, ask
from sportsbr.reports.selectors import asked_about_by, questions_of, reports_of

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from sportsbr.accounts.models import User
    from sportsbr.reports.models import Report


class SentenceSerializer(serializers.Serializer[Any]):
    """A checked sentence; `at_s` is the moment that shows it, in presentation seconds."""

    text = serializers.CharField()
    finding_ids = serializers.ListField(child=serializers.CharField())
    at_s = serializers.FloatField(allow_null=True, help_text="Null where no finding is told of.")


class QuestionSerializer(serializers.ModelSerializer[Question]):
    """A question and, once it is answered, the checked sentences that answer it.

    `is_measured` is false where what was asked for was not measured.
    """

    text = serializers.CharField(max_length=LONGEST)
    asked_by = serializers.SerializerMethodField()
    answer = serializers.SerializerMethodField()

    class Meta:
        model = Question
        fields = (
            "id",
            "text",
            "asked_by",
            "asked_at",
            "state",
            "lang",
            "is_measured",
            "writer",
            "answer",
            "answered_at",
        )
        read_only_fields = (
            "state",
            "asked_at",
            "lang",
            "is_measured",
            "writer",
            "answered_at",
        )

    def get_asked_by(self, question: Question) -> str | None:
        """Who asked; null where the account is gone."""
        return question.asked_by.email if question.asked_by is not None else None

    @extend_schema_field(SentenceSerializer(many=True))
    def get_answer(self, question: Question) -> list[dict[str, Any]]:
        """Its sentences, with the findings that each rests on."""
        return [
            {
                "text": row["text"],
                "finding_ids": row["finding_ids"],
                "at_s": row["at_s"] if row["finding_ids"] else None,
            }
            for row in question.sentences
        ]


def _report(request: Request, report_id: UUID) -> tuple[User, Report]:
    """The report that the caller may ask about.

    Raises:
        Http404: no such report, or none that the caller may see.
        PermissionDenied: one that the caller may only read.
    """
    user: User = request.user  # type: ignore[assignment]  # signed in
    report = get_object_or_404(reports_of(user), pk=report_id)
    if not asked_about_by(user).filter(pk=report.pk).exists():
        raise PermissionDenied
    return user, report


class Questions(APIView):
    """What was asked about a report."""

    @extend_schema(responses=QuestionSerializer(many=True), operation_id="reports_questions_list")
    def get(self, request: Request, report_id: UUID) -> Response:
        """Oldest first."""
        found = questions_of(*_report(request, report_id))
        return Response(QuestionSerializer(found, many=True).data)

    @extend_schema(request=QuestionSerializer, responses={202: QuestionSerializer})
    def post(self, request: Request, report_id: UUID) -> Response:
        """Ask in plain words, in Chinese or English; a worker answers, usually within seconds."""
        user, report = _report(request, report_id)
        asked = QuestionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            question = ask(report, by=user, text=asked.validated_data["text"])
        except QuestionError as error:
            return answer(problem(error.code))
        return Response(QuestionSerializer(question).data, status=status.HTTP_202_ACCEPTED)


class QuestionDetail(APIView):
    """One of them."""

    @extend_schema(responses=QuestionSerializer, operation_id="reports_questions_retrieve")
    def get(self, request: Request, report_id: UUID, pk: UUID) -> Response:
        """With its answer, once it is there."""
        found = get_object_or_404(questions_of(*_report(request, report_id)), pk=pk)
        return Response(QuestionSerializer(found).data)


routes = [
    path("reports/<uuid:report_id>/questions/", Questions.as_view(), name="questions"),
    path(
        "reports/<uuid:report_id>/questions/<uuid:pk>/", QuestionDetail.as_view(), name="question"
    ),
]
