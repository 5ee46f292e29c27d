"""Each verdict that speaks against a film says what it looks like, as long as its pixels are still stored."""

import gzip
import logging
import zlib
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import migrations, models

from gazeapp.cases import likeness

log = logging.getLogger(__name__)


def look(apps, schema_editor):
    """Of a film whose files are gone or damaged nothing is said: its verdict holds for its very pixels only."""
    FilmVerdict, Film = apps.get_model("cases", "FilmVerdict"), apps.get_model("cases", "Film")
    for verdict in FilmVerdict.objects.exclude(verdict="released").iterator():
        film = Film.objects.filter(pk=verdict.pk).first()
        if film is None:
            continue
        try:
            pixels = np.frombuffer(gzip.decompress(stored(film.pk).read_bytes()), dtype="<u2")
            verdict.signature, verdict.values = likeness.Look.of(pixels.reshape(film.rows, film.columns))[:2]
        except (OSError, EOFError, ValueError, zlib.error) as fault:
            log.warning("film %s has no signature (%s)", film.pk[:12], type(fault).__name__)
        else:
            verdict.save(update_fields=["signature", "values"])


def stored(sha256):
    return Path(settings.MEDIA_ROOT) / "films" / sha256[:2] / f"{sha256}.u16.gz"


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_answer_keys_and_sets")]

    operations = [
        migrations.AddField(
            model_name="filmverdict",
            name="signature",
            field=models.BinaryField(
                default=b"",
                help_text="What the picture looks like (`likeness`); empty if that is not known, or is nothing.",
            ),
        ),
        migrations.AddField(
            model_name="filmverdict",
            name="values",
            field=models.CharField(
                blank=True,
                db_index=True,
                default="",
                help_text="sha256 of its values without its size; empty if not known.",
                max_length=64,
            ),
            preserve_default=False,
        ),
        migrations.RunPython(look, migrations.RunPython.noop),
    ]
