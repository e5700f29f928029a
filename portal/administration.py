"""The administration's site: what its first page begins with, its lists in the order of the work.

The rooms register their lists at this site while it is being made, so nothing of theirs is imported
above.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse

# Room by room; what is not named here comes after what is, as the stock site has it.
ORDER: dict[str, tuple[str, ...]] = {
    "contests": (
        *("Contest", "Unit", "Participant", "Exclusion", "Flag", "Question", "KeyChange"),
        *("Quiz", "Attempt", "Judge", "Conflict", "SettingChange"),
    ),
    "media_uploads": ("VideoSubmission",),
    "scoring": ("Criterion", "ScoreSheet", "AwardTier", "ResultSet"),
    "accounts": ("User", "AuditEntry"),
}


class Administration(AdminSite):
    """The stock site with the own contests and the marking before the lists."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            names = ORDER.get(app["app_label"], ())
            app["models"].sort(key=lambda model, names=names: _place(model["object_name"], names))
        return sorted(apps, key=lambda app: _place(app["app_label"], tuple(ORDER)))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from portal.admin_home import home_of

        return super().index(request, {"home": home_of(request), **(extra_context or {})})


def _place(name: str, names: tuple[str, ...]) -> int:
    return names.index(name) if name in names else len(names)
