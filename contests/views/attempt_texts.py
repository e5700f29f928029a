"""What the quiz page's script says, in the visitor's language; {braces} are filled in by it."""

from django.utils.translation import gettext


def script_texts() -> dict[str, str]:
    return {
        "left": gettext("Time left"),
        "over": gettext("Time is over"),
        "question": gettext("Question {number} of {total}"),
        "saved_count": gettext("{saved} / {total} saved"),
        "unsaved_count": gettext("{count} not saved"),
        "all_saved": gettext("everything is saved"),
        "open_count": gettext("{count} not answered"),
        "saving": gettext("Saving choice {letter}…"),
        "saved": gettext("Choice {letter} saved at {time}"),
        "unsaved": gettext("Choice {letter} is not saved yet; sending again"),
        "refused": gettext("Choice {letter} could not be saved. Choose again or reload the page."),
        "stale": gettext("This question was answered on another page; that answer is shown."),
        "cell_saved": gettext("Question {number}: answered"),
        "cell_open": gettext("Question {number}: not answered"),
        "cell_unsaved": gettext("Question {number}: not saved"),
        "cell_flagged": gettext("marked for review"),
        "cell_current": gettext("shown now"),
        "trouble_one": gettext("Question {numbers} could not be saved: no connection."),
        "trouble_many": gettext("Questions {numbers} could not be saved: no connection."),
        "trouble_more": gettext(
            "The device keeps sending by itself. Other answers are saved; do not close this page."
        ),
        "stale_what": gettext("This page may no longer save answers."),
        "stale_more": gettext(
            "You signed out or opened the quiz in another place. Reload the page to go on here."
        ),
        "device_what": gettext("The quiz is being taken on another device."),
        "device_more": gettext(
            "This page shows the saved answers and saves nothing. To go on here, press the button;"
            " the other device can then only look."
        ),
        "tab_what": gettext("The quiz is open in another tab of this browser."),
        "tab_more": gettext("This tab shows your answers and saves nothing."),
        "left_item": gettext("question {number}: {letter}"),
        "more_time": gettext("You were given more time: the quiz now ends at {time}."),
        "waits_for": gettext(
            "Not handed in yet: question {numbers} is not saved. The device keeps sending and hands"
            " in as soon as it is."
        ),
        "list_one": gettext("question {numbers}"),
        "list_many": gettext("questions {numbers}"),
        "none": gettext("none"),
        "count_questions": gettext("{count} questions"),
        "still_open": gettext("{count} questions are not answered yet."),
        "still_unsaved": gettext("{count} questions are not saved yet."),
        "nothing_open": gettext("All questions are answered and saved."),
        "ending": gettext("Receiving the last answers…"),
        "handing_in": gettext("Handing in…"),
        "not_handed_in": gettext("Not handed in yet: no connection. The device tries again."),
        "five_minutes": gettext("5 minutes left"),
        "one_minute": gettext("1 minute left"),
        "half_minute": gettext("30 seconds left"),
    }
