from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="strikes",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Attempts that lost their worker or met an unforeseen error; the third fails the job.",
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="attempt",
            field=models.PositiveSmallIntegerField(default=0, help_text="Claims so far, however they ended."),
        ),
        migrations.AlterField(
            model_name="job",
            name="published_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When a worker was last woken for it; empty when the broker did not take that.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="job",
            name="queued_at",
            field=models.DateTimeField(help_text="Its place in the queue. One that lost its worker keeps it."),
        ),
    ]
