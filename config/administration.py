"""Which site stands at /admin/: the rooms register at the one that the portal lays out."""

from django.contrib.admin.apps import AdminConfig


class AdministrationConfig(AdminConfig):
    default_site = "portal.administration.Administration"
