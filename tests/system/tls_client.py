#!/usr/bin/env python3
"""A client of the line protocol in TLS, with Python's own ssl.

usage: tls_client.py talk ADDR CA BEFORE LINE...   BEFORE (hex) is sent in the clear, in front of TLS
       tls_client.py plain ADDR BEFORE LINE...     the same without TLS
       tls_client.py reload ADDR CA LIVE NEXT PID  see reload()
CA may be `-`: nothing is verified. What comes is printed; 3: TLS failed, 4: the server closed.
"""
import os
import shutil
import signal
import socket
import ssl
import sys
import time

PATIENCE = 30


def raw(address, before=b""):
    host, port = address.rsplit(":", 1)
    sock = socket.create_connection((host, int(port)), timeout=PATIENCE)
    sock.sendall(before)
    return sock


def wrapped(address, ca, before=b""):
    context = ssl.create_default_context(cafile=None if ca == "-" else ca)
    context.set_alpn_protocols(["http/1.1"])
    if ca == "-":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(raw(address, before), server_hostname="localhost")


def line(reader):
    got = reader.readline()
    if not got:
        sys.exit(4)
    return got.decode().rstrip("\r\n")


def talk(sock, lines):
    if isinstance(sock, ssl.SSLSocket):
        print(sock.version(), sock.cipher()[0], sock.selected_alpn_protocol())
    reader = sock.makefile("rb")
    print(line(reader))
    for each in lines:
        sock.sendall(each.encode() + b"\r\n")
        print(line(reader))


def serial(sock):
    return ssl.DER_cert_to_PEM_cert(sock.getpeercert(binary_form=True))


def ask(pid):
    if int(pid) > 0:
        os.kill(int(pid), signal.SIGHUP)


def reload(address, ca, live, following, pid):
    """Exchanges the certificate under connections that talk, by its files and by SIGHUP.

    live, following: paths without .pem and .key. pid: of the server, 0: it looks by itself. Prints
    how many connections held.
    """
    held = [(sock, sock.makefile("rb")) for sock in (wrapped(address, ca) for _ in range(20))]
    for _, reader in held:
        line(reader)
    made = 0

    def until(condition):
        nonlocal made
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for sock, reader in held:
                sock.sendall(b"PING\r\n")
                assert line(reader).startswith("+OK"), "a connection that was open"
            with wrapped(address, ca) as fresh:
                line(fresh.makefile("rb"))
                made += 1
                if condition(serial(fresh)):
                    return
        sys.exit("nothing happened")

    first = serial(held[0][0])
    until(lambda seen: seen == first)
    for suffix in (".key", ".pem"):
        shutil.copy(following + suffix, live + ".new")
        os.replace(live + ".new", live + suffix)
    ask(pid)
    until(lambda seen: seen != first)
    second = made
    with open(live + ".pem", "w", encoding="ascii") as broken:
        broken.write("nonsense")
    ask(pid)
    until(lambda seen: made > second + 20)
    print("held", len(held))


def main():
    mode, address, *rest = sys.argv[1:]
    try:
        if mode == "talk":
            talk(wrapped(address, rest[0], bytes.fromhex(rest[1])), rest[2:])
        elif mode == "plain":
            talk(raw(address, bytes.fromhex(rest[0])), rest[1:])
        else:
            reload(address, *rest)
    except (ssl.SSLError, ConnectionError) as failed:
        print(failed)
        sys.exit(3)


main()
