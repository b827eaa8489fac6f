"""What the API takes and gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rest_framework import serializers

from analysis.errors import LANGUAGES
from analysis.knowledge.catalogue import load_catalogue
from analysis.models import ACTION_BACKENDS, POSE_BACKENDS
from analysis.notices import advise, tell_code
from sportsbr.accounts import selectors as accounts
from sportsbr.accounts import services as people
from sportsbr.accounts.models import Athlete, Club, User
from sportsbr.api.problems import language, problem
from sportsbr.recordings import selectors, services
from sportsbr.recordings.models import Recording, Run, Upload
from sportsbr.reports.models import FeedbackItem, Finding, Segment

if TYPE_CHECKING:
    from collections.abc import Callable


class ClubSerializer(serializers.ModelSerializer[Club]):
    """A club of the caller's."""

    class Meta:
        model = Club
        fields = ("id", "name", "slug", "created_at")


class MeSerializer(serializers.ModelSerializer[User]):
    """The caller."""

    clubs = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "clubs")

    def get_clubs(self, user: User) -> list[dict[str, str]]:
        """Each club with the caller's role in it."""
        rows = user.memberships.select_related("club").order_by("club__name")
        return [{"id": str(m.club_id), "name": m.club.name, "role": m.role} for m in rows]


# What a caller may name in a request: that which they may change.
WRITABLE: Final[dict[type[Any], Callable[[User], Any]]] = {
    Club: accounts.clubs_worked_in,
    Athlete: accounts.athletes_changed_by,
    Recording: selectors.recordings_changed_by,
}


class ClubScoped(serializers.PrimaryKeyRelatedField[Any]):
    """A related thing of a club that the caller works in; others do not exist."""

    def get_queryset(self) -> Any:
        """Only what the caller may change."""
        queryset = self.queryset  # type: ignore[arg-type]  # the stubs allow a manager here
        if queryset is None:
            raise TypeError("ClubScoped: expected a queryset")
        return queryset.filter(pk__in=WRITABLE[queryset.model](self.context["request"].user))


class AthleteSerializer(serializers.ModelSerializer[Athlete]):
    """A person who is filmed. `height_m` in metres scales heights and speeds."""

    club = ClubScoped(queryset=Club.objects.all())

    class Meta:
        model = Athlete
        fields = ("id", "club", "name", "height_m", "sex", "level", "handedness", "created_at")

    def create(self, validated_data: dict[str, Any]) -> Athlete:
        """By the service."""
        return people.create_athlete(**validated_data)

    def update(self, instance: Athlete, validated_data: dict[str, Any]) -> Athlete:
        """By the service, which keeps the club."""
        return people.update_athlete(instance, changes=validated_data)


class RunSerializer(serializers.ModelSerializer[Run]):
    """One analysis of one recording."""

    queue_position = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = Run
        fields = (
            "id",
            "recording",
            "state",
            "stage",
            "percent",
            "queue_position",
            "options",
            "problem",
            "warnings",
            "report",
            "created_at",
            "started_at",
            "finished_at",
        )

    def get_queue_position(self, run: Run) -> int | None:
        """1: next to be served; null when it no longer waits."""
        return selectors.place_of(run)

    def get_report(self, run: Run) -> str | None:
        """Id of the report, once there is one."""
        report = getattr(run, "report", None)
        return str(report.pk) if report is not None else None

    def get_problem(self, run: Run) -> dict[str, Any] | None:
        """Why it failed, as a problem document (RFC 9457)."""
        if run.problem is None:
            return None
        return problem(run.problem["code"], params=run.problem["params"])

    def get_warnings(self, run: Run) -> list[dict[str, Any]]:
        """What is wrong with the filming: known while the run goes on, repeated in the report.

        `at_s` is the moment that shows it; `picture` the address of that frame as a JPEG.
        """
        return [_warning(row, run=run) for row in run.warnings]


