"""Each film says what it looks like, so that a verdict finds those like it. Every stored film is read once: some tenths of
a second each."""

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
    """A film whose files are gone or damaged has no look, and is like none."""
    Film = apps.get_model("cases", "Film")
    for film in Film.objects.iterator():
        path = Path(settings.MEDIA_ROOT) / "films" / film.pk[:2] / f"{film.pk}.u16.gz"
        try:
            pixels = np.frombuffer(gzip.decompress(path.read_bytes()), dtype="<u2").reshape(film.rows, film.columns)
        except (OSError, EOFError, ValueError, zlib.error) as fault:
            log.warning("film %s has no signature (%s)", film.pk[:12], type(fault).__name__)
        else:
            film.signature, film.values = likeness.Look.of(pixels)[:2]
            film.save(update_fields=["signature", "values"])


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_known_by_its_words")]

    operations = [
        migrations.AddField(
            model_name="film",
            name="signature",
            field=models.BinaryField(default=b"", help_text="What the picture looks like, as in `FilmVerdict`."),
        ),
        migrations.AddField(
            model_name="film",
            name="values",
            field=models.CharField(
                blank=True, db_index=True, default="", help_text="As in `FilmVerdict`.", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.RunPython(look, migrations.RunPython.noop),
    ]
