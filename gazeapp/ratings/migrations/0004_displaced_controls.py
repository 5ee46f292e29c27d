"""Controls of studies that are there stay displaced: from now on only those are that share a reading with another item."""

from django.db import migrations

CONTROLS = ("shuffled", "other-case", "centre")


def wrap(apps, schema_editor):
    """The seed is the control's own, which displaced it until now."""
    Item = apps.get_model("ratings", "Item")
    for item in Item.objects.filter(source__kind__in=CONTROLS).iterator():
        kind, seed, _ = item.reference.split(":", 2)
        if kind in CONTROLS:
            Item.objects.filter(pk=item.pk).update(reference=f"displaced:{seed}:{item.reference}")


def unwrap(apps, schema_editor):
    Item = apps.get_model("ratings", "Item")
    for item in Item.objects.filter(reference__startswith="displaced:").iterator():
        Item.objects.filter(pk=item.pk).update(reference=item.reference.split(":", 2)[2])


class Migration(migrations.Migration):
    dependencies = [("ratings", "0003_knowing_raters")]

    operations = [migrations.RunPython(wrap, unwrap)]
