"""Footage, and the ledger of the work done on it. The database is the truth."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """How far a run or a step is."""

    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


FINAL_STATES = (State.DONE, State.FAILED, State.CANCELLED)


class Recording(models.Model):
    """One piece of footage of a club."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey("accounts.Club", on_delete=models.CASCADE, related_name="recordings")
    title = models.CharField(max_length=200)
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    path = models.CharField(max_length=300)  # of the upload, in storage
    sport = models.CharField(max_length=40, blank=True)
    athlete = models.ForeignKey(
        "accounts.Athlete", null=True, blank=True, on_delete=models.SET_NULL
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    width_px = models.PositiveIntegerField(null=True)
    height_px = models.PositiveIntegerField(null=True)
    duration_s = models.FloatField(null=True)
    frames = models.PositiveIntegerField(null=True)
    # Frames per real second while filming, told by a person; null: as played.
    capture_fps = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return self.title


class Upload(models.Model):
    """A resumable upload (tus 1.0); `offset_bytes` is what lies on the disk."""

    class Status(models.TextChoices):
        """Where an upload is."""

        OPEN = "open", _("open")
        COMPLETE = "complete", _("complete")
        TERMINATED = "terminated", _("terminated")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey("accounts.Club", on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    length_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    filename = models.CharField(max_length=255)
    metadata = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    expires_at = models.DateTimeField()
    recording = models.ForeignKey(Recording, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.filename} ({self.offset_bytes}/{self.length_bytes})"


class Run(models.Model):
    """One analysis of one recording; its state follows from its steps."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=20, blank=True)
    percent = models.FloatField(default=0.0)
    options = models.JSONField(default=dict)
    problem = models.JSONField(null=True)  # {"code": …, "params": {…}}
    # What is wrong with the footage or its filming, known before the costly stages:
    # [{"code": …, "params": {…}, "picture": key of an artifact or ""}]
    warnings = models.JSONField(default=list, blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        return f"{self.recording} · {self.state}"


class Step(models.Model):
    """The unit of the ledger: one task, leased to one worker at a time.

    `fence` rises with every claim; whoever holds an older one can no longer write.
    """

    class Kind(models.TextChoices):
        """What the task does."""

        PREPARE = "prepare"
        OBSERVE = "observe"
        CONCLUDE = "conclude"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    index = models.PositiveIntegerField(default=0)
    start_frame = models.PositiveIntegerField(default=0)
    stop_frame = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    share = models.FloatField(default=0.0)  # 0..1 of this step
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=200, blank=True)
    rung_at = models.DateTimeField(null=True)  # when the doorbell was last rung

    class Meta:
        ordering = ["run", "kind", "index"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "index"], name="one_step_of_a_kind")
        ]
        indexes = [models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.index} · {self.state}"


class Artifact(models.Model):
    """A file that a step made; `key` names its content's origin: (input, config, models)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="artifacts")
    run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=64)
    path = models.CharField(max_length=300)
    size_bytes = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "kind", "key"], name="one_artifact_per_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.recording_id}"


class Person(models.Model):
    """Somebody who was followed in a recording, and what a coach says of them.

    `track_id` numbers them as the analysis did; a track of another analysis that is not the same
    stretch of the same person is a new row with no decision.
    """

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="people")
    track_id = models.PositiveIntegerField()
    first_s = models.FloatField()
    last_s = models.FloatField()
    seen_s = models.FloatField()
    at_s = models.FloatField()  # when the picture was taken
    box_px = models.JSONField()  # left, top, right, bottom at that moment
    picture = models.BinaryField(default=bytes)  # a small JPEG
    athlete = models.ForeignKey(
        "accounts.Athlete", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_chosen = models.BooleanField(default=True)  # reported on
    same_as = models.PositiveIntegerField(
        null=True, blank=True
    )  # the track that is this person too
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["track_id"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "track_id"], name="one_person_per_track")
        ]

    def __str__(self) -> str:
        return f"{self.track_id} in {self.recording_id}"
