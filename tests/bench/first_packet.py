#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What a first packet waits for, beside what the disk alone takes for one sync.
#
# What        `serve ADDRESS PORT`                         answers every datagram.
#             `measure --directory DIR ADDRESS PORT FIRST COUNT`  from COUNT addresses, FIRST and those after it, each
#             subscriber sends three datagrams and waits for each answer: the first of all (a new block: it leaves after the
#             block's row is synced), the first of another port (a new mapping in a held block), and one more (translated by
#             the kernel). Between two subscribers a write of a commit's size is synced to DIR. Prints a JSON line: seconds,
#             by what was measured.
# Failure     An answer that does not come within 5 s ends it.
import argparse, ipaddress, json, os, socket, time

COMMIT = b"\0" * 12288  # pages that one commit of one row appends to the -wal
INSIDE_PORT = 5000


def serve(address, port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, port))
    print("ready", flush=True)
    while True:
        data, peer = server.recvfrom(2048)
        server.sendto(data, peer)


def client(source, port, remote):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, port))
    sock.connect(remote)
    sock.settimeout(5)
    return sock


def round_trip(sock, number):
    word = b"%d" % number
    begin = time.perf_counter()
    sock.send(word)
    while sock.recv(2048) != word:
        pass
    return time.perf_counter() - begin


def sync(handle):
    os.write(handle, COMMIT)
    begin = time.perf_counter()
    os.fdatasync(handle)
    return time.perf_counter() - begin


def measure(directory, remote, first, count):
    seen = {"sync": [], "new_block": [], "new_mapping": [], "established": []}
    path = os.path.join(directory, "sync-alone")
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for n in range(count):
            source = str(ipaddress.IPv4Address(first) + n)
            one, other = client(source, INSIDE_PORT, remote), client(source, INSIDE_PORT + 1, remote)
            seen["sync"].append(sync(handle))
            seen["new_block"].append(round_trip(one, n))
            seen["new_mapping"].append(round_trip(other, n))
            seen["established"].append(round_trip(one, -n))
            one.close()
            other.close()
    finally:
        os.close(handle)
        os.unlink(path)
    print(json.dumps(seen))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["serve", "measure"])
    parser.add_argument("--directory", default=".")
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("first", nargs="?")
    parser.add_argument("count", nargs="?", type=int)
    a = parser.parse_args()
    if a.mode == "serve":
        serve(a.address, a.port)
    else:
        measure(a.directory, (a.address, a.port), a.first, a.count)


main()
