#!/usr/bin/env python3
"""A TCP proxy that makes trouble: between any two parts of a cluster it delays what passes, swallows it, or cuts connections off.

Usage: fault.py CONTROL NAME=LISTEN=TARGET… (addresses as HOST:PORT). One line sent to the control port says what happens from now on:
  NAME pass | NAME delay MILLISECONDS | NAME swallow | NAME cut
`swallow` is a network that lost its other end: connections come about, nothing passes, nobody is told. `cut` resets connections, open and new ones.
It answers `ok`, or what is wrong. `NAME` may be `all`."""

import asyncio
import socket
import struct
import sys


class Link:
    """One way from somewhere to somewhere."""

    def __init__(self, name, listen, target):
        self.name, self.listen, self.target = name, listen, target
        self.delay_s, self.swallows, self.cuts = 0.0, False, False
        self.open = set()

    async def start(self):
        host, port = self.listen
        await asyncio.get_running_loop().create_server(lambda: Client(self), host, port, backlog=512)

    def become(self, fault, delay_ms=0):
        self.delay_s, self.swallows, self.cuts = delay_ms / 1000, fault == "swallow", fault == "cut"
        if fault == "cut":
            for end in list(self.open):
                reset(end.transport)
        else:
            for end in list(self.open):
                end.flow()


def reset(transport):
    """Ends a connection as a machine does that knows nothing of it."""
    if transport is None or transport.is_closing():
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class End(asyncio.Protocol):
    """One end of a passing connection."""

    def __init__(self, link):
        self.link, self.transport, self.other, self.held = link, None, None, []

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.open.add(self)

    def data_received(self, data):
        if self.link.swallows or self.other is None or self.other.transport is None:
            self.held.append(data)
            if sum(map(len, self.held)) > 1 << 20:
                self.transport.pause_reading()
        elif self.link.delay_s:
            asyncio.get_running_loop().call_later(self.link.delay_s, self.forward, data)
        else:
            self.forward(data)

    def forward(self, data):
        if self.link.swallows:
            self.held.append(data)
        elif self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.write(data)

    def flow(self):
        """What was held back passes now, as a network that comes back delivers what is sent again."""
        if self.link.swallows or self.other is None or self.other.transport is None:
            return
        held, self.held = self.held, []
        for data in held:
            self.forward(data)
        if self.transport and not self.transport.is_closing():
            self.transport.resume_reading()

    def pause_writing(self):
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self):
        if self.other and self.other.transport and not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, error):
        self.link.open.discard(self)
        if self.other and self.other.transport:
            if self.link.cuts:
                reset(self.other.transport)
            elif not self.link.swallows:
                self.other.transport.close()


class Client(End):
    def connection_made(self, transport):
        super().connection_made(transport)
        if self.link.cuts:
            reset(transport)
            return
        asyncio.get_running_loop().create_task(self.connect())

    async def connect(self):
        host, port = self.link.target
        target = End(self.link)
        target.other = self
        try:
            await asyncio.get_running_loop().create_connection(lambda: target, host, port)
        except OSError:
            # As the target itself does that refuses.
            reset(self.transport)
            return
        self.other = target
        if self.transport.is_closing():
            target.transport.close()
        self.flow()


class Control(asyncio.Protocol):
    """Takes orders, a line each."""

    links = {}

    def connection_made(self, transport):
        self.transport, self.text = transport, b""

    def data_received(self, data):
        self.text += data
        while b"\n" in self.text:
            line, self.text = self.text.split(b"\n", 1)
            self.transport.write((self.obey(line.decode().split()) + "\n").encode())

    def obey(self, words):
        if len(words) < 2 or words[1] not in ("pass", "delay", "swallow", "cut"):
            return "an order is: NAME pass|delay MILLISECONDS|swallow|cut"
        if words[0] != "all" and words[0] not in self.links:
            return f"no link is called {words[0]}; there are {' '.join(self.links)}"
        if words[1] == "delay" and (len(words) < 3 or not words[2].isdigit()):
            return "delay needs its milliseconds, a whole number"
        for name, link in self.links.items():
            if words[0] in ("all", name):
                link.become(words[1], int(words[2]) if words[1] == "delay" else 0)
        return "ok"


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


async def main():
    if len(sys.argv) < 3 or not all(text.count("=") == 2 for text in sys.argv[2:]):
        sys.exit(__doc__)
    for text in sys.argv[2:]:
        name, listen, target = text.split("=")
        Control.links[name] = Link(name, address(listen), address(target))
        await Control.links[name].start()
    server = await asyncio.get_running_loop().create_server(Control, *address(sys.argv[1]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
