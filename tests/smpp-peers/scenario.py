"""A relay of a foreign SMPP stack in the middle of the platform: scenario.py SINETTI WORK-FOLDER RELAY-COMMAND...

HMSSP (our ESME) -> relay (foreign SMSC and foreign ESME) -> short-message centre (ours). For each way in which a centre may
lay out messages of cards, three people are registered through the relay (their cards' public keys take two short
messages each) and sign; in the first way everything else that happens on a link happens, too.
"""
import json
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time

SINETTI, WORK, RELAY = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
STYLES = ["user-data-header", "sar-parameters", "message-payload", "data-sm"]
# Hang guards, nothing more.
PATIENCE = 90
LONG_TEXT = "Do you agree to pay 1200 EUR to Demo Shop for a bicycle, delivered on Friday to the address in your order? " * 2
NUMBER = "+358401000001"


class Relay:
    def __init__(self, config, tap):
        self.process = subprocess.Popen(
            [*RELAY, str(config), str(tap)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.seen, self.fresh = [], queue.Queue()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            self.fresh.put(json.loads(line))

    def order(self, what, **more):
        self.process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self.process.stdin.flush()

    def wait(self, event, **wanted):
        """The next event of this kind; those before it have been seen."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                found = self.fresh.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {wanted} came; last: {self.seen[-5:]}") from None
            self.seen.append(found)
            assert found["event"] != "error", found
            if found["event"] == event and all(found.get(key) == value for key, value in wanted.items()):
                return found

    def drain(self):
        """All that has happened so far, once."""
        while not self.fresh.empty():
            self.seen.append(self.fresh.get())
            assert self.seen[-1]["event"] != "error", self.seen[-1]
        taken, self.seen = self.seen, []
        return taken

    def end(self):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)


class Platform:
    def __init__(self, folder, relay, style):
        self.folder = folder
        port = relay.wait("listening")["port"]
        self.log = open(folder.with_suffix(".out"), "w")
        self.process = subprocess.Popen(
            [SINETTI, "demo", "--auto", "--free-ports", "--data", str(folder)]
            + ["--smpp-through", f"127.0.0.1:{port}", "--mobile-originated", style],
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 2 * PATIENCE
        while not (folder / "demo.json").exists():
            assert self.process.poll() is None, folder.with_suffix(".out").read_text()
            assert time.monotonic() < deadline, "registration hangs"
            time.sleep(0.1)
        self.users_ca = json.loads((folder / "demo.json").read_text())["users_ca"]

    def sign(self, text):
        """A signature, believed when OpenSSL believes it."""
        out, content = self.folder / "signature.p7s", self.folder / "content"
        arguments = [SINETTI, "sign", "--demo", str(self.folder), NUMBER, text, "--out", str(out)]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=2 * PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        verify = ["openssl", "cms", "-verify", "-in", str(out), "-inform", "DER", "-CAfile", self.users_ca]
        verify += ["-purpose", "any", "-out", str(content)]
        subprocess.run(verify, check=True, capture_output=True, timeout=PATIENCE)
        assert content.read_bytes() == text.encode(), "another text was signed"

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE) == 0, "the demonstration did not end well"
        self.log.close()


def of(events, name, **wanted):
    return [
        event
        for event in events
        if event["event"] == name and all(event.get(key) == value for key, value in wanted.items())
    ]


def check_to_cards(events):
    """Every message to a card is a secured packet to the card and nothing else."""
    up = of(events, "up")
    assert up and all(
        (event["command"], event["esm_class"], event["protocol_id"], event["data_coding"])
        == ("submit_sm", 0x40, 0x7F, 0xF6)
        for event in up
    ), up
    assert any(event["elements"] == [0x70] for event in up), "no single message"
    several = [event for event in up if 0 in event["elements"]]
    assert any(0x70 in event["elements"] for event in several), "no first segment"
    assert any(event["elements"] == [0] for event in several), "no later segment"


def check_from_cards(events, style):
    """The messages of cards came as this style wants it, concatenated ones among them."""
    down = [event for event in of(events, "down") if not (event["esm_class"] or 0) & 0x3C]
    assert down
    command = "data_sm" if style == "data-sm" else "deliver_sm"
    payload = style in ("message-payload", "data-sm")
    assert all(event["command"] == command and event["payload"] == payload for event in down), down
    told = [event for event in down if event["sar"] > 1]
    written = [event for event in down if 0 in event["elements"]]
    if style == "sar-parameters":
        assert told and not written, down
    else:
        assert written and not told, down
    refused = [event for event in of(events, "answered") if event["status"] != 0]
    assert not refused, refused


def whole_life(relay, platform):
    """What happens on a link besides messages."""
    relay.order("enquire")
    enquiries = [relay.wait("enquiry") for _ in range(2)]
    assert sorted(event["peer"] for event in enquiries) == ["centre", "home"], enquiries
    assert all(event["status"] == 0 for event in enquiries), enquiries

    # ESME_RTHROTTLED, and a status that only a vendor knows.
    for count, status in ((2, 0x58), (1, 0x4B1)):
        relay.order("refuse", count=count, status=status)
        platform.sign("Refused at first, and signed all the same")
        events = relay.drain()
        assert len(of(events, "refused", status=status)) == count, events

    if "node" in RELAY[0]:
        relay.order("odd")
        answer = relay.wait("odd")
        # ESME_RINVCMDID
        assert (answer["command"], answer["status"]) == ("generic_nack", 3), answer

    relay.order("receipts", on=True)
    platform.sign("With receipts")
    relay.wait("down", esm_class=4)
    relay.wait("answered", command="deliver_sm_resp", status=0)
    relay.order("receipts", on=False)

    relay.order("query")
    found = relay.wait("query")
    assert (found["status"], found["state"]) == (0, 2), found
    if "node" in RELAY[0]:
        # Nothing is left to take back.
        assert relay.wait("cancel")["status"] == 0x11

    relay.order("drop")
    relay.wait("bound", status=0)
    platform.sign("After a connection that was cut")

    relay.order("unbind")
    answers = [relay.wait("unbind") for _ in range(2)]
    assert all(event["command"] == "unbind_resp" and event["status"] == 0 for event in answers), answers
    relay.wait("bound", status=0)
    platform.sign("After an unbind")

    # The HMSSP asks when nothing came for half a minute; so does the centre.
    for _ in range(2):
        relay.wait("enquired")


def run(style):
    folder, tap = WORK / style, WORK / f"{style}.tap"
    relay = Relay(folder / "smsc" / "smsc.toml", tap)
    platform = Platform(folder, relay, style)
    relay.wait("bound", status=0)
    platform.sign("Pay 12 EUR?")
    platform.sign(LONG_TEXT)
    events = relay.drain()
    check_to_cards(events)
    check_from_cards(events, style)
    if style == STYLES[0]:
        whole_life(relay, platform)
    platform.end()
    relay.end()
    print(f"{pathlib.Path(RELAY[-1]).name}: {style}: {len(of(events, 'up'))} messages up, {len(of(events, 'down'))} down")


for style in STYLES:
    run(style)
