"""Captures of the short messages of packets, for a dissector that was not written here: capture.py LINES.jsonl FOLDER

`smpp.pcap`: each message as an SMPP PDU over TCP, submit_sm towards the card and deliver_sm from it.
`tpdu.pcapng`: each message as a bare TPDU (link type USER0), inbound to the network or outbound to the handset."""
import json
import pathlib
import struct
import sys

ESME, SMSC = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
PORT = 2775


def address(type_octet, number):
    return bytes([type_octet >> 4 & 7, type_octet & 0x0F]) + number.encode() + b"\0"


def pdu(command, sequence, line, ud):
    ours, card = address(0x81, "16400"), address(line["type_octet"], line["number"])
    ends = ours + card if command == 4 else card + ours
    # UDHI; data download, 8 bit class 2; no times, no receipt.
    body = b"\0" + ends + bytes([0x40, 0x7F, 0]) + b"\0\0" + bytes([0, 0, 0xF6, 0, len(ud)]) + ud
    return struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body


def checksum(octets):
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Connection:
    """Two ends, their ports and how far each has sent."""

    def __init__(self, out, number):
        self.out, self.client = out, 20_000 + number % 40_000
        self.sent = {True: 1, False: 1}

    def send(self, from_client, flags, payload, time):
        source, destination = (ESME, SMSC) if from_client else (SMSC, ESME)
        ports = (self.client, PORT) if from_client else (PORT, self.client)
        acknowledged = self.sent[not from_client] if flags & 0x10 else 0
        sequence = self.sent[from_client] - (1 if flags & 0x02 else 0)
        segment = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0) + payload
        pseudo = source + destination + struct.pack(">BBH", 0, 6, len(segment)) + segment + bytes(len(segment) % 2)
        segment = segment[:16] + struct.pack(">H", checksum(pseudo)) + segment[18:]
        header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, 6, 0) + source + destination
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        frame = bytes(6) + bytes(5) + b"\1" + b"\x08\0" + header + segment
        self.out.write(struct.pack("<IIII", time // 1_000_000, time % 1_000_000, len(frame), len(frame)) + frame)
        self.sent[from_client] += len(payload)


def smpp(lines, out):
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    time, connection, messages = 1, None, 0
    for n, line in enumerate(lines):
        # Several connections: sequence numbers of SMPP and TCP begin anew, as in life.
        if n % 1000 == 0:
            connection = Connection(out, n // 1000)
            for from_client, flags in ((True, 0x02), (False, 0x12), (True, 0x10)):
                connection.send(from_client, flags, b"", time)
                time += 1
        for ud in line["uds"]:
            messages += 1
            towards_card = line["direction"] == "deliver"
            command = 4 if towards_card else 5
            request = pdu(command, messages, line, bytes.fromhex(ud))
            answer = struct.pack(">IIII", 17, 0x80000000 | command, 0, messages) + b"\0"
            connection.send(towards_card, 0x18, request, time)
            connection.send(not towards_card, 0x18, answer, time + 1)
            time += 1000


def block(kind, body):
    length = 12 + len(body)
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def tpdus(lines, out):
    out.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)))
    out.write(block(1, struct.pack("<HHI", 147, 0, 65535)))
    time = 1
    for line in lines:
        for tpdu in line["tpdus"]:
            octets = bytes.fromhex(tpdu)
            # The direction decides what the message type means.
            direction = 2 if line["direction"] == "deliver" else 1
            options = struct.pack("<HHIHH", 2, 4, direction, 0, 0)
            packet = struct.pack("<IIIII", 0, 0, time, len(octets), len(octets)) + octets + bytes(-len(octets) % 4)
            out.write(block(6, packet + options))
            time += 1


def main():
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    folder = pathlib.Path(sys.argv[2])
    for name, write in (("smpp.pcap", smpp), ("tpdu.pcapng", tpdus)):
        with open(folder / name, "wb") as out:
            write(lines, out)


if __name__ == "__main__":
    main()
