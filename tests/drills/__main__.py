"""Runs pytest on a PostgreSQL cluster and a Redis of its own: python -m tests.drills [arguments].

PostgreSQL as a distribution starts it takes a hundred connections; the drills need more.
"""

import os
import signal
import subprocess
import sys

from tests.drills.cluster import dying_with_us, own_cluster, own_redis
from tests.processes import ROOT


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with own_cluster() as cluster, own_redis() as redis:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-o", "faulthandler_timeout=3600", *sys.argv[1:]],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": cluster.url, "REDIS_URL": redis.url},
            preexec_fn=dying_with_us(signal.SIGTERM),
        )
        try:
            return process.wait()
        finally:
            # Ended from outside: the drills take away what they started before they go.
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(60)
                except subprocess.TimeoutExpired:
                    process.kill()


if __name__ == "__main__":
    sys.exit(main())
