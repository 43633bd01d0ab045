#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An FTP server (pyftpdlib) for stories: ftp_server.py ADDRESS PORT FOLDER COMMANDS

Serves FOLDER to everybody, writes every command as it came to the file COMMANDS, prints `ready`. As any careful server it
calls back only to the address that its control connection comes from.
"""
import logging
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer


class Handler(FTPHandler):
    commands = None

    def pre_process_command(self, line, cmd, arg):
        print(line, file=self.commands, flush=True)
        super().pre_process_command(line, cmd, arg)


def main():
    address, port, folder, commands = sys.argv[1:5]
    logging.basicConfig(level=logging.WARNING)
    authorizer = DummyAuthorizer()
    authorizer.add_anonymous(folder)
    Handler.authorizer = authorizer
    Handler.commands = open(commands, "a", encoding="utf-8")
    Handler.timeout = 120
    server = FTPServer((address, int(port)), Handler)
    print("ready", flush=True)
    server.serve_forever()


main()
