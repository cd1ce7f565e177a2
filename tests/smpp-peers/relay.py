"""smpplib between the HMSSP and the short-message centre: relay.py SMSC-CONFIG TAP-FILE

It is the centre for one, by a small server around smpplib's own PDU classes, and the ESME for the other, by its client;
whatever it passes on is encoded anew. Orders and events are those of relay.js.
"""
import json
import re
import socket
import struct
import sys
import threading

from smpplib import client as smpp_client
from smpplib import consts, exceptions, smpp
from smpplib.client import SimpleSequenceGenerator

CENTRE_CONFIG, TAP_FILE = sys.argv[1:3]
lock = threading.Lock()


def say(event, **more):
    with lock:
        print(json.dumps({"event": event, **more}), flush=True)


class Tap:
    """A socket that notes what passes."""

    def __init__(self, inner, peer):
        self.inner, self.peer = inner, peer
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def note(self, source, octets):
        with lock, open(TAP_FILE, "a") as tap:
            tap.write(json.dumps({"leg": self.peer, "from": source, "hex": octets.hex()}) + "\n")

    def recv(self, count):
        octets = self.inner.recv(count)
        if octets:
            self.note(self.peer, octets)
        return octets

    def sendall(self, octets):
        self.note("relay", octets)
        self.inner.sendall(octets)

    def end(self):
        try:
            self.inner.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    close = end


def text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value


def again(pdu, sequence):
    """The same PDU under another number, as smpplib's encoder wants it: text fields as str."""
    for name, param in pdu.params.items():
        if param.type is str:
            setattr(pdu, name, text(getattr(pdu, name, None)))
    pdu.sequence = sequence
    return pdu.generate()


def elements(pdu):
    user_data = getattr(pdu, "message_payload", None) or getattr(pdu, "short_message", None) or b""
    found = []
    if (pdu.esm_class or 0) & 0x40:
        header = user_data[1 : 1 + user_data[0]]
        while header:
            found.append(header[0])
            header = header[2 + header[1] :]
    return found


def shown(pdu):
    return {
        "command": pdu.command,
        "esm_class": pdu.esm_class,
        "protocol_id": getattr(pdu, "protocol_id", None),
        "data_coding": pdu.data_coding,
        "payload": bool(getattr(pdu, "message_payload", None)),
        "sar": getattr(pdu, "sar_total_segments", None) or 0,
        "elements": elements(pdu),
    }


class End:
    """One connection: reads PDUs, numbers requests, and finds the answers to them."""

    def __init__(self, sock, peer):
        self.sock, self.peer = sock, peer
        self.numbers, self.waiting, self.other = SimpleSequenceGenerator(), {}, None
        self.sending, self.unbinding = threading.Lock(), False

    def exactly(self, count):
        octets = b""
        while len(octets) < count:
            more = self.sock.recv(count - len(octets))
            if not more:
                raise ConnectionError
            octets += more
        return octets

    def read(self):
        length = self.exactly(4)
        octets = length + self.exactly(struct.unpack(">L", length)[0] - 4)
        return smpp.parse_pdu(octets, client=self.numbers, allow_unknown_opt_params=True)

    def write(self, octets):
        with self.sending:
            try:
                self.sock.sendall(octets)
            except OSError:
                pass

    def ask(self, pdu, then):
        sequence = self.numbers.next_sequence()
        self.waiting[sequence] = then
        self.write(again(pdu, sequence))

    def answer(self, request, status=consts.SMPP_ESME_ROK, **more):
        pdu = smpp.make_pdu(request.command + "_resp", client=self.numbers, **more)
        pdu.status = status
        # A refusal is header only.
        octets = again(pdu, request.sequence)
        self.write(octets if status == 0 else struct.pack(">L", 16) + octets[4:16])

    def serve(self):
        try:
            while True:
                self.take(self.read())
        except (ConnectionError, OSError):
            pass
        say("closed", peer=self.peer)
        # Whoever was asked to unbind closes; the other's answer may still come.
        if not self.unbinding:
            self.other.sock.end()

    def take(self, pdu):
        if pdu.is_response():
            then = self.waiting.pop(pdu.sequence, None)
            if then:
                then(pdu)
        elif pdu.command == "enquire_link":
            self.answer(pdu)
            say("enquired", peer=self.peer)
        elif pdu.command == "unbind":
            self.answer(pdu)
            say("unbound", peer=self.peer)
        else:
            self.pass_on(pdu)

    def pass_on(self, pdu):
        say("up" if self.peer == "home" else "down", **shown(pdu))
        request = smpp.make_pdu("enquire_link", client=self.numbers)
        request.command, request.sequence = pdu.command, pdu.sequence
        if pdu.command == "submit_sm":
            if state.refuse:
                state.refuse -= 1
                self.answer(request, status=state.status)
                return say("refused", status=state.status)
            if state.receipts:
                pdu.registered_delivery = 1

        def answered(answer):
            message_id = text(getattr(answer, "message_id", None)) or ""
            if pdu.command == "submit_sm" and message_id:
                source = {"source_addr_ton": pdu.source_addr_ton, "source_addr": text(pdu.source_addr)}
                state.submitted = {"message_id": message_id, **source}
            self.answer(request, status=answer.status, message_id=message_id)
            say("answered", command=answer.command, status=answer.status)

        self.other.ask(pdu, answered)


