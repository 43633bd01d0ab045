#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Listens on a UDP port of loopback and writes each datagram as a line: export_sink.py PORT."""
import socket
import sys

sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
sink.bind(("127.0.0.1", int(sys.argv[1])))
while True:
    print(sink.recv(65535).decode(), flush=True)
