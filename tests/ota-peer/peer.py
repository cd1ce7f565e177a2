"""Ours against pycrate: peer.py OTA_PEER [SEED [COUNT]]

Reads COUNT random packets that we made, in short messages that we made, and compares every field; then makes as many, has us
read them, and compares again. One in eight of its own is damaged and must be refused if a checksum protects it."""
import json
import random
import subprocess
import sys
from datetime import datetime, timezone

from pycrate_mobile.TS23040_SMS import SMS_DELIVER, SMS_SUBMIT
from pycrate_mobile.TS31115 import PacketCmdSMSPP, PacketRespSMSPP

import oracle

COMMAND, RESPONSE = 0x70, 0x71
PREFIX = bytes([0x02, RESPONSE, 0x00])


class Disagreement(Exception):
    pass


def agree(what, ours, theirs):
    if ours != theirs:
        raise Disagreement(f"{what}: ours {ours!r}, pycrate's {theirs!r}")


def plain_form(line, packet):
    """The packet deciphered, which is what pycrate reads."""
    clear = 10 if line["kind"] == "command" else 6
    if line["cipher"] is None:
        return packet
    return packet[:clear] + oracle.decipher(line["cipher"], bytes.fromhex(line["kic_key"]), packet[clear:])


def covered(kind, plain, length):
    """What the check field is over: everything but itself, for a response behind its header."""
    at = 16 if kind == "command" else 13
    return (b"" if kind == "command" else PREFIX) + plain[:at] + plain[at + length :]


# --- ours, read by pycrate -------------------------------------------------------------------------------------------


def read_tpdu(line, octets):
    message = SMS_DELIVER() if line["direction"] == "deliver" else SMS_SUBMIT()
    message.from_bytes(octets)
    agree("octets of the TPDU encoded again", octets.hex(), message.to_bytes().hex())
    address = message["TP_OA"] if line["direction"] == "deliver" else message["TP_DA"]
    agree("digits", line["number"], address["Num"].decode())
    agree("length of the number", len(line["number"]), address["Len"]())
    agree("type of number", line["type_octet"], 0x80 | address["Type"]() << 4 | address["NumberingPlan"]())
    agree("PID", line["pid"], message["TP_PID"].to_bytes()[0])
    agree("DCS", line["dcs"], message["TP_DCS"].to_bytes()[0])
    agree("UDHI", 1, message["TP_UDHI"]())
    if line["direction"] == "deliver":
        agree("MTI", 0, message["TP_MTI"]())
        agree("flags", [line["flags"] & 1, line["flags"] >> 1 & 1], [message["TP_MMS"](), message["TP_SRI"]()])
        stamp = message["TP_SCTS"]
        year, month, day, hour, minute, second = (stamp[n].decode() for n in range(6))
        year += 2000 if year < 70 else 1900
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
        written = datetime.fromtimestamp(line["stamp"], timezone.utc)
        # Two digits of a year come back as 1970 to 2069.
        agree("time stamp", written.replace(year=year), moment)
        agree("last digits of the year", written.year % 100, year % 100)
    else:
        agree("MTI", 1, message["TP_MTI"]())
        agree("message reference", line["flags"], message["TP_MR"]())
        agree("flags", [line["flags"] & 1, line["flags"] >> 1 & 1], [message["TP_RD"](), message["TP_SRR"]()])
        form = message["TP_VPF"]()
        validity = None if form == 0 else b"".join(message[n].to_bytes() for n in (10, 11, 12)).hex()
        agree("validity", line["validity"], validity)
    header = message["TP_UD"]["UDH"]["UDH"]
    return [(ie["T"](), ie["L"](), ie["V"].to_bytes()) for ie in header], message["TP_UD"]["UD"].get_val()


def join(line):
    """The packet from its messages, with the concatenation as pycrate reads it."""
    indicator = COMMAND if line["kind"] == "command" else RESPONSE
    parts = {}
    for octets in line["tpdus"]:
        elements, payload = read_tpdu(line, bytes.fromhex(octets))
        numbers = (0, 1, 1)
        identifiers = [identifier for identifier, _, _ in elements]
        for identifier, length, value in elements:
            agree("length of an element", length, len(value))
            if identifier == 0x00:
                numbers = (value[0], value[1], value[2])
            elif identifier == 0x08:
                numbers = (int.from_bytes(value[:2], "big"), value[2], value[3])
        if len(line["tpdus"]) > 1:
            agree("reference", line["reference"], numbers[0])
            agree("width", 0x08 if line["wide"] else 0x00, identifiers[0])
        agree("number of parts", len(line["tpdus"]), numbers[1])
        agree("indicator", numbers[2] == 1, indicator in identifiers)
        parts[numbers[2]] = payload
    agree("numbers of parts", list(range(1, len(line["tpdus"]) + 1)), sorted(parts))
    return b"".join(parts[number] for number in sorted(parts))