class State:
    refuse, status, receipts, home, centre, submitted = 0, 0, False, None, None, None


state = State()


class Centre(smpp_client.Client):
    """smpplib's client over a tapped socket."""

    def _create_socket(self):
        raw = super()._create_socket()
        raw.settimeout(None)
        self.raw = raw
        return raw

    def __del__(self):
        """The connection outlives the client, whose work ends with the bind."""


def meet(sock):
    home = End(Tap(sock, "home"), "home")
    bind = home.read()
    assert bind.command == "bind_transceiver", bind.command
    with open(CENTRE_CONFIG) as config:
        host, port = re.search(r'^listen = "(.*):(\d+)"', config.read(), re.M).groups()
    client = Centre(host, port, allow_unknown_opt_params=True)
    try:
        client.connect()
    except exceptions.ConnectionError:
        # The centre may start after the HMSSP, which tries again.
        return home.sock.end()
    client._socket = Tap(client.raw, "centre")
    bound = client.bind_transceiver(
        system_id=text(bind.system_id), password=text(bind.password), system_type=text(bind.system_type) or ""
    )
    centre = End(client._socket, "centre")
    centre.numbers = client.sequence_generator
    home.other, centre.other = centre, home
    home.answer(bind, status=bound.status, system_id=text(bound.system_id))
    state.home, state.centre = home, centre
    say("bound", status=bound.status, smsc=text(bound.system_id))
    threading.Thread(target=centre.serve, daemon=True).start()
    home.serve()


def order(line):
    what = line["do"]
    if what == "refuse":
        state.refuse, state.status = line["count"], line["status"]
    elif what == "receipts":
        state.receipts = line["on"]
    elif what == "drop":
        state.home.sock.end()
    elif what in ("enquire", "unbind"):
        command, event = {"enquire": ("enquire_link", "enquiry"), "unbind": ("unbind", "unbind")}[what]
        for end in (state.home, state.centre):
            end.unbinding = what == "unbind"
            tell = lambda pdu, peer=end.peer: say(event, peer=peer, command=pdu.command, status=pdu.status)
            end.ask(smpp.make_pdu(command, client=end.numbers), tell)
    elif what == "query":
        query = smpp.make_pdu("query_sm", client=state.centre.numbers, **state.submitted)
        state.centre.ask(query, lambda pdu: say("query", status=pdu.status, state=pdu.message_state))


def main():
    listener = socket.create_server(("127.0.0.1", 0))
    say("listening", port=listener.getsockname()[1])

    def accept():
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=meet, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    for line in sys.stdin:
        order(json.loads(line))


main()
