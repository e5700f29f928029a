"""The admin of the scoring room, a file a family; autodiscovery imports this package."""

from scoring.admin import criteria, judging, mending, plan, results

__all__ = ["criteria", "judging", "mending", "plan", "results"]
