"""Every address of the program, room by room."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from accounts.views import admin_sign_in

handler500 = "config.failures.failed"

urlpatterns = [
    # Before the administration's own sign-in page: one form and one throttle for all.
    path("admin/login/", admin_sign_in),
    path("admin/", admin.site.urls),
    path("language/", set_language, name="set_language"),
    path("", include("accounts.urls")),
    path("", include("media_uploads.urls")),
    path("", include("scoring.urls")),
    path("", include("contests.urls")),
    path("", include("portal.urls")),
]
