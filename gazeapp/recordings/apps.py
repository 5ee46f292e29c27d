from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    name = "gazeapp.recordings"
    label = "recordings"
    verbose_name = "Recordings"
