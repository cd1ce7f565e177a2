"""Octets that a relay has seen, as a capture of two TCP connections: capture.py TAP-FILE PCAP-FILE

Written by hand because capturing on an interface needs rights that not every CI machine gives. One run of a relay may hold
several connections on each leg; they are told apart by the bind that starts each.
"""
import json
import struct
import sys

HOME, RELAY, CENTRE = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]), bytes([10, 0, 0, 3])
SMPP_PORT = 2775
LINKTYPE_RAW = 101
SYN, ACK, PSH = 0x02, 0x10, 0x08


class Connection:
    """One TCP connection: who opened it, and how far both directions are."""

    def __init__(self, write, client, server, port):
        self.write, self.port = write, port
        self.addresses = (client, server)
        self.sent = [1, 1]
        for direction, flags in ((0, SYN), (1, SYN | ACK), (0, ACK)):
            self.packet(direction, b"", flags, start=flags & SYN)

    def packet(self, direction, octets, flags, start=False):
        source, target = self.addresses[direction], self.addresses[1 - direction]
        ports = (self.port, SMPP_PORT) if direction == 0 else (SMPP_PORT, self.port)
        sequence = 0 if start else self.sent[direction]
        acknowledged = self.sent[1 - direction] if flags & ACK else 0
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
        length = 20 + len(tcp) + len(octets)
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, source, target)
        self.write(ip + tcp + octets)

    def data(self, direction, octets):
        for start in range(0, len(octets), 1400):
            part = octets[start : start + 1400]
            self.packet(direction, part, PSH | ACK)
            self.sent[direction] += len(part)


def is_bind(octets):
    return len(octets) >= 8 and octets[4:8] in (b"\0\0\0\1", b"\0\0\0\2", b"\0\0\0\x09")


class Stream:
    """The pieces of one leg joined into what was on the wire: a stack may read a length and a body by themselves."""

    def __init__(self):
        self.kept = {}

    def whole(self, source, octets):
        octets = self.kept.pop(source, b"") + octets
        while len(octets) >= 4:
            length = struct.unpack(">I", octets[:4])[0]
            if len(octets) < length:
                break
            yield octets[:length]
            octets = octets[length:]
        if octets:
            self.kept[source] = octets


def main(tap_file, pcap_file):
    with open(tap_file) as tap, open(pcap_file, "wb") as pcap:
        pcap.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINKTYPE_RAW))
        count = 0

        def write(packet):
            nonlocal count
            count += 1
            pcap.write(struct.pack("<IIII", count // 1000, count % 1000 * 1000, len(packet), len(packet)) + packet)

        open_now, streams, port = {}, {}, 40000
        for line in tap:
            note = json.loads(line)
            leg, client = note["leg"], (note["from"] == "home") == (note["leg"] == "home")
            for pdu in streams.setdefault(leg, Stream()).whole(note["from"], bytes.fromhex(note["hex"])):
                if client and is_bind(pdu):
                    port += 1
                    ends = (HOME, RELAY) if leg == "home" else (RELAY, CENTRE)
                    open_now[leg] = Connection(write, *ends, port)
                open_now[leg].data(0 if client else 1, pdu)


main(*sys.argv[1:])
