from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "gazeapp.core"
    label = "core"
    verbose_name = "Jobs and events"
