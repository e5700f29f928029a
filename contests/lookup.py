"""Finds what a command line names, or says in words that it is not there."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from contests.models import Contest


def contest_by_slug(slug: str) -> Contest:
    """Return the contest, or stop the command with a sentence."""
    try:
        return Contest.objects.get(slug=slug)
    except Contest.DoesNotExist:
        known = ", ".join(Contest.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(
            _("There is no contest “%(slug)s”. Known: %(known)s")
            % {"slug": slug, "known": known or "–"}
        ) from None


def organizer_by_name(contest: Contest, username: str) -> User:
    """Return an organizer of the contest by sign-in name, or stop the command."""
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None or not Contest.objects.for_organizer(user).filter(pk=contest.pk).exists():
        raise CommandError(
            _("“%(name)s” is not an organizer of this contest.") % {"name": username}
        )
    return user
