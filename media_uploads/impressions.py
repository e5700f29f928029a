"""What an organizer should hear of an accepted film: nothing to see, nothing to hear. rules: V3

A warning refuses nothing; a film may be meant that way.
"""

from __future__ import annotations

from array import array
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame

# Of 255: below this not even one point of the reduced picture can be made out on a screen.
DARK = 32
LOOK_AT = (64, 36)
# -60 dBFS in 16 bits: below the noise of a quiet room.
QUIET = 32
# A few seconds each at the start, in the middle and at the end; hearing ends at the first sound.
PACKETS_PER_PLACE = 150


def is_dark(frame: VideoFrame) -> bool:
    """True if nothing can be made out in this picture."""
    # A thread for each core would take its stack from what the child may fill.
    small = frame.to_image(width=LOOK_AT[0], height=LOOK_AT[1], threads=1)
    brightest = small.convert("L").getextrema()[1]
    return isinstance(brightest, int | float) and brightest < DARK


class Ear:
    """Listens to a sound track of `packets` packets until something is heard."""

    def __init__(self, track: AudioStream, packets: int) -> None:
        self.track = track
        self.heard = False
        self.at = 0
        last = max(0, packets - PACKETS_PER_PLACE)
        self.places = [range(at, at + PACKETS_PER_PLACE) for at in (0, last // 2, last)]

    def take(self, packet: Packet[Any]) -> None:
        """Decode the packet if it is at one of the places; a damaged one is not heard."""
        at, self.at = self.at, self.at + 1
        if self.heard or not any(at in place for place in self.places):
            return
        try:
            self.heard = any(_loudest(frame) > QUIET for frame in self.track.decode(packet))
        except (av.FFmpegError, ValueError):
            self.track.codec_context.flush_buffers()


def _loudest(frame: AudioFrame) -> int:
    """The highest sample, 0 to 32768, of any channel."""
    # One for each frame: it refuses a frame unlike the first, and sound may change on its way.
    found = 0
    for even in AudioResampler(format="s16").resample(frame):
        samples = array("h", bytes(even.planes[0])[: 2 * even.samples * even.layout.nb_channels])
        if samples:
            found = max(found, max(samples), -min(samples))
    return found
