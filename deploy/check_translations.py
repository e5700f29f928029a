"""Fails when a text has no Vietnamese or a guessed one, or when locale/vi is not compiled."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOG = Path("locale/vi/LC_MESSAGES/django.po")
ROOMS = ("config", "accounts", "contests", "media_uploads", "scoring", "portal", "templates")


def output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def collected(folder: Path) -> Path:
    """Collect the texts of the source into a copy of the catalog; the source is not touched."""
    for name in (*ROOMS, "locale"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", "vi", "--no-location"],
        cwd=folder,
        env={**os.environ, "DATA_DIR": str(folder / "var")},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / CATALOG


def main() -> int:
    """Print every text that is not in order; return the exit code."""
    if not shutil.which("xgettext"):
        print("gettext is missing; type: sudo apt-get install -y gettext", file=sys.stderr)
        return 1
    committed = ROOT / CATALOG
    with tempfile.TemporaryDirectory() as folder:
        catalog = str(collected(Path(folder)))
        # Fuzzy first: collecting guesses a neighbour's translation for a text that has none.
        faults = {
            "have no Vietnamese": output("msgattrib", "--untranslated", "--no-obsolete", catalog),
            "are only guessed": output("msgattrib", "--only-fuzzy", "--no-obsolete", catalog),
        }
        fresh = str(Path(folder) / "fresh.mo")
        output("msgfmt", "--check-format", "-o", fresh, str(committed))
        stale = output("msgunfmt", fresh) != output("msgunfmt", str(committed.with_suffix(".mo")))
    for what, texts in faults.items():
        if "msgid" in texts:
            print(f"Texts of the source that {what} in {CATALOG}:\n{texts}", file=sys.stderr)
    if stale:
        print(f"{CATALOG} was changed but not compiled; type: make messages", file=sys.stderr)
    return int(stale or any("msgid" in texts for texts in faults.values()))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed; its message is above.")
