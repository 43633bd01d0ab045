#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Both ends of ESP and GRE, bare: no keys, no devices, only what a translator sees.
#
#   tunnel_peer.py gateway ADDRESS                answers: to ESP with the SPI that its payload asks for, to GRE with itself
#   tunnel_peer.py esp REMOTE SPI ANSWER [SIZE]   sends SPI, asking for ANSWER; prints "answered", "told TYPE/CODE" or "silence"
#   tunnel_peer.py gre REMOTE [SIZE]              sends GRE version 0; prints the same
#   tunnel_peer.py strange REMOTE PROTOCOL        sends 40 bytes of that protocol; prints the same
#
# What        An ESP packet is SPI, number, then (in clear) the SPI to answer with; SPIs in hex. SIZE is of the payload.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import select
import socket
import struct
import sys
import time

ESP, GRE = 50, 47
GRE_HEADER = struct.pack("!HH", 0, 0x0800)


def raw(protocol):
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)


def transport_of(packet):
    return packet[(packet[0] & 15) * 4 :]


def gateway(address):
    ends = {raw(ESP): ESP, raw(GRE): GRE}
    for end in ends:
        end.bind((address, 0))
    print("ready", flush=True)
    while True:
        for end in select.select(list(ends), [], [])[0]:
            packet, (source, _) = end.recvfrom(65535)
            data = transport_of(packet)
            if ends[end] == ESP:
                end.sendto(data[8:12] + data[4:], (source, 0))
            else:
                end.sendto(data, (source, 0))
            print(ends[end], source, data[:4].hex(), len(data), flush=True)


def await_answer(end, told, remote, protocol, wanted):
    deadline = time.monotonic() + 8
    while (left := deadline - time.monotonic()) > 0:
        for ready in select.select([end, told], [], [], left)[0]:
            packet, (source, _) = ready.recvfrom(65535)
            data = transport_of(packet)
            if ready is end and source == remote and data.startswith(wanted):
                return "answered"
            # An error quotes the IPv4 header behind its own eight bytes.
            if ready is told and data[0] in (3, 11) and data[8 + 9] == protocol:
                return f"told {data[0]}/{data[1]}"
    return "silence"


def ask(remote, protocol, packet, wanted):
    end, told = raw(protocol), raw(socket.IPPROTO_ICMP)  # both before anything can come back
    end.sendto(packet, (remote, 0))
    print(await_answer(end, told, remote, protocol, wanted))


def main():
    what, *rest = sys.argv[1:]
    if what == "gateway":
        gateway(rest[0])
    elif what == "esp":
        spi, answer = (struct.pack("!I", int(text, 16)) for text in rest[1:3])
        size = int(rest[3]) if len(rest) > 3 else 16
        ask(rest[0], ESP, spi + struct.pack("!I", 1) + answer + bytes(size), answer)
    elif what == "gre":
        size = int(rest[1]) if len(rest) > 1 else 16
        ask(rest[0], GRE, GRE_HEADER + bytes(size), GRE_HEADER)
    else:
        ask(rest[0], int(rest[1]), bytes(40), b"\xff")


main()
