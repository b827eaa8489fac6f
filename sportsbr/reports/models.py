"""What an analysis found: the document as it was made, and its parts as rows to ask about."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from pgvector.django import VectorField


class Report(models.Model):
    """One run's report; `document` is by the published JSON Schema."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.OneToOneField("recordings.Run", on_delete=models.CASCADE, related_name="report")
    recording = models.ForeignKey(
        "recordings.Recording", on_delete=models.CASCADE, related_name="reports"
    )
    document = models.JSONField()
    schema_version = models.CharField(max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"report of {self.recording_id}"


class Segment(models.Model):
    """One repetition of one technique."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="segments")
    segment_id = models.CharField(max_length=20)
    track_id = models.IntegerField()
    technique = models.CharField(max_length=80)
    start_s = models.FloatField()
    end_s = models.FloatField()
    score = models.FloatField()
    phases = models.JSONField()

    class Meta:
        ordering = ["start_s", "id"]
        indexes = [models.Index(fields=["technique"])]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.technique}"


class SegmentVector(models.Model):
    """How the fused model sees a segment: alike movements lie close together.

    `x` and `y`, -1..1, are its place on its club's map; null until that is drawn.
    """

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, related_name="vector")
    model = models.CharField(max_length=64)  # sha256 of the weights: others are not comparable
    values = VectorField()  # of unit length; as long as the weights say
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["model"])]

    def __str__(self) -> str:
        return f"vector of {self.segment_id}"


class Finding(models.Model):
    """One measurement of one segment against its band; null: unknown or open."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="findings")
    finding_id = models.CharField(max_length=20)
    segment_id = models.CharField(max_length=20)
    track_id = models.IntegerField()
    rule_id = models.CharField(max_length=120)
    metric = models.CharField(max_length=120)
    verdict = models.CharField(max_length=12)
    measured = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    unit = models.CharField(max_length=10)
    at_s = models.FloatField()
    sd = models.FloatField(null=True)
    confidence = models.FloatField()
    reason = models.CharField(max_length=20, blank=True)
    severity = models.FloatField(default=0.0)  # standard deviations outside the band
    counterfactual = models.JSONField(null=True)  # the value at which it would vanish

    class Meta:
        ordering = ["at_s", "id"]
        indexes = [models.Index(fields=["metric", "verdict"])]

    def __str__(self) -> str:
        return f"{self.finding_id} {self.metric} {self.verdict}"


class FeedbackItem(models.Model):
    """What is said to the athlete in one language."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="feedback")
    lang = models.CharField(max_length=10)
    finding_ids = models.JSONField()
    headline = models.TextField()
    why = models.TextField()
    cue = models.TextField()
    drill = models.TextField()
    clip_start_s = models.FloatField()
    clip_end_s = models.FloatField()
    writer = models.CharField(max_length=20, default="grounded")
    sentences = models.JSONField(default=list)  # each with its findings and the moment to show

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.headline


class Question(models.Model):
    """What somebody asked about a report, and the checked sentences that answer it.

    The text is data: it is compared with the findings, never followed.
    """

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        ANSWERED = "answered"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="questions")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rung_at = models.DateTimeField(null=True)
    lang = models.CharField(max_length=10, blank=True)
    sentences = models.JSONField(default=list)  # field, text, finding_ids, at_s
    is_measured = models.BooleanField(null=True)
    writer = models.CharField(max_length=120, blank=True)
    dropped = models.JSONField(default=list)  # sentences that did not hold, for developers
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [models.Index(fields=["state", "rung_at"])]

    def __str__(self) -> str:
        return self.text
