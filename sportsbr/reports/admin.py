"""Reports, to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from sportsbr.reports.models import Report

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # no index at run time
    """What runs found; written by the workers alone."""

    list_display = ("recording", "run", "schema_version", "created_at")
    search_fields = ("recording__title",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Report | None = None) -> bool:
        """Never."""
        del request, obj
        return False
