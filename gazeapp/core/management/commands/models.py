"""Model versions from the command line, for whoever runs the server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors, services
from gazeapp.scanpaths.models import ModelVersion

WHO = "command"  # in the audit


class Command(BaseCommand):
    help = "List, register, promote and roll back model versions."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="every version, the newest first, and what serves")
        acts.add_parser("register", help="copy a model folder here; it becomes a candidate").add_argument(
            "folder", type=Path
        )
        promote = acts.add_parser("promote", help="new predictions use this version")
        promote.add_argument("version", help="its sha256, or the beginning of it")
        roll_back = acts.add_parser("roll-back", help="the version before serves again")
        for act in (promote, roll_back):
            act.add_argument("--reason", required=True)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            if act == "list":
                self._list()
            elif act == "register":
                made = services.register_model(folder=options["folder"], by=WHO)
                self.stdout.write(f"{made.sha256}  {made.name}  {made.state}")
            else:
                if act == "promote":
                    version = _version(options["version"])
                    made_ = services.promote(version=version, by=WHO, reason=options["reason"])
                else:
                    made_ = services.roll_back(by=WHO, reason=options["reason"])
                self.stdout.write(f"New predictions use {made_.version}.")
        except Problem as problem:
            raise CommandError(f"{problem} {problem.detail}".strip()) from problem

    def _list(self) -> None:
        for version in ModelVersion.objects.defer("card"):
            self.stdout.write(
                f"{version.sha256[:12]}  {version.created_at:%Y-%m-%d}  {version.state:9}  {version.name}"
            )
        model = selectors.current_model()
        self.stdout.write(f"New predictions use {model.name} ({model.sha256[:12]}).")


def _version(beginning: str) -> ModelVersion:
    found = list(ModelVersion.objects.filter(sha256__startswith=beginning.lower())[:2])
    if len(found) != 1:
        many = "More than one version begins" if found else "No version that is registered here begins"
        raise CommandError(f"{many} with {beginning}.")
    return found[0]
