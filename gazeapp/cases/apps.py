from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "gazeapp.cases"
    label = "cases"
    verbose_name = "Cases"
