"""Addresses of the answers: part of the whole, and all that a process behind SAVES_PORT has."""

from django.urls import path

from contests.views import answers

# Of the process behind SAVES_PORT, which makes no pages.
handler404 = answers.no_such_address
handler500 = answers.failed

urlpatterns = [
    path("api/answers/", answers.answer_save, name="answer_save"),
    path("api/attempts/<int:pk>/", answers.attempt_state, name="attempt_state"),
]
