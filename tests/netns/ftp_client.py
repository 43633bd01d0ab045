#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One FTP control connection, many active transfers over it: ftp_client.py SERVER FILE ROUNDS WORK [EPRT]

Fetches FILE (whose bytes are in WORK/www/FILE, too) ROUNDS times, each time by a PORT (or EPRT) of a new socket, then writes
WORK/half, waits for WORK/go and does as many again over the same connection. Prints `same N` at the end. Any byte or answer
that is not as it must be ends it with an error. Ports are chosen so that the length of the line changes all the time.
"""
import os
import random
import socket
import sys
import time


class Control:
    def __init__(self, server):
        self.socket = socket.create_connection((server, 21), timeout=30)
        self.lines = self.socket.makefile("rb")
        self.expect("220")

    def expect(self, *codes):
        line = self.lines.readline().decode()
        if line[:4] not in [code + " " for code in codes]:
            raise SystemExit(f"expected {codes}, got {line!r}")

    def say(self, line, *codes):
        self.socket.sendall(line.encode() + b"\r\n")
        self.expect(*codes)


def listen(address):
    ports = list(range(1024, 10000, 7)) + list(range(10000, 60000, 311))
    while True:
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((address, random.choice(ports)))
        except OSError:
            continue
        s.listen(1)
        s.settimeout(30)
        return s


def fetch(control, name, extended):
    own = control.socket.getsockname()[0]
    with listen(own) as data:
        port = data.getsockname()[1]
        if extended:
            line = f"EPRT |1|{own}|{port}|"
        else:
            line = f"PORT {own.replace('.', ',')},{port >> 8},{port & 255}"
        control.say(line, "200")
        control.say(f"RETR {name}", "125", "150")
        peer, _ = data.accept()
        peer.settimeout(30)
        got = b""
        while chunk := peer.recv(65536):
            got += chunk
        peer.close()
        control.expect("226")
        return got


def main():
    server, name, rounds, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    extended = sys.argv[5:] == ["EPRT"]
    with open(f"{work}/www/{name}", "rb") as f:
        wanted = f.read()
    control = Control(server)
    control.say("USER anonymous", "331")
    control.say("PASS -", "230")
    control.say("TYPE I", "200")
    for half in range(2):
        for n in range(rounds):
            if fetch(control, name, extended) != wanted:
                raise SystemExit(f"round {n}: other bytes")
        if half == 0:
            open(f"{work}/half", "w").close()
            end = time.monotonic() + 60
            while not os.path.exists(f"{work}/go"):
                if time.monotonic() > end:
                    raise SystemExit("nobody said go")
                time.sleep(0.05)
    control.say("QUIT", "221")
    print(f"same {2 * rounds}")


main()
