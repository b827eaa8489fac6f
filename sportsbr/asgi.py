"""For servers that speak ASGI only. Uploads want WSGI: ASGI spools a body before a view sees it."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportsbr.settings")

application = get_asgi_application()
