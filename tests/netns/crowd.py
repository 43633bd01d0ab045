#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Many TCP connections at once, for stories: the servers on many addresses, and the one client that holds them all open.
#
# What        `serve PORT ADDRESS...`  answers every line with "ADDRESS:PORT OF THE CLIENT line", on every address
#             `hold PORT EACH ADDRESS...`  opens EACH connections to every address, every one from a local port of its own,
#             and takes orders from a FIFO (--orders) until its end:
#               "say"    sends a line of its own on every connection and judges each byte that comes back
#               "more"   tries one connection more to each address for a second
#             After each it tells a JSON line: how many connections answered right, and by which external endpoints.
# Failure     Anything unexpected ends it with a traceback, which the story shows.
import argparse, json, selectors, socket, time

FIRST_LOCAL_PORT = 20000


def listen(address, port):
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(512)
    return server


def serve(port, addresses):
    watch = selectors.DefaultSelector()
    for address in addresses:
        watch.register(listen(address, port), selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        for key, _ in watch.select():
            if key.data is None:
                connection, peer = key.fileobj.accept()
                watch.register(connection, selectors.EVENT_READ, "%s:%d " % peer)
                continue
            line = key.fileobj.recv(4096)
            if line:
                key.fileobj.sendall(key.data.encode() + line)
            else:
                watch.unregister(key.fileobj)
                key.fileobj.close()


class Crowd:
    def __init__(self, port, each, addresses):
        self.port, self.addresses = port, addresses
        self.next_port, self.connections, self.rounds = FIRST_LOCAL_PORT, [], 0
        for address in addresses:
            for _ in range(each):
                self.connections.append((address, self.connect(address, 20)))

    def connect(self, address, patience):
        connection = socket.socket()
        connection.settimeout(patience)
        connection.bind(("", self.next_port))
        self.next_port += 1
        connection.connect((address, self.port))
        return connection

    def say(self):
        """The external endpoints seen by the remotes, by remote: one for every connection that answers as it must."""
        self.rounds += 1
        seen = {address: [] for address in self.addresses}
        lines = [b"round %d of connection %d to %s\n" % (self.rounds, n, a.encode()) for n, (a, _) in enumerate(self.connections)]
        for (_, connection), line in zip(self.connections, lines):
            connection.sendall(line)
        for (address, connection), line in zip(self.connections, lines):
            answer = b""
            while not answer.endswith(b"\n"):
                piece = connection.recv(4096)
                if not piece:
                    break
                answer += piece
            who, _, echo = answer.partition(b" ")
            if echo == line:
                seen[address].append(who.decode())
        return seen

    def more(self):
        opened = 0
        for address in self.addresses:
            try:
                self.connect(address, 1)
                opened += 1
            except OSError:
                pass
        return opened


def tell(seen):
    every = [who for endpoints in seen.values() for who in endpoints]
    most = max((every.count(who) for who in set(every)), default=0)
    alone = all(len(set(endpoints)) == len(endpoints) for endpoints in seen.values())
    print(json.dumps({"answered": len(every), "endpoints": len(set(every)), "addresses": len({w.split(":")[0] for w in every}),
                      "most_on_one": most, "one_each": alone, "first": every[0] if every else ""}), flush=True)


def hold(port, each, addresses, orders):
    crowd = Crowd(port, each, addresses)
    tell(crowd.say())
    with open(orders) as lines:
        for order in lines:
            if order.strip() == "say":
                tell(crowd.say())
            else:
                print(json.dumps({"more": crowd.more()}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["serve", "hold"])
    parser.add_argument("--orders")
    parser.add_argument("--each", type=int, default=16)
    parser.add_argument("port", type=int)
    parser.add_argument("addresses", nargs="+")
    a = parser.parse_args()
    if a.mode == "serve":
        serve(a.port, a.addresses)
    else:
        hold(a.port, a.each, a.addresses, a.orders)


main()
