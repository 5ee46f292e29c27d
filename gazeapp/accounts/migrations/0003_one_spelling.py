"""Names are stored in one spelling; what django-axes kept of typed names goes."""

import unicodedata

from django.db import migrations

AXES = ("accessattemptexpiration", "accessattempt", "accesslog", "accessfailurelog")


def fold(text):
    """As gazeapp.accounts.names.fold was when this was written."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def fold_names(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    seen = {}
    for user in User.objects.order_by("pk"):
        name = fold(user.username)
        if name in seen:
            raise RuntimeError(
                f"Nothing was changed: the user names {seen[name]!r} and {user.username!r} are one name now that case and "
                "width no longer count. Rename one of them with the version before this one, then start again."
            )
        seen[name] = user.username
        if (user.username, user.email) != (name, user.email.strip().lower()):
            User.objects.filter(pk=user.pk).update(username=name, email=user.email.strip().lower())


def drop_axes(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table in AXES:
            cursor.execute(f"DROP TABLE IF EXISTS axes_{table}")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'axes'")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_roles")]
    operations = [
        migrations.RunPython(fold_names, migrations.RunPython.noop),
        migrations.RunPython(drop_axes, migrations.RunPython.noop),
    ]
