from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Registers the app."""

    name = "sportsbr.web"
