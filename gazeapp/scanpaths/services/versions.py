"""Model versions: registered from a folder, promoted, and rolled back. The newest promotion decides what serves."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from gazeapp.core import audit, events
from gazeapp.core.problems import Problem
from gazeapp.core.text import written
from gazeapp.scanpaths import selectors, store
from gazeapp.scanpaths.models import ModelVersion, Promotion
from ml.medgaze.model_info import CARD, ModelInfo, check_files, read_model_info

LOCK = "models"  # nobody else promotes while it is held; also the live subject that tells of versions
SEED = "MEDGAZE_MODEL"  # who promoted the first one
IN_METRICS = ("scores", "baselines", "notes")
COLUMNS = ("name", "sha256", "simulated")


def register_model(*, folder: Path, by: Any, parent: ModelVersion | None = None) -> ModelVersion:
    """Copies a model folder (`model.safetensors`, `config.json`, `processor_config.json`; manifest and card if it has
    them) to the media root and makes it a candidate. One that is here already is returned as it is, its files mended if
    they were lost or damaged. Copies before the transaction: call it outside of one.

    by: a user, or in words who.

    Raises:
        Problem: model-refused, with the reason; model-not-kept, when there is no room for the copy; model-damaged, when
            the version is here, damaged, and this folder cannot mend it.
    """
    folder = Path(folder)
    info = _readable(folder)
    with store.locked(info.sha256):
        known = ModelVersion.objects.filter(pk=info.sha256).first()
        try:
            files = store.keep(folder, info.sha256, known.files if known else None)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise Problem("model-not-kept", "The model could not be copied.", f"{why}.", code=507) from error
        if known is not None:
            store.checked(known)
            return known
        if _readable(store.folder_of(info.sha256)).sha256 != info.sha256:
            raise _refused("it changed while it was read")
        about = asdict(info)
        with transaction.atomic():
            version, new = ModelVersion.objects.get_or_create(
                sha256=info.sha256,
                defaults={
                    "name": info.name[:80],
                    "files": files,
                    "parent": parent,
                    "simulated": info.simulated,
                    "metrics": {key: about[key] for key in IN_METRICS},
                    "about": {key: value for key, value in about.items() if key not in IN_METRICS + COLUMNS},
                    "card": _card(folder),
                },
            )
            if new:
                events.publish(LOCK, "models.changed", {"what": "version"})
                audit.record(by, "model.register", f"model:{version.sha256}")
    return version


def promote(*, version: ModelVersion, by: Any, reason: str, over: str | None = None) -> Promotion:
    """From now on new predictions use this version, in every process. What waits or runs keeps the version it names.

    over: sha256 of the version that it was compared with, where somebody compared: it is promoted only over that one.

    Raises:
        Problem: no-reason; already-champion; champion-changed; model-gone, model-damaged.
    """
    _check_reason(reason)
    store.checked(version)
    seed_champion()
    with transaction.atomic():
        events.lock(LOCK)
        newest = selectors.newest_promotion()
        if newest is not None and newest.version_id == version.pk:
            raise Problem("already-champion", "New predictions use this version already.", code=409)
        if over is not None and (newest is None or newest.version_id != over):
            raise Problem(
                "champion-changed",
                "Another version serves since this one was judged.",
                "Judge it beside that one, or promote it with a written reason.",
                code=409,
            )
        return _promoted(version, newest.version if newest else None, by, reason)


def roll_back(*, by: Any, reason: str) -> Promotion:
    """Takes the newest promotion back that still stands: the version before it serves again. Twice goes back two.

    Raises:
        Problem: no-reason; nothing-before; model-gone, model-damaged, when that version cannot be loaded.
    """
    _check_reason(reason)
    seed_champion()
    with transaction.atomic():
        events.lock(LOCK)
        standing = selectors.promotions_in_force()
        if len(standing) < 2:
            raise Problem(
                "nothing-before",
                "There is no version to go back to.",
                "Promote another version instead.",
                code=409,
            )
        undone, back = standing[-1], standing[-2]
        store.checked(back.version)
        return _promoted(back.version, undone.version, by, reason, undoes=undone)


def seed_champion() -> None:
    """The first champion is the folder in the setting MEDGAZE_MODEL, registered when it is first needed; once anything
    was promoted that setting says nothing. Does nothing without a usable folder there."""
    if Promotion.objects.exists():
        return
    try:
        version = register_model(folder=settings.MEDGAZE_MODEL, by=SEED)
    except Problem as problem:
        if problem.kind == "model-refused":
            return
        raise
    with transaction.atomic():
        events.lock(LOCK)
        if not Promotion.objects.exists():
            _promoted(version, None, SEED, "The model that this server was set up with.")


def version_here(sha256: str) -> ModelVersion:
    """The version that a job names.

    Raises:
        Problem: model-gone.
    """
    found = ModelVersion.objects.filter(pk=sha256).first()
    if found is None:
        seed_champion()
        found = ModelVersion.objects.filter(pk=sha256).first()
    if found is None:
        raise Problem(
            "model-gone",
            f"Model version {sha256[:12]} is not here.",
            "Ask again, and the version that serves now answers.",
            code=410,
        )
    return found


def _promoted(
    version: ModelVersion, previous: ModelVersion | None, by: Any, reason: str, undoes: Promotion | None = None
) -> Promotion:
    """The row, the states and the audit (the lock is held)."""
    user = by if getattr(by, "pk", None) is not None else None
    promotion = Promotion.objects.create(
        version=version, previous=previous, undoes=undoes, by=user, reason=written(reason)
    )
    ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION).update(state=ModelVersion.State.RETIRED)
    ModelVersion.objects.filter(pk=version.pk).update(state=ModelVersion.State.CHAMPION)
    version.state = ModelVersion.State.CHAMPION
    events.publish(LOCK, "models.changed", {"what": "champion"})
    verb = "model.promote" if undoes is None else "model.roll-back"
    audit.record(by, verb, f"model:{version.pk}", promotion=promotion.pk, previous=previous.pk if previous else None)
    return promotion


def _check_reason(reason: str) -> None:
    longest = Promotion._meta.get_field("reason").max_length
    if not written(reason) or len(written(reason)) > (longest or 0):
        raise Problem("no-reason", f"Say why, in at most {longest} characters.", code=400)


def _readable(folder: Path) -> ModelInfo:
    try:
        info = read_model_info(folder)
        check_files(folder)
        return info
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        missing = f"its configuration does not say {error}" if isinstance(error, KeyError) else str(error)
        raise _refused(missing) from error


def _refused(why: str) -> Problem:
    return Problem(
        "model-refused", "This folder holds no model that can be used.", f"{why[:1].upper()}{why[1:]}.", code=422
    )


def _card(folder: Path) -> str:
    path = folder / CARD
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
