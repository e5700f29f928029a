"""What each statistic is called and exactly how it is counted."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# By the statistic's key: its label and its definition.
DEFINITIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "units_total": (_("Units invited"), _("All units of the contest.")),
    "units_took_part": (
        _("Units that took part"),
        _("Units with at least one counted attempt or an accepted video."),
    ),
    "units_both_parts": (
        _("Units in both parts"),
        _("Units with at least one counted attempt and an accepted video."),
    ),
    "units_quiz_only": (
        _("Units in the quiz only"),
        _("Units with at least one counted attempt and no accepted video."),
    ),
    "units_video_only": (
        _("Units in the video part only"),
        _("Units with an accepted video and no counted attempt."),
    ),
    "units_none": (
        _("Units that did not take part"),
        _("Units with neither a counted attempt nor an accepted video."),
    ),
    "units_disqualified": (_("Units disqualified"), _("Units that left the ranking.")),
    "units_eligible": (
        _("Units eligible for an award"),
        _("Units in the ranking that fulfil the conditions for an award."),
    ),
    "people_registered": (
        _("People registered"),
        _("People on a roster or confirmed by their unit, without disqualified ones."),
    ),
    "people_finished": (_("People who took part"), _("People with a counted attempt.")),
    "people_disqualified": (_("People disqualified"), _("People who left the ranking.")),
    "people_unconfirmed": (
        _("People not confirmed"),
        _("People who registered themselves and whom nobody has confirmed."),
    ),
    "attempts_finished": (
        _("Attempts finished"),
        _("Attempts handed in or ended by the clock, of people who count."),
    ),
    "perfect_attempts": (
        _("Perfect attempts"),
        _("Counted attempts with every question answered correctly."),
    ),
    "mean_percentage": (
        _("Mean quiz result, %"),
        _("Mean of the percentages of all counted attempts."),
    ),
    "mean_seconds": (
        _("Mean time, seconds"),
        _("Mean of the whole seconds of all counted attempts."),
    ),
    "fastest_winner_seconds": (
        _("Fastest winner, seconds"),
        _("Shortest time among the people awarded."),
    ),
    "slowest_winner_seconds": (
        _("Slowest winner, seconds"),
        _("Longest time among the people awarded."),
    ),
    "headcount": (_("Headcount"), _("Sum of the headcounts of the units in the ranking.")),
    "turnout": (
        _("Turnout"),
        _("People with a counted attempt ÷ headcount, over units that state a headcount."),
    ),
    "videos_accepted": (_("Videos accepted"), _("Counted videos in the ranking.")),
    "videos_disqualified": (_("Videos disqualified"), _("Videos that left the ranking.")),
    "videos_flagged": (
        _("Videos to talk over"),
        _("Videos whose score sheets are more than 15 points apart."),
    ),
    "sheets_counted": (
        _("Score sheets counted"),
        _("Complete sheets handed in by judges without a conflict of interest."),
    ),
    "sheets_excused": (_("Score sheets excused"), _("Sheets the chair excused a judge from.")),
}
