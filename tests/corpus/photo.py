"""A small real JPEG as a phone takes it: a picture in grey squares, with EXIF that says where and with what."""
import struct

WIDTH, HEIGHT = 40, 30  # squares of 8 x 8 pixels


class Bits:
    def __init__(self):
        self.out, self.acc, self.n = bytearray(), 0, 0

    def put(self, value, n):
        self.acc, self.n = self.acc << n | value, self.n + n
        while self.n >= 8:
            byte = self.acc >> (self.n - 8) & 255
            self.out += b"\xff\0" if byte == 255 else bytes([byte])
            self.n -= 8
        self.acc &= (1 << self.n) - 1

    def end(self):
        if self.n:
            self.put((1 << (8 - self.n)) - 1, 8 - self.n)
        return bytes(self.out)


def segment(marker, data):
    return struct.pack(">BBH", 255, marker, len(data) + 2) + data


def scan(squares):
    """Each square is its mean alone: the difference to the one before, and 'nothing more'."""
    bits, before = Bits(), 0
    for grey in squares:
        diff, before = grey - before, grey
        size = abs(diff).bit_length()
        bits.put(size, 4)  # in this file's own table the code of a size is the size, in 4 bits
        if size:
            bits.put(diff if diff > 0 else diff + (1 << size) - 1, size)
        bits.put(0, 1)
    return bits.end()


def exif(lat, lon):
    """APP1 with maker and position (degrees, minutes, seconds), little-endian TIFF."""
    def dms(x):
        return struct.pack("<6I", int(x), 1, int(x * 60 % 60), 1, int(x * 360000 % 6000), 100)
    maker = b"Village Phone\0\0\0"
    make_at, gps_at = 8 + 2 + 2 * 12 + 4, 8 + 2 + 2 * 12 + 4 + len(maker)
    lat_at = gps_at + 2 + 4 * 12 + 4
    ifd0 = struct.pack("<HHHIIHHIII", 2, 0x010F, 2, len(maker), make_at, 0x8825, 4, 1, gps_at, 0)
    gps = struct.pack("<HHHI4sHHIIHHI4sHHIII", 4, 1, 2, 2, b"N\0\0\0", 2, 5, 3, lat_at, 3, 2, 2, b"E\0\0\0", 4, 5, 3, lat_at + 24, 0)
    return segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + ifd0 + maker + gps + dms(lat) + dms(lon))


def has_position(jpeg):
    return b"Exif\0\0" in jpeg


def jpeg(squares, lat, lon):
    """squares: WIDTH x HEIGHT greys, -64 (black) to 63 (white)."""
    head = b"\xff\xd8" + exif(lat, lon) + segment(0xDB, b"\0" + bytes([16] * 64))
    frame = segment(0xC0, struct.pack(">BHHB3B", 8, HEIGHT * 8, WIDTH * 8, 1, 1, 0x11, 0))
    dc = segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9)))
    ac = segment(0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0")
    return head + frame + dc + ac + segment(0xDA, b"\1\1\0\0\x3f\0") + scan(squares) + b"\xff\xd9"


def house(rng, lat, lon):
    """A house with a roof before hills, never twice the same."""
    squares = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            roof, wall = 6 <= y < 14 and abs(x - 20) <= (y - 6) * 1.6, 14 <= y < 24 and 9 <= x <= 31
            door = wall and y >= 17 and 18 <= x <= 21
            base = -60 if door else -35 if roof else 30 if wall else 50 - y if y < 12 else -10
            squares.append(max(-64, min(63, base + rng.randint(-3, 3))))
    return jpeg(squares, lat, lon)


def large(rng, size):
    """A picture of noise that takes about so many bytes, for links that are slow: 45 coefficients a square, 8 bits each."""
    side = max(16, round((size / 51.2) ** 0.5))
    bits = Bits()
    for _ in range(side * side):
        bits.put(0, 4)  # the mean as before
        for _ in range(45):
            bits.put(0b10, 2)
            bits.put(rng.getrandbits(8), 8)
        bits.put(0, 1)
    head = b"\xff\xd8" + exif(24.5, 107.3) + segment(0xDB, b"\0" + bytes([1] * 64))
    frame = segment(0xC0, struct.pack(">BHHB3B", 8, side * 8, side * 8, 1, 1, 0x11, 0))
    dc = segment(0xC4, b"\0" + bytes([0, 0, 0, 9] + [0] * 12) + bytes(range(9)))
    ac = segment(0xC4, b"\x10" + bytes([1, 1] + [0] * 14) + bytes([0, 8]))
    return head + frame + dc + ac + segment(0xDA, b"\1\1\0\0\x3f\0") + bits.end() + b"\xff\xd9"
