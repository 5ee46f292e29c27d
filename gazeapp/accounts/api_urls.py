from django.urls import path

from gazeapp.accounts import api

urlpatterns = [
    path("me/", api.MeView.as_view(), name="api-me"),
    path("me/consents/", api.ConsentsView.as_view(), name="api-consents"),
    path("tokens/", api.TokenListView.as_view(), name="api-tokens"),
    path("tokens/<str:key>/", api.TokenView.as_view(), name="api-token"),
]
