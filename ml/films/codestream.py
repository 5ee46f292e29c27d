"""What a JPEG 2000 codestream says of itself, read before the decoder sees it (ISO 15444-1 annex A).

The decoder is C, and has written where it must not when a stream lied in parts that no film needs (decision 31). So
the stream is bare, holds only markers that are known here, each as long as it may be, and has every tile, whole and in
order.
"""

from __future__ import annotations

import re
import struct

from ml.films.faults import FilmFault

JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"  # the box with which a JP2 file begins
START, END = b"\xff\x4f\xff\x51", b"\xff\xd9"
COD, COC, QCD, SOT, SOD = 0xFF52, 0xFF53, 0xFF5C, 0xFF90, 0xFF93
# Marker: how short and how long its segment may be, of a film's one component and with the two bytes that say it.
EITHER = {
    COD: (12, 45),
    COC: (9, 43),
    QCD: (4, 197),
    0xFF5D: (5, 198),  # QCC
    0xFF5E: (5, 5),  # RGN
    0xFF5F: (9, 2 + 7 * 255),  # POC
    0xFF64: (5, 65_535),  # COM
}
MAIN = {**EITHER, 0xFF63: (6, 6)}  # CRG
OF_A_TILE_PART = {**EITHER, 0xFF58: (4, 65_535)}  # PLT
NAMES = {
    0xFF50: "extended capabilities (CAP)",
    0xFF51: "a second size (SIZ)",
    0xFF55: "lengths of tile parts (TLM)",
    0xFF57: "lengths of packets in the main header (PLM)",
    0xFF60: "packed packet headers (PPM)",
    0xFF61: "packed packet headers (PPT)",
}
SIZE = 41  # the segment of one component
STYLE_AT = {COD: 8, COC: 5}  # of the code blocks
BYPASS, HIGH_THROUGHPUT = 0x01, 0xC0  # some bits are stored as they are; HTJ2K, and a bit that is reserved
SEGMENTS, TILES, TILE_PARTS = 256, 16_384, 65_535  # in one header; in all
EVEN = 64  # bytes of one value in a row; in the packaged films and 300 of our making entropy coding leaves 13 at most


def check(frame: bytes, rows: int, columns: int) -> tuple[int, bool]:
    """A stream states its own size: it must be the header's, or a small file could ask for gigabytes. Its depth in
    bits, and whether its values have a sign."""
    if frame.startswith(JP2):
        raise FilmFault("film-jpeg-2000", about="the boxes of a JP2 file")
    if not frame.startswith(START) or len(frame) < 4 + SIZE:
        raise FilmFault("film-unreadable", fault="codestream")
    length, x1, y1, x0, y0, tile_w, tile_h = struct.unpack(">H2x6I", frame[4:32])
    components, depth = struct.unpack(">HB", frame[40:43])
    if (x1 - x0, y1 - y0) != (columns, rows) or (components, length) != (1, SIZE) or (depth & 0x7F) + 1 > 16:
        raise FilmFault("film-unreadable", fault="codestream size")
    tiles = -(-columns // max(tile_w, 1)) * -(-rows // max(tile_h, 1))
    if tile_w == 0 or tile_h == 0 or tiles > TILES:
        raise FilmFault("film-too-complex")
    _check_tile_parts(frame.rstrip(b"\0"), tiles, (min(tile_w, columns), min(tile_h, rows)))
    return (depth & 0x7F) + 1, bool(depth & 0x80)


def _check_tile_parts(frame: bytes, tiles: int, tile: tuple[int, int]) -> None:
    """Every tile is there, and every tile part in its turn and as long as it says (A.4.2), without a hole; else the
    decoder would show half a film."""
    at, header = _header(frame, 4 + SIZE, len(frame), until=SOT, allowed=MAIN)
    if not {COD, QCD} <= header.keys():
        raise FilmFault("film-unreadable", fault="codestream header")
    _check_even(frame, at, header[COD], tile)
    seen: dict[int, int] = {}  # tile: its parts so far
    for _ in range(TILE_PARTS):
        if _number(frame, at) != SOT or len(frame) < at + 14:
            break
        own, index, length, part, parts = struct.unpack(">HHIBB", frame[at + 2 : at + 12])
        end = at + length if length else len(frame) - 2  # 0: up to the end
        if own != 10 or index >= tiles or part != seen.get(index, 0) or 0 < parts <= part or end > len(frame) - 2:
            break
        _header(frame, at + 12, end, until=SOD, allowed=OF_A_TILE_PART)
        seen[index], at = part + 1, end
    if frame[at:] != END or len(seen) != tiles:
        raise FilmFault("film-unreadable", fault="codestream breaks off")


def _header(
    frame: bytes, at: int, end: int, *, until: int, allowed: dict[int, tuple[int, int]]
) -> tuple[int, dict[int, bytes]]:
    """Where the marker stands that ends the header, and what the last segment of each kind before it holds."""
    found: dict[int, bytes] = {}
    for _ in range(SEGMENTS):
        marker = _number(frame, at)
        if at + 2 > end or marker < 0xFF01 or marker == _number(END, 0):
            raise FilmFault("film-unreadable", fault="codestream breaks off")
        if marker == until:
            return at, found
        if marker not in allowed:
            raise FilmFault("film-jpeg-2000", about=NAMES.get(marker, f"an unknown part ({marker:04X})"))
        length = _number(frame, at + 2)
        shortest, longest = allowed[marker]
        if not shortest <= length <= longest or at + 2 + length > end:
            raise FilmFault("film-unreadable", fault="codestream segment")
        found[marker] = frame[at + 4 : at + 2 + length]
        if marker in STYLE_AT and found[marker][STYLE_AT[marker]] & HIGH_THROUGHPUT:
            raise FilmFault("film-jpeg-2000", about="high-throughput coding (HTJ2K)")
        at += 2 + length
    raise FilmFault("film-too-complex")


def _number(frame: bytes, at: int) -> int:
    """The two bytes there; fewer behind the end."""
    return int.from_bytes(frame[at : at + 2], "big")


def _check_even(frame: bytes, at: int, coding: bytes, tile: tuple[int, int]) -> None:
    """What was lost and filled up is one byte over and over, which entropy coding does not make. Packets without data
    are one byte each: as many as a tile has packets may be alike."""
    if coding[STYLE_AT[COD]] & BYPASS:
        return
    layers, levels = int.from_bytes(coding[2:4], "big"), coding[5]
    packets = 0
    for level in range(levels + 1):
        exponents = coding[10 + level] if coding[0] & 1 and len(coding) > 10 + level else 0xFF  # of a precinct's sides
        width, height = (-(-side >> (levels - level)) for side in tile)
        packets += layers * (1 + (width >> (exponents & 15))) * (1 + (height >> (exponents >> 4)))
    for run in re.compile(rb"(.)\1{%d,}" % (EVEN - 1), re.DOTALL).finditer(frame, at):
        if len(run.group()) >= EVEN + packets:
            raise FilmFault("film-unreadable", fault="codestream with a hole")
