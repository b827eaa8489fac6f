from __future__ import annotations

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Registers the app."""

    name = "sportsbr.recordings"