def read_ours(line):
    packet = bytes.fromhex(line["packet"])
    agree("packet in the messages", packet.hex(), join(line).hex())
    plain = plain_form(line, packet)
    form = PacketCmdSMSPP() if line["kind"] == "command" else PacketRespSMSPP()
    form.from_bytes(plain)
    agree("octets of the packet encoded again", plain.hex(), form.to_bytes().hex())
    if line["kind"] == "command":
        agree("SPI", line["spi"], form["SPI"].to_bytes().hex())
        agree("KIc", line["kic"], form["KIc"].to_bytes()[0])
        agree("KID", line["kid"], form["KID"].to_bytes()[0])
        agree("CPL", len(packet) - 2, form["CmdPacketLen"]())
    else:
        agree("RSC", line["rsc"], form["Status"]())
        agree("RPL", len(packet) - 2, form["RespPacketLen"]())
    agree("TAR", int(line["tar"], 16), form["TAR"]())
    agree("CNTR", int(line["cntr"], 16), form["CNTR"]())
    field, data, padding = form["IntegrityCheck"].get_val(), form["Data"].get_val(), form["PCNTR"]()
    agree("data", line["data"], data[: len(data) - padding].hex())
    agree("padding", bytes(padding).hex(), data[len(data) - padding :].hex())
    length = oracle.field_length(line)
    if line["check"] is not None:
        right = oracle.check(line["check"], bytes.fromhex(line["kid_key"]), covered(line["kind"], plain, length), length)
        agree("check field", field.hex(), right.hex())
    else:
        agree("check field", field, b"")


# --- pycrate's, read by us -------------------------------------------------------------------------------------------


def protection(chance, legacy):
    usable = lambda table: [name for name in table if legacy or name not in oracle.LEGACY]
    integrity = chance.choice(["none", "rc", "cc"])
    line = {"cipher": None, "check": None, "kic_key": "", "kid_key": "", "cc_length": 8, "kic": 0, "kid": 0}
    version = chance.randrange(16) << 4
    if chance.random() < 0.5:
        line["cipher"] = chance.choice(usable(oracle.CIPHERS))
        _, lengths, nibble = oracle.CIPHERS[line["cipher"]]
        line["kic_key"] = key(chance, line["cipher"], chance.choice(lengths)).hex()
        line["kic"] = version | (nibble if chance.random() < 0.75 else 0)
    if integrity != "none":
        table = oracle.CHECKSUMS if integrity == "cc" else oracle.REDUNDANCY
        line["check"] = chance.choice(usable(table))
        _, lengths, nibble = table[line["check"]]
        line["kid_key"] = key(chance, line["check"], chance.choice(lengths)).hex()
        line["kid"] = version | (nibble if chance.random() < 0.75 else 0)
        if line["check"] == "aes-cmac" and chance.random() < 0.25:
            line["cc_length"] = 4
    return line, {"none": 0, "rc": 1, "cc": 2}[integrity]


def key(chance, name, length):
    """A key that pycryptodome takes: it refuses 3DES keys that degenerate."""
    while True:
        octets = chance.randbytes(length)
        if not name.startswith("3des"):
            return octets
        try:
            return octets if oracle.encipher("3des-ecb", octets, bytes(8)) else octets
        except ValueError:
            continue


