from django.urls import path

from gazeapp.accounts import views

urlpatterns = [
    path("me/", views.profile, name="profile"),
    path("me/tokens/", views.make_token, name="make-token"),
    path("me/tokens/<str:key>/delete/", views.delete_token, name="delete-token"),
]
