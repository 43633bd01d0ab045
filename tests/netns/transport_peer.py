#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Both ends of the story `transports`: a mirror and who asks it, by UDP-Lite, DCCP and SCTP.
#
#   transport_peer.py serve PROTO ADDRESS PORT                     tells every sender the endpoint it was seen as
#   transport_peer.py ask   PROTO ADDRESS PORT TO PORT [SIZE [COVERAGE]]   prints it; "told: ..." when an ICMP error came
#
# What        UDP-Lite is the kernel's own, which judges every checksum; COVERAGE is how many bytes of a datagram it sums.
#             DCCP and SCTP are written by hand on raw sockets: one packet with all that a NAT may look at, its checksum right,
#             and judged here on the way back. An answer is as long as the question.
# Failure     Exit code 1 when nothing came. Anything unexpected ends it with a traceback, which the story shows.
import errno
import os
import socket
import struct
import sys

NUMBERS = {"udplite": 136, "dccp": 33, "sctp": 132}
UDPLITE_SEND_CSCOV = 10
PATIENCE = 2.0


def internet_sum(data):
    data += b"\0" * (len(data) % 2)
    return sum(struct.unpack(f"!{len(data) // 2}H", data)) % 65535


def pseudo(number, ends, segment):
    return socket.inet_aton(ends[0]) + socket.inet_aton(ends[1]) + struct.pack("!HH", number, len(segment))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Dccp:
    header = 16

    @staticmethod
    def write(ends, ports, payload):
        head = struct.pack("!HHBBHBBHI", *ports, 4, 0, 0, 2 << 1 | 1, 0, 1, 7)
        check = 65535 - internet_sum(pseudo(33, ends, head + payload) + head + payload)
        return head[:6] + struct.pack("!H", check % 65535) + head[8:] + payload

    @staticmethod
    def is_right(ends, segment):
        return internet_sum(pseudo(33, ends, segment) + segment) == 0


class Sctp:
    header = 12

    @staticmethod
    def write(_ends, ports, payload):
        head = struct.pack("!HHII", *ports, 0x5EED7A61, 0)
        return head[:8] + struct.pack("<I", crc32c(head + payload)) + payload

    @staticmethod
    def is_right(_ends, segment):
        return crc32c(segment[:8] + b"\0\0\0\0" + segment[12:]) == struct.unpack("<I", segment[8:12])[0]


class Raw:
    def __init__(self, proto, address, port):
        self.number, self.kind = NUMBERS[proto], {"dccp": Dccp, "sctp": Sctp}[proto]
        self.address, self.port = address, port
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, self.number)
        self.socket.bind((address, 0))
        self.socket.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR: ICMP errors are ours to hear

    def send(self, to, payload):
        self.socket.sendto(self.kind.write((self.address, to[0]), (self.port, to[1]), payload), (to[0], 0))

    def receive(self):
        while True:
            packet = self.socket.recv(65536)
            segment = packet[(packet[0] & 15) * 4 :]
            source = socket.inet_ntoa(packet[12:16])
            ports = struct.unpack("!HH", segment[:4])
            if ports[1] != self.port or not self.kind.is_right((source, self.address), segment):
                continue
            return segment[self.kind.header :], (source, ports[0])


class UdpLite:
    def __init__(self, address, port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, NUMBERS["udplite"])
        self.socket.bind((address, port))

    def cover(self, size):
        self.socket.setsockopt(NUMBERS["udplite"], UDPLITE_SEND_CSCOV, size)

    def send(self, to, payload):
        self.socket.connect(to)  # so that errors are heard
        self.socket.send(payload)

    def answer(self, to, payload):
        self.socket.sendto(payload, to)

    def receive(self):
        return self.socket.recvfrom(65536)


def open_peer(proto, address, port):
    return UdpLite(address, port) if proto == "udplite" else Raw(proto, address, port)


def serve(proto, address, port):
    peer = open_peer(proto, address, int(port))
    print("ready", flush=True)
    while True:
        try:
            question, sender = peer.receive()
        except OSError:  # what the network said of an earlier answer
            continue
        answer = f"{sender[0]}:{sender[1]}".encode().ljust(len(question))
        getattr(peer, "answer", peer.send)(sender, answer)


def ask(proto, address, port, to, to_port, size="64", coverage="0"):
    peer = open_peer(proto, address, int(port))
    peer.socket.settimeout(PATIENCE)
    if int(coverage):
        peer.cover(int(coverage))
    try:
        peer.send((to, int(to_port)), bytes(int(size)))
        answer, _ = peer.receive()
    except TimeoutError:
        return 1
    except OSError as error:
        if error.errno not in (errno.EHOSTUNREACH, errno.ECONNREFUSED):
            raise
        print("told:", os.strerror(error.errno))
        return 0
    if len(answer) != int(size):
        return 1
    print(answer.decode().strip())
    return 0


sys.exit({"serve": serve, "ask": ask}[sys.argv[1]](*sys.argv[2:]))
