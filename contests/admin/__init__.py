"""The admin of the contests room, a file a family; autodiscovery imports this package."""

from contests.admin import (
    attempts,
    contest,
    judges,
    people,
    questions,
    quizzes,
    units,
    watch,
)

__all__ = ["attempts", "contest", "judges", "people", "questions", "quizzes", "units", "watch"]
