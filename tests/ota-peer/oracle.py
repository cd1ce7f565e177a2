"""Ciphers and checksums that share nothing with ours: pycryptodome for the modes, `cryptography` (OpenSSL) for AES-CMAC,
zlib and binascii for the CRCs."""
import binascii
import zlib

from Crypto.Cipher import AES, DES, DES3
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC

CIPHERS = {
    "aes-cbc": (16, [16, 24, 32], 0x2),
    "3des-cbc-2": (8, [16], 0x5),
    "3des-cbc-3": (8, [24], 0x9),
    "des-cbc": (8, [8], 0x1),
    "des-ecb": (8, [8], 0xD),
    "3des-ecb": (8, [16, 24], 0x0),
}
# Length of the field, lengths of keys, low nibble of KID.
CHECKSUMS = {"aes-cmac": (8, [16, 24, 32], 0x2), "3des-mac-2": (8, [16], 0x5), "3des-mac-3": (8, [24], 0x9), "des-mac": (8, [8], 0x1)}
REDUNDANCY = {"crc-16": (2, [0], 0x1), "crc-32": (4, [0], 0x5), "xor-4": (4, [0], 0x0), "xor-8": (8, [0], 0x0)}
LEGACY = {"des-cbc", "des-ecb", "3des-ecb", "des-mac", "xor-4", "xor-8"}


def _cipher(name, key):
    iv = bytes(CIPHERS[name][0])
    if name == "aes-cbc":
        return AES.new(key, AES.MODE_CBC, iv=iv)
    if name.startswith("3des"):
        return DES3.new(key, DES3.MODE_ECB) if name.endswith("ecb") else DES3.new(key, DES3.MODE_CBC, iv=iv)
    return DES.new(key, DES.MODE_ECB) if name.endswith("ecb") else DES.new(key, DES.MODE_CBC, iv=iv)


def encipher(name, key, octets):
    return _cipher(name, key).encrypt(octets)


def decipher(name, key, octets):
    return _cipher(name, key).decrypt(octets)


def _crc_16(octets):
    """X.25, from the reflected CCITT polynomial bit by bit."""
    crc = 0xFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return (crc ^ 0xFFFF).to_bytes(2, "big")


def _xor(octets, width):
    total = bytearray(width)
    for n, octet in enumerate(octets):
        total[n % width] ^= octet
    return bytes(total)


def check(name, key, octets, length):
    """The check field over these octets."""
    if name == "aes-cmac":
        mac = CMAC(algorithms.AES(key))
        mac.update(octets)
        return mac.finalize()[:length]
    if name == "crc-16":
        return _crc_16(octets)
    if name == "crc-32":
        assert zlib.crc32(octets) == binascii.crc32(octets)
        return zlib.crc32(octets).to_bytes(4, "big")
    if name.startswith("xor"):
        return _xor(octets, int(name[-1]))
    padded = octets + bytes(-len(octets) % 8)
    mode = "des-cbc" if name == "des-mac" else "3des-cbc-2"
    return encipher(mode, key, padded)[-8:][:length]


def field_length(line):
    """How long the check field of a packet with these algorithms is."""
    name = line["check"]
    if name is None:
        return 0
    return line["cc_length"] if name in CHECKSUMS else REDUNDANCY[name][0]
