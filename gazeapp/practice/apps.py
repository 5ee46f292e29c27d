from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "gazeapp.practice"
    label = "practice"
    verbose_name = "Practice"
