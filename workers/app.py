"""The Celery application as workers run it: the site's, with the tasks registered."""

from __future__ import annotations

from sportsbr.celery import app

app.conf.imports = ("workers.tasks",)

__all__ = ["app"]
