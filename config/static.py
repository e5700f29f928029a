"""Static files under names that carry their content, so that a browser keeps them for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Scripts name the scripts they import by such names too, never an older version of one."""

    support_js_module_import_aggregation = True
