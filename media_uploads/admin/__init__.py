"""The units' videos in the administration."""

from media_uploads.admin.videos import VideoAdmin

__all__ = ["VideoAdmin"]
