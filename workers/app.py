"""The worker's Celery application: the site's, with the tasks that the site only knows by name."""

from __future__ import annotations

from sportsbr.celery import app

__all__ = ["app"]

app.conf.imports = ("workers.tasks",)
