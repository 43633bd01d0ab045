#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A TCP end for stories: a socket of the kernel's own, beside it an eye on the wire and a hand that forges.
#
# What        `listen ADDRESS PORT`   accepts one connection and echoes every line of it
#             `connect FROM TO PORT`  connects from the local port FROM, trying again for 10 s, and answers nothing
#             `meet ADDRESS FROM`     learns from the first SYN to port FROM whom to meet, and connects there from ADDRESS and FROM
#             `raw FROM TO PORT FLAGS` sends one segment without payload (FLAGS as a number) and ends
#             The others take orders from a FIFO (--orders) until its end: "say TEXT" sends a line; "rst NUMBER" forges a
#             RST of this end at the peer's latest acknowledgement plus NUMBER, "rst beyond" one behind its window.
#             What happens is told line by line on stdout: "peer A:P", "heard TEXT", "forged", "closed".
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import argparse, os, select, socket, struct, sys, time

SYN, RST, ACK = 2, 4, 16


def say(text):
    print(text, flush=True)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def segment(source, destination, sequence, ack, flags):
    head = struct.pack("!HHIIBBHHH", source[1], destination[1], sequence % 2**32, ack % 2**32, 5 << 4, flags, 502, 0, 0)
    pseudo = socket.inet_aton(source[0]) + socket.inet_aton(destination[0]) + struct.pack("!BBH", 0, 6, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


def send_raw(source, destination, sequence, ack, flags):
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    raw.bind((source[0], 0))
    raw.sendto(segment(source, destination, sequence, ack, flags), (destination[0], 0))


def scale_of(options):
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if options[at] == 3:
            return options[at + 2]
        at += max(options[at + 1], 2)
    return 0


class Eye:
    """Segments that come in for one port: who sends them, and what their sender would take next."""

    def __init__(self, port):
        self.port, self.peer, self.flags = port, None, 0
        self.ack = self.sequence = self.window = self.scale = 0
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))

    def look(self):
        packet, where = self.wire.recvfrom(65535)
        if where[2] == socket.PACKET_OUTGOING or len(packet) < 40 or packet[9] != 6:
            return
        tcp = packet[(packet[0] & 15) * 4 :]
        source, destination, sequence, ack, offset, flags, window = struct.unpack("!HHIIBBH", tcp[:16])
        if destination != self.port or flags & RST:
            return
        self.peer, self.flags, self.sequence = (socket.inet_ntoa(packet[12:16]), source), flags, sequence
        if flags & SYN:
            self.scale = scale_of(tcp[20 : (offset >> 4) * 4])
        elif flags & ACK:
            self.ack, self.window = ack, window


class End:
    """One connection, its orders and its eye."""

    def __init__(self, own, orders, echo):
        self.own, self.echo, self.eye, self.connection = own, echo, Eye(own[1]), None
        # Read and write, so that a FIFO without a writer is not at its end.
        self.orders = os.fdopen(os.open(orders, os.O_RDWR), "rb", buffering=0)

    def serve(self, connection):
        self.connection = connection
        say("peer %s:%d" % connection.getpeername())
        while True:
            ready = select.select([self.connection, self.orders, self.eye.wire], [], [])[0]
            if self.eye.wire in ready:
                self.eye.look()
            if self.orders in ready and not self.obey(self.orders.readline().decode().split()):
                return
            if self.connection in ready and not self.hear():
                return

    def hear(self):
        try:
            data = self.connection.recv(65536)
        except ConnectionError as error:
            say("closed: %s" % error)
            return False
        if not data:
            say("closed")
            return False
        say("heard " + data.decode().strip())
        if self.echo:
            self.connection.sendall(data)
        return True

    def obey(self, words):
        if words[0] == "end":
            return False
        if words[0] == "say":
            self.connection.sendall((" ".join(words[1:]) + "\n").encode())
        if words[0] == "rst":
            room = self.eye.window << self.eye.scale
            offset = room + 1 if words[1] == "beyond" else int(words[1])
            send_raw(self.own, self.connection.getpeername(), self.eye.ack + offset, 0, RST)
            say("forged %s: %d beyond %d, window %d" % (words[1], offset, self.eye.ack, room))
        return True


def listen(arguments):
    own = (arguments.address, arguments.port)
    end = End(own, arguments.orders, echo=True)
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(own)
    server.listen()
    say("ready")
    while True:
        ready = select.select([server, end.eye.wire], [], [])[0]
        if end.eye.wire in ready:
            end.eye.look()
        if server in ready:
            return end.serve(server.accept()[0])


def open_from(own_address, port, remote):
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.settimeout(10)
    own.bind((own_address, port))
    own.connect(remote)
    own.settimeout(None)
    return own


def connect(arguments):
    end = End(("0.0.0.0", arguments.port), arguments.orders, echo=False)
    end.serve(open_from("0.0.0.0", arguments.port, (arguments.to, arguments.to_port)))


def meet(arguments):
    end = End((arguments.address, arguments.port), arguments.orders, echo=True)
    say("ready")
    while not (end.eye.peer and end.eye.flags & SYN):
        end.eye.look()
    say("SYN from %s:%d" % end.eye.peer)
    end.serve(open_from(arguments.address, arguments.port, end.eye.peer))


def raw(arguments):
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.connect((arguments.to, arguments.to_port))
    own = (probe.getsockname()[0], arguments.port)
    send_raw(own, (arguments.to, arguments.to_port), 1000, 2000, arguments.flags)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", default="/dev/null")
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("listen")
    verb.add_argument("address")
    verb.add_argument("port", type=int)
    verb.set_defaults(act=listen)
    verb = verbs.add_parser("connect")
    verb.add_argument("port", type=int)
    verb.add_argument("to")
    verb.add_argument("to_port", type=int)
    verb.set_defaults(act=connect)
    verb = verbs.add_parser("meet")
    verb.add_argument("address")
    verb.add_argument("port", type=int)
    verb.set_defaults(act=meet)
    verb = verbs.add_parser("raw")
    verb.add_argument("port", type=int)
    verb.add_argument("to")
    verb.add_argument("to_port", type=int)
    verb.add_argument("flags", type=int)
    verb.set_defaults(act=raw)
    arguments = parser.parse_args()
    arguments.act(arguments)


main()
