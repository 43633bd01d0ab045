#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Both ends of PPTP, bare: control messages and GRE, no PPP, only what a translator sees (RFC 2637).
#
#   pptp_peer.py server ADDRESS                 grants every call, and sends each GRE packet of a call back under its peer's id
#   pptp_peer.py call REMOTE ID CONTROL [SIZE]  calls with this id; the file CONTROL.stop ends the call
#
# What        The server prints "call FROM PEER OWN" for each call, with the ids as it sees them, and "over OWN". The caller prints
#             "granted PEER-ID OWN-ID" (both as the reply has them), then "carried N" for each GRE packet that came back as it
#             was, "told TYPE/CODE" for an ICMP error about GRE, and "cleared" at the end. SIZE is of GRE's payload.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import os
import select
import socket
import struct
import sys

GRE, PORT, COOKIE, PPP = 47, 1723, 0x1A2B3C4D, 0x880B
START, START_REPLY, CALL, CALL_REPLY, CLEAR, NOTIFY = 1, 2, 7, 8, 12, 13
LENGTHS = {START: 156, START_REPLY: 156, CALL: 168, CALL_REPLY: 32, CLEAR: 16, NOTIFY: 148}


def message(kind, first=0, second=0, result=0):
    length = LENGTHS[kind]
    head = struct.pack("!HHIHHHHB", length, 1, COOKIE, kind, 0, first, second, result)
    return head.ljust(length, b"\0")


def read_message(connection):
    head = b""
    while len(head) < 2 or len(head) < struct.unpack("!H", head[:2])[0]:
        wanted = 2 if len(head) < 2 else struct.unpack("!H", head[:2])[0]
        more = connection.recv(wanted - len(head))
        if not more:
            return None
        head += more
    length, kind, cookie, control, _, first, second = struct.unpack("!HHIHHHH", head[:16])
    assert kind == 1 and cookie == COOKIE and length == LENGTHS[control], head
    return control, first, second


def gre(call, payload):
    return struct.pack("!BBHHHI", 0x30, 0x01, PPP, len(payload), call, 1) + payload


# The call and the payload of a packet with its IPv4 header.
def opened(packet):
    data = packet[(packet[0] & 15) * 4 :]
    flags, version, kind, length, call, _ = struct.unpack("!BBHHHI", data[:12])
    assert (flags, version, kind) == (0x30, 0x01, PPP) and length == len(data) - 12, data[:12]
    return call, data[12:]


def raw(protocol):
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)


class Server:
    def __init__(self, address):
        self.listener = socket.create_server((address, PORT))
        self.gre = raw(GRE)
        self.gre.bind((address, 0))
        self.connections = []
        self.calls = {}  # own id -> caller's address, its id
        self.next_id = 0x4001

    def control(self, connection, source):
        said = read_message(connection)
        if said is None:
            self.connections.remove((connection, source))
            return connection.close()
        kind, first, _ = said
        if kind == START:
            connection.sendall(message(START_REPLY))
        elif kind == CALL:
            own, self.next_id = self.next_id, self.next_id + 1
            self.calls[own] = (source, first)
            connection.sendall(message(CALL_REPLY, own, first, 1))
            print("call", source, first, own, flush=True)
        elif kind == CLEAR:
            over = [own for own, end in self.calls.items() if end == (source, first)]
            for own in over:
                connection.sendall(message(NOTIFY, own))
                del self.calls[own]
                print("over", own, flush=True)

    def echo(self):
        packet, (source, _) = self.gre.recvfrom(65535)
        call, payload = opened(packet)
        address, peer = self.calls.get(call, (None, 0))
        if address == source:
            self.gre.sendto(gre(peer, payload), (source, 0))

    def run(self):
        print("ready", flush=True)
        while True:
            ends = [self.listener, self.gre] + [c for c, _ in self.connections]
            for end in select.select(ends, [], [])[0]:
                if end is self.listener:
                    connection, (source, _) = self.listener.accept()
                    self.connections.append((connection, source))
                elif end is self.gre:
                    self.echo()
                else:
                    self.control(*next(c for c in self.connections if c[0] is end))


def call(remote, chosen, control, size):
    end, told = raw(GRE), raw(socket.IPPROTO_ICMP)
    connection = socket.create_connection((remote, PORT))
    connection.sendall(message(START))
    assert read_message(connection)[0] == START_REPLY
    connection.sendall(message(CALL, chosen, 1))
    kind, servers, mine = read_message(connection)
    assert kind == CALL_REPLY
    print("granted", servers, mine, flush=True)
    carried, under_way = 0, set()
    while not os.path.exists(control + ".stop"):
        payload = os.urandom(size)
        under_way.add(payload)
        end.sendto(gre(servers, payload), (remote, 0))
        for ready in select.select([end, told], [], [], 0.5)[0]:
            packet, (source, _) = ready.recvfrom(65535)
            if ready is end and source == remote:
                answer, back = opened(packet)
                if answer != mine or back not in under_way:
                    continue
                under_way.remove(back)
                carried += 1
                print("carried", carried, flush=True)
            data = packet[20:]
            if ready is told and data[0] == 3 and data[8 + 9] == GRE:
                print(f"told {data[0]}/{data[1]}", flush=True)
        select.select([], [], [], 0.05)
    connection.sendall(message(CLEAR, chosen))
    kind, over, _ = read_message(connection)
    assert (kind, over) == (NOTIFY, servers)
    print("cleared", flush=True)


what, *rest = sys.argv[1:]
if what == "server":
    Server(rest[0]).run()
else:
    call(rest[0], int(rest[1]), rest[2], int(rest[3]) if len(rest) > 3 else 64)
