"""Addresses of the media_uploads room."""

from django.urls import path

from media_uploads import captions, own_pages, tus, uploads, views

urlpatterns = [
    path("unit/<int:pk>/video/", uploads.video_upload, name="video_upload"),
    path("unit/<int:pk>/uploads/", tus.uploads, name="uploads"),
    path("unit/<int:pk>/uploads/<uuid:upload_id>", tus.upload, name="upload"),
    path("unit/<int:pk>/uploads/<uuid:upload_id>/drop/", tus.upload_drop, name="upload_drop"),
    path(
        "unit/<int:pk>/video/<slug:public_id>/withdraw/",
        own_pages.video_withdraw,
        name="video_withdraw",
    ),
    path("unit/<int:pk>/video/<slug:public_id>/keep/", own_pages.video_keep, name="video_keep"),
    path(
        "unit/<int:pk>/video/<slug:public_id>/captions/",
        own_pages.video_subtitle,
        name="video_subtitle",
    ),
    path("videos/<slug:public_id>/captions.vtt", captions.video_captions, name="video_captions"),
    path("videos/<slug:public_id>/video.mp4", views.video_copy, name="video_copy"),
    path("videos/<slug:public_id>/poster.jpg", views.video_poster, name="video_poster"),
]
