#!/usr/bin/env python
"""Django's command line for the reading room; `manage.py up` starts every process on one machine."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    from django.core.management import execute_from_command_line

    from webapp import start

    start.run(lambda: execute_from_command_line(sys.argv))
