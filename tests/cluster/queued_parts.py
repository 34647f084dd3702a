"""A cluster whose nodes queue what is sent while their database is away, as tests want it."""
import http.client
import json
import os
import re
import subprocess
import sys
import unittest

from node_processes import MariaDb, Node, Person, Redis, free_port, wait_for

BUILD = sys.argv[1]
KEPT = ("--appendonly", "yes", "--appendfsync", "always")
NO_LIMITS = {"LIMITS_MESSAGES_PER_S": 0, "LIMITS_ADDRESS_MESSAGES_PER_S": 0,
             "LIMITS_CONVERSATION_MESSAGES_PER_S": 0}


def packed(sender, to_user, text, client_id=""):
    """A send as it waits in the queue."""
    def number(value):
        out = b""
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    def field(at, value):
        if isinstance(value, int):
            return number(at << 3) + number(value)
        return number(at << 3 | 2) + number(len(value.encode())) + value.encode()
    return (field(1, to_user) + field(3, sender) + (field(4, client_id) if client_id else b"") +
            field(6, text))


def post(node, path, body, token=""):
    host, port = node.ready["http"].rsplit(":", 1)
    link = http.client.HTTPConnection(host, int(port), timeout=20)
    head = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    link.request("POST", path, json.dumps(body), head)
    answer = link.getresponse()
    told = json.loads(answer.read())
    link.close()
    return answer.status, told


class Queued(unittest.TestCase):
    """Ann is 1001, Bob 1002; `one` is their node, and there is one shard."""

    def setUp(self):
        self.redis = Redis(*KEPT)
        self.addCleanup(self.redis.end)
        self.db = self.made_database()
        self.addCleanup(self.db.end)
        self.url = self.db.make_store(BUILD)

    def made_database(self):
        return MariaDb()

    def node(self, node_id, **settings):
        given = {"STORE_URL": self.url, "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}",
                 "MESSAGE_ACCEPT": "queued", "INTAKE_SHARDS": 1, **NO_LIMITS, **settings}
        node = Node(BUILD, node_id, **given)
        self.addCleanup(node.end)
        return node

    def people(self, node):
        people = [Person(name).register(node) for name in ("ann", "bob")]
        for person in people:
            self.addCleanup(person.drop)
        return people

    def sql(self, statement):
        return self.db.sql(f"USE mpim1;\n{statement}")

    def queue(self, person, *sent):
        """Sends, each of which must be queued; answers the tickets."""
        answers = [person.ask(line) for line in sent]
        self.assertEqual([a for a in answers if not a.startswith("+OK queued=")], [])
        return [re.match(r"\+OK queued=(\S+)", a)[1] for a in answers]

    def drained(self):
        gates = self.redis.cli("HGETALL", "{intake}:gates")
        return "open" not in gates and "closing" not in gates


class TcpMariaDb(MariaDb):
    """One that is reached over TCP, so that a fault proxy can stand between."""

    def start(self):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["mariadbd", "--no-defaults", f"--datadir={self.data}", self.user,
             f"--socket={self.socket}", f"--port={self.port}", "--bind-address=127.0.0.1",
             f"--pid-file={self.dir}/pid", "--skip-name-resolve", "--skip-log-bin",
             "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--max-connections=200"],
            stderr=subprocess.DEVNULL)
        wait_for(lambda: self.client("mariadb-admin", "ping").returncode == 0, "MariaDB", 60)
        self.sql("CREATE USER IF NOT EXISTS mpim@'127.%' IDENTIFIED BY 'm'; "
                 "GRANT ALL ON *.* TO mpim@'127.%'")
