from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "gazeapp.training"
    label = "training"
    verbose_name = "Training"
