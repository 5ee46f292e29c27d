"""Whether a PNG or JPEG file holds the whole picture that its header promises, and no more: decoders show half a film
and say nothing."""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # x, y, dx, dy
PNG_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})  # beside them a picture means what no reader here knows
INFLATED_AT_ONCE = 1 << 20  # bytes
SOF_TAKEN = frozenset({0xC0, 0xC1, 0xC2})  # Huffman-coded DCT, sequential or progressive: what browsers show
SOF_KNOWN = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
SOS, DRI, EOI = 0xDA, 0xDD, 0xD9
SEGMENT_END = re.compile(rb"\xff+[^\x00\xff]")  # the marker that ends a run of entropy-coded bytes
STRAY = bytes((37 * n * n + 101 * n + 0x5A) % 251 for n in range(64))  # no 0xFF in it, so it holds no marker

SPARE = 32  # bytes; so many behind the last picture element are padding, more are another picture's


class Damaged(ValueError):
    """The file breaks off, was changed on its way, or holds something else than it promises; the message says which,
    in words of ours."""


def load_whole(content: bytes, image: Image.Image) -> None:
    """Decodes `image`, which was opened from `content`. Raises Damaged, or whatever the decoder raises, where the file
    does not hold the whole picture that its header promises, or holds more."""
    if image.format == "PNG":
        _check_png(content)
        image.load()
        return
    longer, shorter = _with_stray_bytes(content)
    image.load()
    # A complete picture does not depend on what follows its data, and does on the last of them. Where data are missing,
    # the decoder makes up grey and says nothing, but the stray bytes change what it makes up; what is left, it skips.
    with Image.open(BytesIO(longer), formats=["JPEG"]) as twin:
        if not np.array_equal(np.asarray(twin), np.asarray(image)):
            raise Damaged("the JPEG data end before the picture does")
    with Image.open(BytesIO(shorter), formats=["JPEG"]) as twin:
        try:
            too_much = np.array_equal(np.asarray(twin), np.asarray(image))
        except (OSError, UserWarning):  # the decoder misses what was taken away, so none of it was too much
            too_much = False
    if too_much:
        raise Damaged("the JPEG data go on behind the picture")


def _check_png(content: bytes) -> None:
    """Every chunk known or safe to skip, with its checksum, up to the last; and exactly as many bytes of pixels as the
    header promises."""
    view, at = memoryview(content), 8
    inflater, promised, held = zlib.decompressobj(), 0, 0
    while at + 12 <= len(view):
        length, kind = struct.unpack_from(">I4s", view, at)
        data = view[at + 8 : at + 8 + length]
        if len(data) < length or at + 12 + length > len(view):
            break
        if zlib.crc32(data, zlib.crc32(kind)) != struct.unpack_from(">I", view, at + 8 + length)[0]:
            raise Damaged("a checksum of the PNG is wrong")
        if not kind[0] & 0x20 and kind not in PNG_CRITICAL:  # a capital: not to be shown without it
            raise Damaged("a PNG with a part that is unknown here and must not be skipped")
        if kind == b"IHDR":
            promised = _png_bytes(data)
        elif kind == b"IDAT":
            held += _inflated(inflater, data, promised - held)
        elif kind == b"IEND":
            if held != promised or not inflater.eof:
                raise Damaged("the PNG holds another number of pixels than it promises")
            return
        at += 12 + length
    raise Damaged("the PNG breaks off")


def _inflated(inflater: Any, data: memoryview | bytes, room: int) -> int:
    """How many bytes come out; Damaged where they are more than there is room for, before they take memory."""
    count = 0
    while len(data) and not inflater.eof:
        count += len(inflater.decompress(data, INFLATED_AT_ONCE))
        if count > room:
            raise Damaged("the PNG holds more pixels than it promises")
        data = inflater.unconsumed_tail
    if len(data) or inflater.unused_data:
        raise Damaged("the PNG data go on behind the picture")
    return count


def _png_bytes(header: memoryview) -> int:
    """Bytes of all filtered rows (PNG 1.2, sections 2.3 and 2.6)."""
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    bits = depth * PNG_CHANNELS.get(colour, 0)
    passes = ADAM7 if interlaced else ((0, 0, 1, 1),)
    sizes = ((-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes)
    return sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)


