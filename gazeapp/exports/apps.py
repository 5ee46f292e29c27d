from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "gazeapp.exports"
    label = "exports"
    verbose_name = "Research data"