def make_packet(chance, line, integrity):
    command = line["kind"] == "command"
    data = chance.randbytes(chance.choice([0, 1, chance.randrange(110), chance.randrange(260), chance.randrange(1000)]))
    length = oracle.field_length(line)
    body = (6 if command else 7) + length + len(data)
    padding = b""
    if line["cipher"] is not None:
        padding = bytes(-body % oracle.CIPHERS[line["cipher"]][0])
        # Other senders fill with 80 00.. or with whatever; only the number counts.
        if padding and chance.random() < 0.5:
            padding = chance.choice([b"\x80" + padding[1:], chance.randbytes(len(padding))])
    cntr = chance.randrange(1 << chance.randrange(41))
    common = {"TAR": chance.randrange(1 << 24), "CNTR": cntr, "PCNTR": len(padding), "IntegrityCheck": bytes(length), "Data": data + padding}
    ciphered = line["cipher"] is not None
    if command:
        spi = (chance.randrange(4) << 11 | ciphered << 10 | integrity << 8) | chance.randrange(64)
        form = PacketCmdSMSPP()
        # The shape of KID depends on the SPI.
        form["SPI"].from_bytes(spi.to_bytes(2, "big"))
        form["KIc"].from_bytes(bytes([line["kic"]]))
        form["KID"].get_alt().from_bytes(bytes([line["kid"]]))
        for name, value in common.items():
            form[name].set_val(value)
    else:
        spi = chance.randrange(32) << 8 | 0x21 | ciphered << 4 | integrity << 2
        line["rsc"] = chance.randrange(256)
        form = PacketRespSMSPP(val=common | {"Status": line["rsc"]})
    plain = form.to_bytes()
    at = 16 if command else 13
    field = b""
    if line["check"] is not None:
        field = oracle.check(line["check"], bytes.fromhex(line["kid_key"]), covered(line["kind"], plain, length), length)
    plain = plain[:at] + field + plain[at + length :]
    clear = 10 if command else 6
    packet = plain
    if ciphered:
        packet = plain[:clear] + oracle.encipher(line["cipher"], bytes.fromhex(line["kic_key"]), plain[clear:])
    line |= {
        "spi": f"{spi:04x}", "tar": f"{common['TAR']:06x}", "cntr": f"{cntr:010x}", "data": data.hex(),
        "padding": padding.hex(), "cc": field.hex(), "packet": packet.hex(),
    }
    return packet


def ports(chance):
    """Port addresses that some centres leave in the header; nobody here reads them."""
    return chance.choice([[], [], [(0x04, chance.randbytes(2))], [(0x05, chance.randbytes(4))]])