def _with_stray_bytes(content: bytes) -> tuple[bytes, bytes]:
    """The JPEG with stray bytes behind every run of entropy-coded data, and the same without the last run's end; after
    a look at what its markers tell: scans that carry every coefficient of every component to its last bit, and as many
    restart intervals as there must be."""
    frame: _Frame | None = None
    restart = 0
    out, at = [content[:2]], 2
    while True:
        marker = SEGMENT_END.match(content, at)
        if marker is None:
            raise Damaged("the JPEG breaks off")
        code = content[marker.end() - 1]
        if code == EOI:
            break
        (length,) = struct.unpack_from(">H", content.ljust(marker.end() + 2, b"\0"), marker.end())
        body, end = content[marker.end() + 2 : marker.end() + length], marker.end() + length
        if length < 2 or len(body) < length - 2:
            raise Damaged("the JPEG breaks off")
        out.append(content[at:end])
        if code in SOF_KNOWN:
            if code not in SOF_TAKEN or frame is not None:
                raise Damaged("a kind of JPEG that browsers do not show")
            frame = _Frame(body)
        elif code == DRI:
            restart = int.from_bytes(body[:2], "big")
        elif code == SOS:
            if frame is None:
                raise Damaged("a JPEG scan without a frame")
            units = frame.scan(body)
            end, runs = _entropy_coded(content, end, out)
            if runs != (-(-units // restart) if restart else 1):
                raise Damaged("the JPEG has another number of restart intervals than its size asks for")
        at = end
    if frame is None or not frame.complete():
        raise Damaged("the JPEG lacks scans")
    longer = b"".join([*out, content[at:]])
    last = len(out) - 1 - out[::-1].index(STRAY)
    out[last - 1] = out[last - 1][:-SPARE]
    return longer, b"".join([*out, content[at:]])


def _entropy_coded(content: bytes, at: int, out: list[bytes]) -> tuple[int, int]:
    """Copies one scan's data to `out`, stray bytes behind each run; where the next marker stands, and how many runs."""
    runs = 0
    while True:
        marker = SEGMENT_END.search(content, at)
        if marker is None:
            raise Damaged("the JPEG breaks off")
        runs += 1
        out += [content[at : marker.start()], STRAY]
        if not 0xD0 <= content[marker.end() - 1] <= 0xD7:  # not a restart
            return marker.start(), runs
        out.append(marker.group())
        at = marker.end()


class _Frame:
    """Size and components of a JPEG, and to which bit its scans have brought each coefficient (T.81 B.2.2, B.2.3)."""

    def __init__(self, body: bytes) -> None:
        _, self.height, self.width, count = struct.unpack_from(">BHHB", body.ljust(6, b"\0"))
        parts = [body[6 + 3 * n : 9 + 3 * n] for n in range(count)]
        if not parts or not self.height or not self.width or any(len(part) < 3 for part in parts):
            raise Damaged("a JPEG frame that says nothing")
        self.sampling = {part[0]: (max(part[1] >> 4, 1), max(part[1] & 15, 1)) for part in parts}
        self.lowest_bit = {identity: [16] * 64 for identity in self.sampling}

    def scan(self, body: bytes) -> int:
        """Notes what this scan brings; how many units (MCU) its data must hold."""
        count = body[0] if body else 0
        names = [body[1 + 2 * n] for n in range(count) if len(body) > 1 + 2 * n]
        if len(body) < 4 + 2 * count or not names or any(name not in self.sampling for name in names):
            raise Damaged("a JPEG scan of no component")
        first, last, bits = body[1 + 2 * count : 4 + 2 * count]
        for name in names:
            for index in range(first, min(last, 63) + 1):
                self.lowest_bit[name][index] = bits & 15
        across = max(h for h, _ in self.sampling.values())
        down = max(v for _, v in self.sampling.values())
        h, v = self.sampling[names[0]] if len(names) == 1 else (1, 1)
        per_unit = (8 * across, 8 * down) if len(names) > 1 else (8, 8)
        columns, rows = (
            (self.width, self.height) if len(names) > 1 else (-(-self.width * h // across), -(-self.height * v // down))
        )
        return int(-(-columns // per_unit[0]) * -(-rows // per_unit[1]))

    def complete(self) -> bool:
        return all(bit == 0 for bits in self.lowest_bit.values() for bit in bits)
