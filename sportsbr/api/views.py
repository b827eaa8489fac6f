"""The API's views: parse, call a service, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib.auth import authenticate
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from knox.models import AuthToken
from rest_framework import exceptions, mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from analysis.knowledge.catalogue import load_catalogue
from sportsbr.accounts import selectors as accounts
from sportsbr.accounts.models import Athlete, Club
from sportsbr.api import serializers
from sportsbr.api.files import serve
from sportsbr.api.problems import answer, language, problem
from sportsbr.recordings import selectors as recordings
from sportsbr.recordings import services
from sportsbr.recordings.models import Recording, Run, State
from sportsbr.reports import selectors as reports
from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from rest_framework.request import Request

    from sportsbr.accounts.models import User

FILES: Final = {
    "report": "report.json",
    "poses_npz": "poses.npz",
    "signals_csv": "signals.csv",
    "overlay": "overlay.mp4",
    "player": "poses.json",
    "charts": "signals.json",
}
POLL_S: Final = 2


class Token(APIView):
    """Tokens for tools."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=serializers.CredentialsSerializer, responses=serializers.TokenSerializer)
    def post(self, request: Request) -> Response:
        """A new token for an e-mail address and password; it is shown this once."""
        asked = serializers.CredentialsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        user = authenticate(request, **asked.validated_data)
        if user is None:
            raise exceptions.AuthenticationFailed
        instance, token = AuthToken.objects.create(user)
        return Response({"token": token, "expiry": instance.expiry}, status=201)


class Me(APIView):
    """The caller."""

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is calling, and in which clubs."""
        user: User = request.user  # type: ignore[assignment]  # signed in
        return Response(serializers.MeSerializer(user).data)


class Scoped(GenericViewSet[Any]):
    """Only what belongs to the caller's clubs; `selector` says how that is found."""

    selector: ClassVar[Any]  # a selector: the caller → what is theirs

    def get_queryset(self) -> Any:
        """Of own clubs only; the schema is drawn without a caller."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset  # type: ignore[arg-type]  # the stubs allow a manager here
        user: User = self.request.user  # type: ignore[assignment]  # signed in
        return type(self).selector(user)


class Clubs(mixins.ListModelMixin, mixins.RetrieveModelMixin, Scoped):
    """The caller's clubs."""

    serializer_class = serializers.ClubSerializer

    selector = staticmethod(accounts.clubs_of)
    queryset = Club.objects.none()


class Athletes(
    mixins.CreateModelMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    Scoped,
):
    """People who are filmed."""

    serializer_class = serializers.AthleteSerializer

    selector = staticmethod(accounts.athletes_of)
    queryset = Athlete.objects.none()


class Recordings(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    Scoped,
):
    """Footage. New footage comes through /uploads/ (tus)."""

    serializer_class = serializers.RecordingSerializer

    selector = staticmethod(recordings.recordings_of)
    queryset = Recording.objects.none()

    def perform_destroy(self, instance: Any) -> None:
        """With its runs, reports and files."""
        services.delete_recording(instance)

    @extend_schema(responses={(200, "video/mp4"): OpenApiTypes.BINARY})
    @action(detail=True)
    def video(self, request: Request, pk: str) -> HttpResponseBase:
        """The upright copy that was analysed; byte ranges are served."""
        del pk
        found = recordings.artifact(self.get_object(), kind="video")
        if found is None:
            return answer(problem("missing_file"))
        return serve(request._request, path=found.path, etag=found.key, filename="video.mp4")  # noqa: SLF001 - the plain request


class Runs(mixins.ListModelMixin, mixins.RetrieveModelMixin, Scoped):
    """Analyses."""

    serializer_class = serializers.RunSerializer

    selector = staticmethod(recordings.runs_of)
    queryset = Run.objects.none()

    @extend_schema(request=serializers.NewRunSerializer, responses={201: serializers.RunSerializer})
    def create(self, request: Request) -> Response:
        """Analyse a recording (again)."""
        asked = serializers.NewRunSerializer(
            data=request.data, context=self.get_serializer_context()
        )
        asked.is_valid(raise_exception=True)
        options = dict(asked.validated_data)
        run = services.start_run(options.pop("recording"), options=options)
        return Response(self.get_serializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=serializers.RunSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; a finished run stays as it is."""
        del request, pk
        run = self.get_object()
        services.cancel_run(run)
        run.refresh_from_db()
        return Response(self.get_serializer(run).data)

    @extend_schema(request=None, responses={201: serializers.RunSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """A new run with the same options."""
        del request, pk
        run = services.retry_run(self.get_object())
        return Response(self.get_serializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """The report document; 409 while it is not there yet, 422 if the analysis failed."""
        del request, pk
        run = self.get_object()
        if run.state == State.DONE:
            return Response(run.report.document)
        if run.state == State.FAILED:
            return answer(problem(run.problem["code"], params=run.problem["params"]))
        if run.state == State.CANCELLED:
            return answer(problem("run_cancelled"))
        return answer(problem("run_not_finished"), headers={"Retry-After": str(POLL_S)})


class Reports(Scoped):
    """Reports by the published JSON Schema."""

    selector = staticmethod(reports.reports_of)
    queryset = Report.objects.none()

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def retrieve(self, request: Request, pk: str) -> Response:
        """The report document."""
        del request, pk
        return Response(self.get_object().document)

    @extend_schema(
        parameters=[OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(FILES))],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path=r"files/(?P<kind>[a-z_]+)")
    def files(self, request: Request, pk: str, kind: str) -> HttpResponseBase:
        """One of the report's files; byte ranges are served."""
        del pk
        report = self.get_object()
        if kind not in FILES:
            raise Http404
        found = recordings.artifact(report.recording, kind=kind, run=report.run)
        if found is None:
            return answer(problem("missing_file"))
        return serve(request._request, path=found.path, etag=found.key, filename=FILES[kind])  # noqa: SLF001 - the plain request


class _Rows(mixins.ListModelMixin, Scoped):
    """Rows of reports, filtered by report."""

    filterset_fields: tuple[str, ...] = ("report",)


class Segments(_Rows):
    """Repetitions."""

    serializer_class = serializers.SegmentSerializer
    filterset_fields = ("report", "technique", "track_id")

    selector = staticmethod(reports.segments_of)
    queryset = Segment.objects.none()


class Findings(_Rows):
    """Measurements against their bands."""

    serializer_class = serializers.FindingSerializer
    filterset_fields = ("report", "segment_id", "metric", "verdict", "track_id")

    selector = staticmethod(reports.findings_of)
    queryset = Finding.objects.none()


class FeedbackItems(_Rows):
    """What is said to the athlete."""

    serializer_class = serializers.FeedbackSerializer
    filterset_fields = ("report", "lang")

    selector = staticmethod(reports.feedback_of)
    queryset = FeedbackItem.objects.none()


class Knowledge(APIView):
    """What can be recognised and judged."""

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        """Sports, techniques, phases, metrics and bands in the request's language."""
        del request
        return Response(load_catalogue().describe(language()))


class Problem(APIView):
    """What a problem's `type` leads to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, code: str) -> Response:
        """A problem code in plain words."""
        del request
        try:
            return Response(problem(code))
        except KeyError as error:
            raise Http404 from error
