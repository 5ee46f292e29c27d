from django.apps import AppConfig


class RatingsConfig(AppConfig):
    name = "gazeapp.ratings"
    label = "ratings"
    verbose_name = "Ratings"
