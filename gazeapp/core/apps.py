from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "gazeapp.core"
    label = "core"
    verbose_name = "Jobs and events"

    def ready(self) -> None:
        from gazeapp.core import signals  # noqa: F401  (connects them)
