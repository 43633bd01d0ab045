#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# A ClickHouse server's HTTP interface with trouble on the way: for tests/clickhouse/lookup.sh.
#
# What        Listens on --port, gives statements to the server at --server, and its answers back. The INSERT with the number --half
#             reaches it by half, that with the number --lost is carried out but its answer is lost; after each of the two the
#             server is killed (SIGKILL), and started again by whoever waits for its end. That with the number --refused does
#             not reach it.
# Ownership   The process in the file --pid is the server. Ends when it is killed.
# Failure     Without a server the one who asks gets no answer. Prints a line for each trouble.
import argparse, http.client, http.server, os, signal, sys

words = argparse.ArgumentParser()
for name in ("--port", "--server"):
    words.add_argument(name, type=int, required=True)
for name in ("--half", "--lost", "--refused"):
    words.add_argument(name, type=int, default=0)
words.add_argument("--pid", required=True)
words = words.parse_args()
inserts = 0


def kill_server():
    with open(words.pid) as file:
        os.kill(int(file.read()), signal.SIGKILL)


def by_half(statement):
    server = http.client.HTTPConnection("127.0.0.1", words.server, timeout=300)
    server.putrequest("POST", "/")
    server.putheader("Content-Length", str(len(statement)))
    server.endheaders()
    server.send(statement[:len(statement) // 2])
    kill_server()
    server.close()


def whole(statement):
    server = http.client.HTTPConnection("127.0.0.1", words.server, timeout=300)
    server.request("POST", "/", statement)
    answer = server.getresponse()
    told = answer.status, answer.read()
    server.close()
    return told


class Way(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global inserts
        statement = self.rfile.read(int(self.headers["Content-Length"]))
        inserts += statement.startswith(b"INSERT")
        number = inserts if statement.startswith(b"INSERT") else -1
        try:
            if number == words.half:
                by_half(statement)
                return self.give_up(number, "half of it reached the server")
            status, answer = (400, b"refused") if number == words.refused else whole(statement)
        except (OSError, http.client.HTTPException) as trouble:
            return self.give_up(number, repr(trouble))
        if number == words.lost:
            kill_server()
            return self.give_up(number, "its answer was lost")
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def give_up(self, number, why):
        print("    statement %d: %s" % (number, why), flush=True)
        self.close_connection = True

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", words.port), Way).serve_forever()
