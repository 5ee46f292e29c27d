"""`manage.py up`: the whole reading room on this machine, until Ctrl-C."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from gazeapp.core.supervisor.up import Supervisor


class Command(BaseCommand):
    help = "Start broker, web server, workers and beat on this machine, watch them, and stop them together on Ctrl-C."
    requires_system_checks = ()  # `manage.py check` has them; a start should not wait for them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="Loopback; put a proxy in front for anything else.")

    def handle(self, *args: Any, **options: Any) -> None:
        def say(line: str) -> None:
            self.stdout.write(line)
            self.stdout.flush()

        Supervisor(host=options["host"], port=options["port"], say=say).run()
