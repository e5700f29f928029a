"""Serve the program on this host: a web server and its workers, which end together."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils.translation import gettext as _

from config import processes

# Web server processes and threads of each. Measured: with more than four threads saves on SQLite
# wait for seconds.
CAPACITY = {"sqlite": (1, 4), "postgresql": (2, 8)}
# A process for the answers alone (deploy/nginx.conf.template): however many people crowd at the
# door, those who are answering do not wait behind them. The processors are theirs first.
SAVES_CAPACITY = (1, 8)
NICENESS_BESIDE_SAVES = 5


def port_number(text: str, *, variable: str = "PORT") -> int:
    """Return the number of a TCP port; raises ArgumentTypeError, which names the variable."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise ArgumentTypeError(f"{variable}: expected a number from 1 to 65535, not {text!r}")
    return int(text)


def require_free(host: str, ports: list[int]) -> None:
    """Raise PortInUse, which names the port, where another program listens."""
    for port in ports:
        processes.require_free_port(host, port)


class Command(BaseCommand):
    help = "Start the web server and the worker; Ctrl-C ends both."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=port_number, default=os.environ.get("PORT", "8000"))
        parser.add_argument(
            "--saves-port",
            type=partial(port_number, variable="SAVES_PORT"),
            default=os.environ.get("SAVES_PORT") or None,
            help="serve the answers of the quiz here too, for nginx",
        )
        parser.add_argument(
            "--with-demo",
            action="store_true",
            help="first bring the database up to date and load the demonstration, once",
        )

    def handle(
        self,
        *,
        host: str,
        port: int,
        saves_port: int | None,
        with_demo: bool,
        **options: object,
    ) -> None:
        os.umask(0o077)
        if saves_port == port:
            raise CommandError(_("SAVES_PORT and PORT must be two different ports."), returncode=2)
        ports = [port] if saves_port is None else [port, saves_port]
        try:
            with processes.sole_supervisor(settings.DATA_DIR / "serve.lock", port):
                require_free(host, ports)
                if with_demo:
                    self.prepare()
                    require_free(host, ports)
                self.serve(host, ports, with_demo)
        except KeyboardInterrupt:
            raise CommandError(_("Stopped."), returncode=130) from None
        except processes.PortInUse as error:
            raise CommandError(
                _("Port %(port)s is in use by another program. Try: make run PORT=%(other)s")
                % {"port": error.args[0], "other": max(ports) + 1}
            ) from error
        except processes.AlreadyRunning as error:
            raise CommandError(
                _("The program is already running, on port %(port)s, with the data in %(folder)s.")
                % {"port": error.args[0], "folder": settings.DATA_DIR}
            ) from error
        except processes.NeverAnswered as error:
            raise CommandError(
                _("The web server did not answer within %(seconds)d seconds; both were ended.")
                % {"seconds": processes.START_SECONDS}
            ) from error
        except processes.ProgramEnded as error:
            name, code = error.args
            raise CommandError(
                _("The process “%(name)s” ended by itself (code %(code)d); the rest was ended.")
                % {"name": name, "code": code}
            ) from error
        self.stdout.write(_("Ended. Nothing is left running."))

    def prepare(self) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_demo", hide_sign_ins=True, stdout=self.stdout)

    def serve(self, host: str, ports: list[int], with_demo: bool) -> None:
        workers, threads = CAPACITY[connection.vendor]
        niceness = NICENESS_BESIDE_SAVES if len(ports) > 1 else 0
        web = partial(processes.web_server, host)
        programs = [web(ports[0], workers=workers, threads=threads, niceness=niceness)]
        if len(ports) > 1:
            workers, threads = SAVES_CAPACITY
            programs.append(web(ports[1], workers=workers, threads=threads, answers_only=True))
        programs.append(processes.worker(Path(settings.CELERY_BEAT_SCHEDULE_FILENAME)))
        programs.append(processes.video_worker())
        connection.close()
        processes.run(
            programs,
            is_ready=lambda: all(processes.answers(host, port) for port in ports),
            announce=partial(self.announce, host, ports[0], with_demo),
            on_restart=self.on_restart,
            on_end=self.on_end,
        )

    def announce(self, host: str, port: int, with_demo: bool) -> None:
        """Print where the program answers and, for the demonstration, how to sign in."""
        shown = processes.seen_from_here(host)
        address = f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"
        self.stdout.write("")
        self.stdout.write(_("Contests:    %(address)s") % {"address": address})
        self.stdout.write(_("Organizers:  %(address)s") % {"address": address + "admin/"})
        if with_demo:
            call_command("load_demo", show_sign_ins=True, stdout=self.stdout)
        self.stdout.write(_("Ctrl-C ends the web server and the worker."))
        self.stdout.flush()

    def on_restart(self, name: str, code: int) -> None:
        self.stdout.write(
            _("The process “%(name)s” ended by itself (code %(code)d); it is started again.")
            % {"name": name, "code": code}
        )
        self.stdout.flush()

    def on_end(self) -> None:
        self.stdout.write(_("Ending the web server and the worker …"))
        self.stdout.flush()
