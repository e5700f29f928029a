"""Addresses of the accounts room."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("sign-in/", views.staff_sign_in, name="staff_sign_in"),
    path("account/password/", views.password, name="account_password"),
    path(
        "account/password/<str:uidb64>/<str:token>/",
        views.PasswordByLink.as_view(),
        name="password_link",
    ),
]
