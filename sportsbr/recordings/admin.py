"""Footage and the ledger, to look at: what runs, what hangs, and why something failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from sportsbr.recordings.models import Artifact, Recording, Run, Step, Upload

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest


class LookOnly:
    """Rows that only the services may write."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        del request, obj
        return False


class StepInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]  # no index at run time
    """A run's steps on its page."""

    model = Step
    fields = ("kind", "index", "state", "share", "attempts", "fence", "worker", "lease_until")
    can_delete = False


@admin.register(Run)
class RunAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """Runs, newest first."""

    list_display = ("recording", "state", "stage", "percent", "created_at", "finished_at")
    list_filter = ("state",)
    inlines = (StepInline,)


@admin.register(Recording)
class RecordingAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """Footage."""

    list_display = ("title", "club", "sport", "duration_s", "created_at")
    list_filter = ("club", "sport")
    search_fields = ("title", "filename", "sha256")


@admin.register(Upload)
class UploadAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """Uploads under way and past."""

    list_display = ("filename", "club", "state", "offset_bytes", "length_bytes", "expires_at")
    list_filter = ("state",)


@admin.register(Artifact)
class ArtifactAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """Stored files."""

    list_display = ("kind", "recording", "run", "size_bytes", "created_at")
    list_filter = ("kind",)
