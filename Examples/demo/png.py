"""Reads and writes 8-bit RGB PNG files with the standard library."""
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Picture:
    """Rows of RGB bytes, top to bottom."""

    def __init__(self, width, height, rows):
        self.width, self.height, self.rows = width, height, rows

    def copy(self):
        return Picture(self.width, self.height, [bytearray(row) for row in self.rows])


def _chunks(data):
    if data[:8] != SIGNATURE:
        raise ValueError("not a PNG file")
    place = 8
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        yield kind, data[place + 8 : place + 8 + size]
        place += 12 + size


def _paeth(left, up, corner):
    estimate = left + up - corner
    by_left, by_up, by_corner = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


def _unfilter(kind, row, above, step):
    """Undoes one of the five filters of the PNG specification, in place."""
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        up = above[i]
        predicted = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        row[i] = (row[i] + predicted) & 255


def read(path):
    """Reads an 8-bit RGB or RGBA file without interlacing; alpha is dropped."""
    with open(path, "rb") as file:
        chunks = list(_chunks(file.read()))
    header = next(body for kind, body in chunks if kind == b"IHDR")
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if depth != 8 or colour not in (2, 6) or interlace:
        raise ValueError(f"{path}: only 8-bit RGB without interlacing is read here")
    step = 3 if colour == 2 else 4
    raw = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    stride, above, rows = width * step, bytearray(width * step), []
    for y in range(height):
        start = y * (stride + 1)
        row = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], row, above, step)
        above = row
        rows.append(row if step == 3 else bytearray(b for i, b in enumerate(row) if i % 4 < 3))
    return Picture(width, height, rows)


def write(path, picture):
    """Writes the picture; each row stores the differences to its left neighbour."""
    raw = bytearray()
    for row in picture.rows:
        raw.append(1)
        raw += bytes((row[i] - (row[i - 3] if i >= 3 else 0)) & 255 for i in range(len(row)))

    def chunk(kind, body):
        tail = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + tail

    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(SIGNATURE + chunk(b"IHDR", header))
        file.write(chunk(b"IDAT", zlib.compress(bytes(raw), 9)) + chunk(b"IEND", b""))
