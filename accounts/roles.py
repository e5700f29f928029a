"""The two staff roles and how migrations give them permissions (never by hand)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

ORGANIZER = "organizer"
JUDGE = "judge"


def grant(app_label: str, permissions: Mapping[str, Iterable[str]]) -> Callable[[Any, Any], None]:
    """Return a migration step that gives groups permissions, {"group": ["view_unit", …]}.

    Permissions are made by a signal after all migrations; here the ones asked for are made first.
    """

    def step(apps: Any, schema_editor: Any) -> None:
        group_model = apps.get_model("auth", "Group")
        permission_model = apps.get_model("auth", "Permission")
        type_model = apps.get_model("contenttypes", "ContentType")
        for group_name, codenames in permissions.items():
            group, _ = group_model.objects.get_or_create(name=group_name)
            for codename in codenames:
                _, model = codename.split("_", 1)
                content_type, _ = type_model.objects.get_or_create(app_label=app_label, model=model)
                permission, _ = permission_model.objects.get_or_create(
                    content_type=content_type,
                    codename=codename,
                    defaults={"name": f"Can {codename.replace('_', ' ')}"},
                )
                group.permissions.add(permission)

    return step
