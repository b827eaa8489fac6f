from __future__ import annotations

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """Registers the app."""

    name = "sportsbr.reports"
