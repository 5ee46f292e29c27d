from django.apps import AppConfig


class ScanpathsConfig(AppConfig):
    name = "gazeapp.scanpaths"
    label = "scanpaths"
    verbose_name = "Scanpaths"
