"""The web entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# What is loaded by now lives as long as the process: the collector need not look at it again.
gc.collect()
gc.freeze()
