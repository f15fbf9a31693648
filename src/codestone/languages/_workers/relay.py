"""Runs inside the box: connects to servers in it, and passes the connections out.

Each request is one datagram, ``{"id": n, "port": p, "client": address or null, "limit_s": s}``. Once
something listens on the port, connect to it from the client's address and answer ``{"id": n}`` with the
connection as SCM_RIGHTS descriptor; ``client`` null only asks whether something listens. Otherwise the answer
is ``{"id": n, "error": why}``. A connection keeps the box's network wherever it is used, so that no byte
passes through here. Standard library only; candidate code never runs in this process.
"""

import ipaddress
import json
import os
import socket
import threading
import time

LISTENING = "0A"
PAUSE_S = 0.002


def listeners(port):
    """Return the IP versions at which something listens on the port, without touching it."""
    found = []
    for version, table in ((4, "/proc/self/net/tcp"), (6, "/proc/self/net/tcp6")):
        try:
            with open(table) as lines:
                rows = [line.split() for line in lines][1:]
        except OSError:
            continue
        if any(row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port for row in rows):
            found.append(version)
    return found


def connect(port, client, limit_s):
    """Wait until something listens, then connect from the client's address; OSError says why not."""
    deadline = time.monotonic() + limit_s
    while not (found := listeners(port)):
        if time.monotonic() >= deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(PAUSE_S)
    if client is None:
        return None
    if ipaddress.ip_address(client).version == 6:
        family, server = socket.AF_INET6, "::1"
    elif client == "127.0.0.1" and found == [6]:  # "localhost" may be ::1 alone
        try:
            return _connected(socket.AF_INET, "127.0.0.1", port, client, deadline)
        except ConnectionRefusedError:
            return _connected(socket.AF_INET6, "::1", port, "::1", deadline)
    else:
        family, server = socket.AF_INET, "127.0.0.1"
    return _connected(family, server, port, client, deadline)


def _connected(family, server, port, client, deadline):
    connection = socket.socket(family)
    try:
        connection.bind((client, 0))
        connection.settimeout(max(0.05, deadline - time.monotonic()))
        connection.connect((server, port))
        connection.settimeout(None)
    except BaseException:
        connection.close()
        raise
    return connection


def answer(control, request):
    """Answer one request."""
    reply, descriptors = {"id": request["id"]}, []
    try:
        connection = connect(request["port"], request["client"], request["limit_s"])
    except (OSError, ValueError) as error:
        reply["error"] = str(error)
        connection = None
    if connection is not None:
        descriptors.append(connection.fileno())
    socket.send_fds(control, [json.dumps(reply).encode()], descriptors)
    if connection is not None:
        connection.close()


def serve(channel):
    """Answer requests, each in a thread of its own, until the socket closes."""
    control = socket.socket(fileno=channel)
    while True:
        message = control.recv(4096)
        if not message:
            os._exit(0)
        threading.Thread(target=answer, args=(control, json.loads(message)), daemon=True).start()
