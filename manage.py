#!/usr/bin/env python
"""Django's command line."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line

from sportsbr import embedded, env


def main() -> None:
    """Run a command, on the embedded Postgres unless another is named."""
    settings = env.read()
    if not settings.database_url:
        env.use_database(embedded.ensure(settings.data_dir / "postgres"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sportsbr.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
