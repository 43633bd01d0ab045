#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A host that speaks a transport without ports, in raw packets.
#
#   raw_peer.py echo PROTOCOL            says "ready", and sends every packet's payload back to whom it came from
#   raw_peer.py ask PROTOCOL ADDRESS     asks such a one; prints whom the answer came from and whom it was for
#   raw_peer.py closed ADDRESS PORT      fails unless this UDP port is told to be closed
#
# Failure     No answer within two seconds ends it with exit code 1.
import os
import socket
import sys


def raw(protocol):
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, int(protocol))


def address(header, at):
    return socket.inet_ntoa(header[at : at + 4])


def echo(protocol):
    wire = raw(protocol)
    print("ready", flush=True)
    while True:
        packet, (source, _) = wire.recvfrom(65535)
        payload = packet[(packet[0] & 15) * 4 :]
        if payload.startswith(b"ask:"):
            answer = raw(protocol)
            answer.bind((address(packet, 16), 0))  # as whom it was asked
            answer.sendto(b"re:" + payload, (source, 0))
            answer.close()


def ask(protocol, host):
    wire = raw(protocol)
    wire.settimeout(2)
    question = b"ask:" + os.urandom(20)
    wire.sendto(question, (host, 0))
    while True:
        packet, (source, _) = wire.recvfrom(65535)
        if packet.endswith(b"re:" + question):
            print(source, address(packet, 16))
            return


def closed(host, port):
    wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    wire.settimeout(2)
    wire.connect((host, int(port)))
    wire.send(b"anybody?")
    try:
        wire.recv(100)
    except ConnectionRefusedError:
        return
    sys.exit(1)


try:
    {"echo": echo, "ask": ask, "closed": closed}[sys.argv[1]](*sys.argv[2:])
except TimeoutError:
    sys.exit(1)
