from django.urls import path

from gazeapp.accounts import link_views, views

urlpatterns = [
    path("", link_views.people, name="people"),
    path("<int:pk>/link/", link_views.make_link, name="make-link"),
    path("link/<str:secret>/", link_views.use_link, name="use-link"),
    path("me/", views.profile, name="profile"),
    path("me/consent/", views.consent, name="consent"),
    path("me/tokens/", views.make_token, name="make-token"),
    path("me/tokens/<str:key>/delete/", views.delete_token, name="delete-token"),
]
