"""Addresses of the portal room; fixed first words come before those of a contest."""

from django.urls import path

from portal.views import (
    certificates,
    desk,
    explained,
    health,
    objections,
    people,
    public,
    results,
    statistics,
)

urlpatterns = [
    path("", public.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("sign-in/done/", public.after_sign_in, name="after_sign_in"),
    path("unit/", desk.desks, name="desks"),
    path("unit/<int:pk>/", desk.desk, name="desk"),
    path("unit/<int:pk>/state/", desk.desk_state, name="desk_state"),
    path("unit/<int:pk>/roster.xlsx", people.roster_file, name="roster_file"),
    path("unit/<int:pk>/people/confirm/", people.people_confirm, name="people_confirm"),
    path("unit/<int:pk>/people/codes/", people.codes_issue, name="codes_issue"),
    path("unit/<int:pk>/people/<int:number>/code/", people.code_issue, name="code_issue"),
    path("verify/", certificates.verify_search, name="verify_search"),
    path("verify/<str:code>/", certificates.verify, name="verify"),
    path("<slug:slug>/", public.contest, name="contest"),
    path("<slug:slug>/units/", public.contest_units, name="contest_units"),
    path("<slug:slug>/results/", results.contest_results, name="contest_results"),
    path("<slug:slug>/results/<str:code>/", results.unit_sum, name="unit_sum"),
    path("<slug:slug>/objections/", objections.objections, name="objections"),
    path(
        "<slug:slug>/objections/<int:pk>/withdraw/",
        objections.objection_withdraw,
        name="objection_withdraw",
    ),
    path(
        "<slug:slug>/results/<str:code>/in-full/",
        explained.unit_explained,
        name="unit_explained",
    ),
    path(
        "<slug:slug>/people/<int:number>/result/",
        explained.person_explained,
        name="person_explained",
    ),
    path("<slug:slug>/statistics/", statistics.contest_statistics, name="contest_statistics"),
    path("<slug:slug>/videos/", public.gallery, name="gallery"),
    path("<slug:slug>/videos/<slug:public_id>/", public.gallery_video, name="gallery_video"),
    path("<slug:slug>/privacy/", public.privacy, name="privacy"),
]
