"""The Celery application: the doorbell between the site and the workers."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportsbr.settings")

app = Celery("sportsbr")
app.config_from_object("django.conf:settings", namespace="CELERY")
