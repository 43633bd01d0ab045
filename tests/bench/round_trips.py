#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Round trips of first and later packets of one subscriber after the other, and syncs of the log's disk between them.
#
# What        For tests/bench/first_packet.sh, inside the subscribers' namespace, which has all their addresses. Prints medians by
#             round, and of all rounds, in microseconds.
# Failure     A question without an answer within 3 s ends it with a traceback.
import argparse, ipaddress, os, socket, statistics, time

QUESTION = b"who am I?"
KINDS = ("new block", "new flow", "established", "fdatasync")


def microseconds(action):
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1e6


def socket_of(address, mirror):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.settimeout(3)
    one.bind((address, 0))
    one.connect(mirror)
    return one


def trip(one):
    def ask():
        one.send(QUESTION)
        one.recv(64)
    return microseconds(ask)


def sync(disk):
    def append():
        os.write(disk, bytes(4096))
        os.fdatasync(disk)
    return microseconds(append)


def measure(address, mirror, disk):
    with socket_of(address, mirror) as first, socket_of(address, mirror) as second:
        new_block = trip(first)
        synced = sync(disk)
        return new_block, trip(second), trip(second), synced


def tell(name, figures):
    print("    %-8s" % name + "".join("%14.0f" % f for f in figures) + "%10.1f" % ((figures[0] - figures[1]) / figures[3]), flush=True)


def main():
    words = argparse.ArgumentParser()
    for name in ("--mirror", "--base", "--disk"):
        words.add_argument(name, required=True)
    for name in ("--rounds", "--each"):
        words.add_argument(name, type=int, required=True)
    words = words.parse_args()
    host, port = words.mirror.split(":")
    base = int(ipaddress.ip_address(words.base))
    disk = os.open(words.disk, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    print("    medians, µs" + "%11s" % KINDS[0] + "".join("%14s" % k for k in KINDS[1:]) + "     syncs")
    medians = []
    for r in range(words.rounds):
        of_round = [measure(str(ipaddress.ip_address(base + r * words.each + n)), (host, int(port)), disk)
                    for n in range(words.each)]
        medians.append([statistics.median(column) for column in zip(*of_round)])
        tell("round %d" % (r + 1), medians[-1])
    tell("all", [statistics.median(column) for column in zip(*medians)])
    print("    syncs: by how many fdatasync a first packet in a new block is later than one in a block that is held")


if __name__ == "__main__":
    main()
