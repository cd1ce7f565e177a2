"""What tshark makes of the captures that capture.py wrote: dissect.py LINES.jsonl FOLDER

Every message must dissect without a malformed packet and without an expert remark of a warning or an error, name the same
header elements, and the messages of a packet must join to exactly that packet."""
import json
import pathlib
import subprocess
import sys

# Expert severities from a note (2 << 20 is a chat) upwards.
WORST = 0x00200000
USER0 = 'uat:user_dlts:"User 0 (DLT=147)","gsm_sms","0","","0",""'


def tshark(capture, shown, fields, options=()):
    """One list of fields for each frame that is shown."""
    command = ["tshark", "-n", "-r", str(capture), "-Y", shown, "-T", "fields", "-E", "separator=;", "-E", "occurrence=a", "-E", "aggregator=,"]
    for option in ("tcp.check_checksum:TRUE", "ip.check_checksum:TRUE", *options):
        command += ["-o", option]
    for field in (*fields, "_ws.expert.severity", "_ws.malformed", "frame.number"):
        command += ["-e", field]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [row.split(";") for row in output.splitlines()]
    for *values, severity, malformed, frame in rows:
        worst = max((int(level, 0) for level in severity.split(",") if level), default=0)
        if malformed or worst > WORST:
            raise SystemExit(f"{capture.name}, frame {frame}: malformed or remarked upon: {malformed} {severity} {values}")
    return [row[:-3] for row in rows]


def messages(lines):
    """What we know of each message, in the order of the captures."""
    for line in lines:
        indicator = 0x70 if line["kind"] == "command" else 0x71
        total = len(line["tpdus"])
        for part in range(1, total + 1):
            concatenation = [0x08 if line["wide"] else 0x00] if total > 1 else []
            yield line, part, total, concatenation + ([indicator] if part == 1 else [])


def complain(line, what, expected, found):
    raise SystemExit(f"packet {line['n']} of seed {line['seed']}: {what}: ours {expected!r}, tshark's {found!r}\n  {json.dumps(line)}")


def numbers(text):
    return [int(number, 0) for number in text.split(",") if number]


def compare(lines, rows, first):
    known = list(messages(lines))
    if len(known) != len(rows):
        raise SystemExit(f"{len(known)} messages written, {len(rows)} dissected")
    for (line, part, total, elements), (kind, found, parts, *rest) in zip(known, rows):
        for what, expected, seen in (
            ("direction", first[line["direction"]], int(kind, 0)),
            ("elements", elements, numbers(found)),
            ("part", [part] if total > 1 else [], numbers(parts)),
        ):
            if expected != seen:
                complain(line, what, expected, seen)
        if part == total and rest and rest[0].replace(":", "") != line["packet"]:
            complain(line, "joined packet", line["packet"], rest[0])
    return len(rows)


def main():
    lines = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    folder = pathlib.Path(sys.argv[2])
    common = ("gsm_sms.ie_identifier", "gsm_sms.udh.mm.msg_part")
    rows = tshark(folder / "smpp.pcap", "smpp.command_id < 0x80000000", ("smpp.command_id", *common, "gsm_sms_ud.short_msg"))
    over_smpp = compare(lines, rows, {"deliver": 4, "submit": 5})
    # Every frame, answers and connections included, without a filter on what is inside.
    frames = len(tshark(folder / "smpp.pcap", "frame", ()))
    rows = tshark(folder / "tpdu.pcapng", "frame", ("gsm_sms.tp-mti", *common), (USER0,))
    bare = compare(lines, rows, {"deliver": 0, "submit": 1})
    print(f"tshark: {over_smpp} messages over SMPP in {frames} frames and {bare} bare TPDUs of {len(lines)} packets, nothing malformed")


if __name__ == "__main__":
    main()
