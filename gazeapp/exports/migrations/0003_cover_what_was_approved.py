from django.db import migrations


def cover_what_is_here(apps, schema_editor):
    """What was approved before covers every reading of today: its question chooses among them."""
    requests = apps.get_model("exports", "DataRequest").objects.filter(state="approved")
    recordings = apps.get_model("recordings", "Recording").objects.values_list("pk", flat=True)
    covers = apps.get_model("exports", "ApprovedReading")
    for request in requests:
        rows = (covers(request=request, recording_id=pk) for pk in recordings.iterator())
        covers.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("exports", "0002_approved_readings")]

    operations = [migrations.RunPython(cover_what_is_here, migrations.RunPython.noop)]
