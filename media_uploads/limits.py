"""What is accepted as a unit's video. rules: V3

Pages name these figures, so they stand apart from the inspection, which loads FFmpeg.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What is accepted: all inclusive; the sides are as seen, upright or sideways."""

    max_bytes: int = 2 * 1024**3
    min_seconds: int = 10
    max_seconds: int = 600
    min_long_side: int = 640
    min_short_side: int = 360
    max_side: int = 8192
    max_streams: int = 8
    max_frame_rate: int = 250