def cut(chance, line, packet):
    """Headers and payloads of the messages that carry the packet, elements in any order."""
    announced = (COMMAND if line["kind"] == "command" else RESPONSE, b"")
    first = [announced] + ports(chance)
    room = lambda elements: 139 - sum(2 + len(value) for _, value in elements)
    if len(packet) <= room(first):
        chance.shuffle(first)
        return [(first, packet)]
    wide, reference = chance.random() < 0.3, chance.randrange(1 << 16)
    # All parts are smaller than they could be, for other senders do not fill them either.
    number = lambda total, part: (0x08, reference.to_bytes(2, "big") + bytes([total, part])) if wide else (0x00, bytes([reference & 0xFF, total, part]))
    payload = room(first + [number(0, 0)])
    total = -(-len(packet) // payload)
    if total > 8:
        return None
    parts = []
    for part in range(total):
        elements = [number(total, part + 1)] + (first if part == 0 else [])
        chance.shuffle(elements)
        parts.append((elements, packet[part * payload : (part + 1) * payload]))
    return parts


def make_tpdu(line, message, elements, payload):
    deliver = line["direction"] == "deliver"
    header = b"".join(bytes([identifier, len(value)]) + value for identifier, value in elements)
    form = SMS_DELIVER() if deliver else SMS_SUBMIT()
    address = form["TP_OA"] if deliver else form["TP_DA"]
    # Flags and codings first: where the fields behind them lie depends on them.
    form["TP_UDHI"].set_val(1)
    form["TP_RP"].set_val(message["flags"][2])
    for name, value in zip(("TP_MMS", "TP_SRI") if deliver else ("TP_RD", "TP_SRR"), message["flags"]):
        form[name].set_val(value)
    address["Type"].set_val(message["type_octet"] >> 4 & 7)
    address["NumberingPlan"].set_val(message["type_octet"] & 0x0F)
    address["Num"].set_val(message["number"])
    form["TP_PID"].from_bytes(bytes([message["pid"]]))
    form["TP_DCS"].from_bytes(bytes([message["dcs"]]))
    if deliver:
        moment = datetime.fromtimestamp(message["stamp"], timezone.utc)
        form["TP_SCTS"].encode(moment.timetuple(), 0.0)
    else:
        form["TP_MR"].set_val(message["reference"])
    form["TP_UD"]["UDH"].from_bytes(bytes([len(header)]) + header)
    form["TP_UD"]["UD"].set_val(payload)
    return form.to_bytes()


def make_theirs(seed, n, legacy):
    chance = random.Random(f"{seed} {n}")
    while True:
        line, integrity = protection(chance, legacy)
        line |= {"n": n, "kind": chance.choice(["command", "response"])}
        line["direction"] = chance.choice(["deliver", "submit"]) if line["kind"] == "command" else "submit"
        packet = make_packet(chance, line, integrity)
        line["damaged"] = integrity == 2 and chance.random() < 0.25
        if line["damaged"]:
            # Only what the checksum alone protects: the lengths and what KIc and KID name have their own checks.
            clear = 10 if line["kind"] == "command" else 6
            at = chance.randrange(clear, len(packet))
            packet = packet[:at] + bytes([packet[at] ^ 1 << chance.randrange(8)]) + packet[at + 1 :]
        parts = cut(chance, line, packet)
        if parts is not None:
            break
    message = {
        "pid": chance.choice([0x7F, 0x00]), "dcs": chance.choice([0xF6, 0x16, 0x36, 0x56, 0x04]),
        "flags": [chance.random() < 0.5 for _ in range(3)],
        "number": "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 21))),
        "type_octet": chance.choice([0x81, 0x91, 0xA1, 0xB1]), "name": None,
    }
    if line["direction"] == "deliver":
        message["stamp"] = chance.randrange(946684800, 3155760000)
    else:
        message["reference"] = chance.randrange(256)
    line["messages"] = [message | {"elements": [[i, v.hex()] for i, v in elements]} for elements, _ in parts]
    line["tpdus"] = [make_tpdu(line, message, elements, payload).hex() for elements, payload in parts]
    # In whatever order the network likes.
    order = list(range(len(parts)))
    chance.shuffle(order)
    line["tpdus"] = [line["tpdus"][place] for place in order]
    line["messages"] = [line["messages"][place] for place in order]
    return line


def compare(line, answer):
    if line["damaged"]:
        if answer.get("proven", "refused" not in answer):
            raise Disagreement(f"a damaged packet was believed: {answer}")
        return
    if "refused" in answer:
        raise Disagreement(f"we refuse it: {answer['refused']}")
    names = ["kind", "spi", "tar", "cntr", "data", "padding", "cc", "packet", "messages"]
    names += ["kic", "kid"] if line["kind"] == "command" else ["rsc"]
    for name in names:
        agree(name, answer[name], line[name])
    if line["kind"] == "response":
        agree("checked", answer["checked"], line["check"] is not None)
        agree("proven", answer["proven"], line["check"] in oracle.CHECKSUMS)
    if not line["padding"].strip("0"):
        agree("packet made again", answer["again"], line["packet"])


# ---------------------------------------------------------------------------------------------------------------------


def main():
    program = sys.argv[1]
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    legacy = len(sys.argv) > 4 and sys.argv[4] == "legacy"
    failed = 0

    def complain(line, problem):
        nonlocal failed
        failed += 1
        if failed <= 5:
            print(f"packet {line['n']} of seed {seed}: {problem}\n  {json.dumps(line)}", file=sys.stderr)

    kinds = {}
    ours = subprocess.run([program, "make", str(seed), str(count)], check=True, capture_output=True, text=True).stdout
    lines = ours.splitlines()
    agree("packets that we made", len(lines), count)
    for text in lines:
        line = json.loads(text)
        kinds[line["cipher"], line["check"]] = kinds.get((line["cipher"], line["check"]), 0) + 1
        try:
            read_ours(line)
        except Exception as problem:
            complain(line, repr(problem))

    theirs = [make_theirs(seed, n, legacy) for n in range(count)]
    # Fields that we are to find are not told to us.
    told = ("n", "direction", "cipher", "check", "kic_key", "kid_key", "cc_length", "tpdus")
    asked = "".join(json.dumps({name: line[name] for name in told} | ({"spi": line["spi"]} if line["kind"] == "response" else {})) + "\n" for line in theirs)
    answers = subprocess.run([program, "read"], input=asked, check=True, capture_output=True, text=True).stdout.splitlines()
    agree("answers", len(answers), count)
    for line, answer in zip(theirs, answers):
        try:
            compare(line, json.loads(answer))
        except Exception as problem:
            complain(line, repr(problem))

    damaged = sum(line["damaged"] for line in theirs)
    print(f"seed {seed}: {count} packets of ours read by pycrate, {count} of pycrate's read by us ({damaged} damaged on purpose), "
          f"{len(kinds)} pairs of cipher and check, {failed} disagreements")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
