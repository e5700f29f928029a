"""Lists that make a player open other files and addresses, each renamed .mp4."""

from pathlib import Path


def hls(target: str) -> str:
    """An HLS playlist of one piece."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:12", "#EXTINF:12,", target, "#EXT-X-ENDLIST", ""]
    return "\n".join(lines)


def hls_master(target: str) -> str:
    """An HLS playlist of playlists."""
    return f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n{target}\n"


def hls_key(target: str) -> str:
    """An HLS playlist whose piece is here and whose key is elsewhere."""
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"'
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:12", key, "#EXTINF:12,", target, "#EXT-X-ENDLIST"]
    return "\n".join([*lines, ""])


def dash(target: str) -> str:
    """A DASH manifest of one representation."""
    return (
        '<?xml version="1.0"?>\n'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" '
        'mediaPresentationDuration="PT12S" minBufferTime="PT1S"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="100000" '
        f'codecs="avc1.42c01e" width="640" height="360"><BaseURL>{target}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>\n"
    )


def concat(target: str) -> str:
    """A script for FFmpeg's concat demuxer."""
    return f"ffconcat version 1.0\nfile '{target}'\n"


def sdp(port: int) -> str:
    """A session description: pictures come by RTP from this address."""
    return (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=video\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
