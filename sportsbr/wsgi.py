"""What the web server loads. WSGI on purpose: uploads are streamed, never spooled first."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportsbr.settings")

application = get_wsgi_application()