class PoseOptionsSerializer(serializers.Serializer[Any]):
    """How people are seen."""

    backend = serializers.ChoiceField(choices=POSE_BACKENDS)


class RepairSerializer(serializers.Serializer[Any]):
    """Which of a report's corrections are not to be made."""

    undone = serializers.ListField(child=serializers.CharField(max_length=100))


class LineSerializer(serializers.Serializer[Any]):
    """A line of known length in the frame at `at_s`, about where the athlete is."""

    a_px = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    b_px = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    length_m = serializers.FloatField(min_value=0.05, max_value=200.0)
    at_s = serializers.FloatField(min_value=0.0, default=0.0)

    def validate(self, line: dict[str, Any]) -> dict[str, Any]:
        """A line has two ends."""
        if line["a_px"] == line["b_px"]:
            raise serializers.ValidationError("expected two different points a_px and b_px")
        return line


class ScaleSerializer(serializers.Serializer[Any]):
    """What turns pixels into metres beside the athlete's stature."""

    line = LineSerializer()


class ActionOptionsSerializer(serializers.Serializer[Any]):
    """How techniques are told apart."""

    backend = serializers.ChoiceField(choices=ACTION_BACKENDS)


class MarkSerializer(serializers.Serializer[Any]):
    """What a person does between two times of the player, whatever was recognised."""

    track_id = serializers.IntegerField(min_value=0)
    technique = serializers.CharField(
        allow_blank=True, max_length=80, help_text="A key of the knowledge; empty: none of them."
    )
    start_s = serializers.FloatField(min_value=0.0)
    end_s = serializers.FloatField(min_value=0.0)

    def validate_technique(self, technique: str) -> str:
        """Only techniques that the knowledge has."""
        known = [each.key for each in load_catalogue().techniques]
        if technique and technique not in known:
            raise serializers.ValidationError(f"expected one of {', '.join(known)}")
        return technique

    def validate(self, mark: dict[str, Any]) -> dict[str, Any]:
        """A mark ends after it begins."""
        if not mark["start_s"] < mark["end_s"]:
            raise serializers.ValidationError("expected end_s after start_s")
        return mark


