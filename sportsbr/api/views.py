"""The API's views: parse, call a service, answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.contrib.auth import authenticate
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from knox.models import AuthToken
from rest_framework import exceptions, mixins, status
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, AllowAny
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from analysis.knowledge.catalogue import load_catalogue
from sportsbr.accounts import attempts
from sportsbr.accounts import selectors as accounts
from sportsbr.accounts.models import Athlete, Club
from sportsbr.api import serializers
from sportsbr.api.files import AsStored, serve
from sportsbr.api.problems import answer, language, problem
from sportsbr.recordings import selectors as recordings
from sportsbr.recordings import services
from sportsbr.recordings.models import Recording, Run, State
from sportsbr.reports import selectors as reports
from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase
    from rest_framework.authentication import BaseAuthentication
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


class Guessing(BaseThrottle):
    """Holds those back who sent too many wrong passwords."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Whether this password is looked at."""
        del view
        email = request.data.get("email", "") if isinstance(request.data, Mapping) else ""
        self._wait_s = attempts.wait_s(email=str(email), address=attempts.address_of(request))
        return self._wait_s == 0

    def wait(self) -> float:
        """Seconds."""
        return float(self._wait_s)


class Token(APIView):
    """Tokens for tools."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        """None for a password; a stale token sent along with it must not be in its way."""
        return [] if self._gives() else super().get_authenticators()

    def get_permissions(self) -> Any:
        """Anybody may try a password."""
        return [AllowAny()] if self._gives() else super().get_permissions()

    def get_throttles(self) -> list[BaseThrottle]:
        """Passwords are counted."""
        return [Guessing()] if self._gives() else []

    def _gives(self) -> bool:
        request = getattr(self, "request", None)  # none while the schema is drawn
        return request is not None and request.method == "POST"

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

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this request was sent with."""
        if not isinstance(request.auth, AuthToken):
            raise exceptions.ValidationError({"Authorization": "expected a token to revoke"})
        request.auth.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class Me(APIView):
    """The caller."""

    @extend_schema(responses=serializers.MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is calling, and in which clubs."""
        user: User = request.user  # type: ignore[assignment]  # signed in
        return Response(serializers.MeSerializer(user).data)


class Scoped(GenericViewSet[Any]):
    """What the caller may see; selectors say what that is, and what of it they may change."""

    selector: ClassVar[Any]  # the caller → what they may see; the rest is not found
    changeable: ClassVar[Any] = None  # the caller → what they may change; nothing without it
    deletable: ClassVar[Any] = None  # the same for deleting

    def get_queryset(self) -> Any:
        """Of own clubs only; the schema is drawn without a caller."""
        if getattr(self, "swagger_fake_view", False):
            return self.queryset  # type: ignore[arg-type]  # the stubs allow a manager here
        user: User = self.request.user  # type: ignore[assignment]  # signed in
        return type(self).selector(user)

    def get_object(self) -> Any:
        """One that may be seen, else 404; and changed, where the request does that, else 403."""
        found = super().get_object()
        if self.request.method in SAFE_METHODS:
            return found
        kind = type(self)
        allowed = kind.deletable if self.request.method == "DELETE" else kind.changeable
        if allowed is None or not allowed(self.request.user).filter(pk=found.pk).exists():
            raise exceptions.PermissionDenied
        return found


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
    changeable = staticmethod(accounts.athletes_changed_by)
    deletable = staticmethod(accounts.athletes_deleted_by)
    queryset = Athlete.objects.none()

    @extend_schema(responses=serializers.TrendSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def trends(self, request: Request, pk: str) -> Response:
        """What changed from session to session, with the least change that is no error."""
        del pk
        user: User = request.user  # type: ignore[assignment]  # signed in
        found = reports.trends_of(user, athlete=self.get_object())
        return Response(serializers.TrendSerializer(found, many=True).data)


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
    changeable = staticmethod(recordings.recordings_changed_by)
    deletable = staticmethod(recordings.recordings_deleted_by)
    queryset = Recording.objects.none()

    def perform_destroy(self, instance: Any) -> None:
        """With its runs, reports and files."""
        services.delete_recording(instance)

    @extend_schema(responses={(200, "video/mp4"): OpenApiTypes.BINARY})
    @action(detail=True, content_negotiation_class=AsStored)
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
    changeable = staticmethod(recordings.runs_changed_by)
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
        return self._made(run)

    @extend_schema(request=None, responses=serializers.RunSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; a finished run stays as it is."""
        del request, pk
        run = self.get_object()
        services.cancel_run(run)
        return Response(self.get_serializer(self.get_queryset().get(pk=run.pk)).data)

    @extend_schema(request=None, responses={201: serializers.RunSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """A new run with the same options."""
        del request, pk
        return self._made(services.retry_run(self.get_object()))

    def _made(self, run: Run) -> Response:
        placed = self.get_queryset().get(pk=run.pk)
        return Response(self.get_serializer(placed).data, status=status.HTTP_201_CREATED)

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

    @extend_schema(responses={(200, "image/jpeg"): OpenApiTypes.BINARY})
    @action(detail=True, url_path=r"pictures/(?P<key>[0-9a-f]{64})")
    def pictures(self, request: Request, pk: str, key: str) -> HttpResponseBase:
        """The frame that shows what a warning is about."""
        del pk
        found = recordings.picture(self.get_object(), key=key)
        if found is None:
            return answer(problem("missing_file"))
        return serve(request._request, path=found.path, etag=found.key, filename="frame.jpg")  # noqa: SLF001 - the plain request


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
    @action(detail=True, url_path=r"files/(?P<kind>[a-z_]+)", content_negotiation_class=AsStored)
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
