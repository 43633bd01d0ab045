#!/usr/bin/env python3
"""Recomputes deterministic blocks from docs/deterministic.md alone.

usage: recompute.py RECORD.json forward|reverse [--plant] < QUESTIONS > ANSWERS

Written from that page, not from cgnd's source. Where the page divides and takes rests, this deals: it writes down every subscriber and
every address in its order, gives out the blocks one after another as cards are dealt, and looks the answers up in what it
wrote down. QUESTIONS are addresses, or ADDRESS:PORT, one a line; an internal address may be followed by a blank and its
realm. --plant puts the wrong card on the table: from the second on each deal begins one address too late.
"""
import ipaddress
import json
import sys


class Table:
    def __init__(self, pool, plant):
        self.name = pool["pool"]
        self.first, self.last = (int(p) for p in pool["ports"].split("-"))
        self.size = pool["block_size"]
        self.addresses = [a for prefix in pool["external"] for a in ipaddress.ip_network(prefix)]
        subscribers = []
        for entry in pool["internal"]:
            network = ipaddress.ip_network(entry["prefix"])
            for one in network.subnets(new_prefix=entry["subscriber_prefix_length"]):
                subscribers.append((entry["realm"], one))
        # How many cards each address gets: enough deals for max_subscribers.
        self.deals, dealt = 0, 0
        while dealt < pool["max_subscribers"]:
            self.deals += 1
            dealt += len(self.addresses)
        assert len(subscribers) <= pool["max_subscribers"], "more subscribers than max_subscribers"
        assert self.first + self.deals * self.size - 1 <= self.last, "the blocks do not fit"
        self.by_subscriber, self.by_block = {}, {}
        waiting = iter(subscribers)
        for deal in range(self.deals):
            ports = (self.first + deal * self.size, self.first + (deal + 1) * self.size - 1)
            seats = self.addresses
            if plant and deal >= 1:
                seats = seats[1:] + seats[:1]
            for seat in seats:
                one = next(waiting, None)
                if one is None:
                    break
                self.by_subscriber[one] = (seat, ports)
                self.by_block[(seat, ports[0])] = (one, ports)
        self.lengths = {(entry["realm"], entry["subscriber_prefix_length"]) for entry in pool["internal"]}
        self.known = set(self.addresses)

    def forward(self, realm, address):
        for of, length in self.lengths:
            one = ipaddress.ip_network((address, length), strict=False)
            if of == realm and (realm, one) in self.by_subscriber:
                seat, ports = self.by_subscriber[(realm, one)]
                return one, seat, ports
        return None

    def reverse(self, address, port):
        if address not in self.known or not self.first <= port <= self.last:
            return ("none", None, None)
        begin = self.first
        for _ in range(self.deals):
            if begin <= port < begin + self.size:
                one, ports = self.by_block.get((address, begin), (None, None))
                return ("computed", one, ports) if one else ("none", None, None)
            begin += self.size
        return ("overflow", None, None)


def forward(tables, question):
    text, _, realm = question.partition(" ")
    address = ipaddress.ip_address(text)
    for table in tables:
        found = table.forward(realm, address)
        if found:
            one, seat, ports = found
            return f"{text},{realm},computed,{table.name},{one},{seat},{ports[0]},{ports[1]}"
    return f"{text},{realm},none,,,,,"


def reverse(tables, question):
    text, _, port = question.partition(":")
    address = ipaddress.ip_address(text)
    for table in tables:
        if address not in table.known:
            continue
        kind, one, ports = table.reverse(address, int(port))
        if kind == "computed":
            return f"{text},{port},computed,{table.name},{one[0]},{one[1]},{ports[0]},{ports[1]}"
        return f"{text},{port},{kind},{table.name},,,,"
    return f"{text},{port},none,,,,,"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        record = json.load(file)
    assert record["version"] == 1
    tables = [Table(pool, "--plant" in sys.argv) for pool in record["pools"]]
    answer = {"forward": forward, "reverse": reverse}[sys.argv[2]]
    for line in sys.stdin:
        print(answer(tables, line.rstrip("\n")))


main()