class NewRunSerializer(serializers.Serializer[Any]):
    """What an analysis may be asked for."""

    recording = ClubScoped(queryset=Recording.objects.all())
    sport = serializers.CharField(required=False, allow_blank=True)
    langs = serializers.ListField(
        child=serializers.ChoiceField(choices=LANGUAGES), required=False, allow_empty=False
    )
    pose = PoseOptionsSerializer(required=False)
    repair = RepairSerializer(required=False)
    scale = ScaleSerializer(required=False)
    actions = ActionOptionsSerializer(required=False)
    marks = MarkSerializer(many=True, required=False)
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=500,
        help_text="The coach's own words about the footage; the fused model reads them.",
    )
    capture_fps = serializers.FloatField(
        required=False,
        min_value=services.MIN_CAPTURE_FPS,
        max_value=services.MAX_CAPTURE_FPS,
        help_text="Slow motion: frames per real second while filming, such as 240.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The frame rate goes where the analysis looks for it: `options.media.capture_fps`."""
        rate = attrs.pop("capture_fps", None)
        return attrs if rate is None else {**attrs, "media": {"capture_fps": rate}}

    def validate_sport(self, sport: str) -> str:
        """Only sports that the knowledge has."""
        return known_sport(sport)


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    """A piece of footage."""

    runs = serializers.SerializerMethodField()
    athlete = ClubScoped(queryset=Athlete.objects.all(), allow_null=True, required=False)
    capture_fps = serializers.FloatField(
        required=False,
        allow_null=True,
        min_value=services.MIN_CAPTURE_FPS,
        max_value=services.MAX_CAPTURE_FPS,
        help_text="Slow motion: frames per real second while filming; the next run uses it.",
    )

    class Meta:
        model = Recording
        fields = (
            "id",
            "club",
            "title",
            "filename",
            "sha256",
            "size_bytes",
            "sport",
            "athlete",
            "created_at",
            "width_px",
            "height_px",
            "duration_s",
            "frames",
            "capture_fps",
            "runs",
        )
        read_only_fields = (
            "club",
            "filename",
            "sha256",
            "size_bytes",
            "width_px",
            "height_px",
            "duration_s",
            "frames",
        )

    def update(self, instance: Recording, validated_data: dict[str, Any]) -> Recording:
        """By the service, which keeps athlete and footage in one club."""
        return services.update_recording(instance, changes=validated_data)

    def get_runs(self, recording: Recording) -> list[dict[str, str]]:
        """Newest first."""
        return [{"id": str(run.pk), "state": run.state} for run in recording.runs.all()]

    def validate_sport(self, sport: str) -> str:
        """Only sports that the knowledge has."""
        return known_sport(sport)


class UploadSerializer(serializers.ModelSerializer[Upload]):
    """Where an upload stands."""

    run = serializers.SerializerMethodField()

    class Meta:
        model = Upload
        fields = (
            "id",
            "filename",
            "length_bytes",
            "offset_bytes",
            "state",
            "expires_at",
            "recording",
            "run",
        )

    def get_run(self, upload: Upload) -> str | None:
        """The run that analyses it, once it is complete."""
        if upload.recording is None:
            return None
        run = upload.recording.runs.order_by("created_at").first()
        return str(run.pk) if run is not None else None


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    """One repetition of one technique; times in presentation seconds."""

    class Meta:
        model = Segment
        exclude = ("id",)


class FindingSerializer(serializers.ModelSerializer[Finding]):
    """One measurement against its band; `sd` in the unit of `measured`."""

    class Meta:
        model = Finding
        exclude = ("id",)


class SessionSerializer(serializers.Serializer[Any]):
    """One report's mean of a metric, in the trend's unit."""

    report = serializers.UUIDField()
    at = serializers.DateTimeField()
    mean = serializers.FloatField()
    sem = serializers.FloatField(help_text="Standard error of the mean.")
    repetitions = serializers.IntegerField()


class TrendSerializer(serializers.Serializer[Any]):
    """A metric over an athlete's sessions, oldest first; null: fewer than two."""

    technique = serializers.CharField()
    metric = serializers.CharField()
    unit = serializers.CharField()
    sessions = SessionSerializer(many=True)
    change = serializers.FloatField(
        allow_null=True, help_text="Of the last session against the one before."
    )
    mdc95 = serializers.FloatField(
        allow_null=True, help_text="The least change that the error cannot explain."
    )
    is_real = serializers.BooleanField(help_text="The change is more than mdc95.")


class FeedbackSerializer(serializers.ModelSerializer[FeedbackItem]):
    """What is said to the athlete."""

    class Meta:
        model = FeedbackItem
        exclude = ("id",)


class CredentialsSerializer(serializers.Serializer[Any]):
    """What a token is given for."""

    email = serializers.EmailField()
    password = serializers.CharField(style={"input_type": "password"})


class TokenSerializer(serializers.Serializer[Any]):
    """A token, shown this once."""

    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)


def known_sport(sport: str) -> str:
    """A sport of the knowledge, or none.

    Raises:
        ValidationError: another; the message lists those there are.
    """
    known = [each.key for each in load_catalogue().sports()]
    if sport and sport not in known:
        raise serializers.ValidationError(f"expected one of {', '.join(known)}, got {sport!r}")
    return sport


def _warning(row: dict[str, Any], *, run: Run) -> dict[str, Any]:
    params, picture = row["params"], row.get("picture", "")
    return {
        "code": row["code"],
        "params": params,
        "at_s": params.get("at_s"),
        "text": tell_code(row["code"], params=params, lang=language()),
        "advice": advise(row["code"], lang=language()),
        "picture": f"/api/v1/runs/{run.pk}/pictures/{picture}/" if picture else None,
    }
