from __future__ import annotations

from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Registers the app."""

    name = "sportsbr.ops"
