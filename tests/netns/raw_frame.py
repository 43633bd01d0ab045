#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# One frame that no honest host sends: raw_frame.py DEVICE MAC SOURCE DESTINATION FAULT
#
# What        UDP from port 4242 to port 4242, without a UDP checksum, right in all but the one thing that FAULT names: none
#             checksum options source_route udp_length vlan mac. MAC is the station that should receive it.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import ipaddress
import socket
import struct
import sys

FAULTS = {
    "options": bytes([7, 60, 4, 0]),
    "source_route": bytes([131, 7, 4, 198, 51, 100, 11, 0]),
}


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, destination, fault):
    data = b"hygiene!" * 4
    length = 8 + len(data)
    udp = struct.pack("!HHHH", 4242, 4242, length + (1 if fault == "udp_length" else 0), 0) + data
    options = FAULTS.get(fault, b"")
    header = bytearray(
        struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, 20 + len(options) + length, 1, 0, 64, socket.IPPROTO_UDP, 0)
        + ipaddress.IPv4Address(source).packed
        + ipaddress.IPv4Address(destination).packed
        + options
    )
    header[10:12] = struct.pack("!H", checksum(bytes(header)) ^ (1 if fault == "checksum" else 0))
    return bytes(header) + udp


def main():
    device, mac, source, destination, fault = sys.argv[1:]
    station = bytearray.fromhex(mac.replace(":", ""))
    if fault == "mac":
        station[5] ^= 0x55
    tag = struct.pack("!HH", 0x8100, 77) if fault == "vlan" else b""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((device, 0))
    own = wire.getsockname()[4]
    wire.send(bytes(station) + own + tag + struct.pack("!H", 0x0800) + packet(source, destination, fault))


main()
