"""Addresses of the scoring room."""

from django.urls import path

from scoring import views

urlpatterns = [
    path(
        "<slug:slug>/results/<slug:table>.<slug:form>",
        views.contest_download,
        name="contest_download",
    ),
]
