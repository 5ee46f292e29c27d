from django.apps import AppConfig


class DifficultyConfig(AppConfig):
    name = "gazeapp.difficulty"
    label = "difficulty"
    verbose_name = "Difficulty"
