"""Addresses of the contests room; fixed first words come before those of a contest."""

from django.urls import include, path

from contests.views import attempt, entry, quiz, review

urlpatterns = [
    path("sign-out/", entry.sign_out, name="participant_sign_out"),
    path("enter/<str:token>/", entry.enter, name="enter"),
    path("", include("contests.answers_urls")),
    path("<slug:slug>/register/", entry.register, name="register"),
    path("<slug:slug>/sign-in/", entry.sign_in, name="sign_in"),
    path("<slug:slug>/quiz/", quiz.quiz, name="quiz"),
    path("<slug:slug>/quiz/<slug:quiz>/start/", quiz.quiz_start, name="quiz_start"),
    path("<slug:slug>/attempts/<int:pk>/", attempt.attempt, name="attempt"),
    path("<slug:slug>/attempts/<int:pk>/save/", attempt.attempt_save, name="attempt_save"),
    path(
        "<slug:slug>/attempts/<int:pk>/take-over/",
        attempt.attempt_take_over,
        name="attempt_take_over",
    ),
    path("<slug:slug>/attempts/<int:pk>/confirm/", attempt.attempt_confirm, name="attempt_confirm"),
    path("<slug:slug>/attempts/<int:pk>/submit/", attempt.attempt_submit, name="attempt_submit"),
    path("<slug:slug>/attempts/<int:pk>/result/", attempt.attempt_result, name="attempt_result"),
    path("<slug:slug>/attempts/<int:pk>/review/", review.attempt_review, name="attempt_review"),
    path(
        "<slug:slug>/attempts/<int:pk>/pictures/<int:position>/",
        review.attempt_picture,
        name="attempt_picture",
    ),
]
