"""What is measured: the works, the rows of the page that come of them, the peers that do them."""
import os
import shutil
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.path.join(ROOT, os.environ.get("BUILD", "build")))
PEERS_DIR = os.path.join(HERE, "peers")
KEPT = os.path.join(BUILD, "bench")  # results, the grown store, the generator

# The peers measured by default, in the order of the page's columns, and the program each needs.
PEERS = {
    "raw": "sh",
    "redis": "redis-server",
    "mosquitto": "mosquitto",
    "nats": "nats-server",
    "ejabberd-mysql": "ejabberdctl",
}
# What else a peer needs, and the works that it does within a reasonable time.
ALSO_NEEDS = {"ejabberd-mysql": "mariadbd"}
ONLY = {"ejabberd-mysql": ("online-w1", "online-w32", "online-1000")}


@dataclass(frozen=True)
class Work:
    """A workload of imload, or one with a program of its own (`words` empty)."""
    name: str
    words: tuple = ()
    peers: tuple = ()      # none: all
    seconds: int = 0       # measured; 0: as long as the others
    pinned: bool = True    # server on core 0, generator on core 1
    watched: bool = False  # mpim's index is looked at meanwhile
    door: str = "line"     # of mpim's, by which the generator comes in
    store: str = ""        # "mysql": mpim's messages go to a MariaDB on the same core


@dataclass(frozen=True)
class Row:
    """A line of the page: one figure of a work's result."""
    work: str
    title: str
    key: str
    unit: str
    prefix: str = ""  # of the keys of its costs


def _work(name, words, **more):
    return Work(name, tuple(words.split()), **more)


MPIM = ("mpim",)
WORKS = [
    _work("online-w1", "online --pairs 100 --window 1"),
    _work("online-w32", "online --pairs 100 --window 32"),
    _work("online-w1-ws", "online --pairs 100 --window 1", peers=MPIM, door="ws"),
    _work("online-w32-ws", "online --pairs 100 --window 32", peers=MPIM, door="ws"),
    _work("mysql-w1", "online --pairs 100 --window 1", peers=MPIM, store="mysql"),
    _work("mysql-w32", "online --pairs 100 --window 32", peers=MPIM, store="mysql"),
    _work("cluster", "", peers=MPIM, pinned=False),
    _work("scale-out", "", peers=MPIM),
    _work("burst", "", peers=MPIM, pinned=False),
    _work("online-1000", "online --pairs 1000 --window 1"),
    _work("steady", "online --pairs 100 --rate 1000"),
    _work("steady-60", "online --pairs 100 --rate 1000", peers=("mpim", "raw"), seconds=60),
    _work("sustained", "online --pairs 100 --window 32", peers=MPIM, seconds=60, watched=True),
    _work("store", "offline --users 1000 --senders 100 --window 32 --count 100000",
          peers=("mpim", "redis", "mosquitto", "nats")),
    _work("fanout", "fanout --users 1000 --window 16"),
    # Who joins is told to all who are members: 50 million events before the work begins.
    _work("fanout-10000", "fanout --users 10000 --window 16 --limit 1500", peers=MPIM),
    _work("idle", "idle --users 10000", seconds=5),
    _work("idle-ws", "idle --users 10000", peers=MPIM, seconds=5, door="ws"),
    # Longer than TCP's keepalive, which is half of session.dead_peer_timeout_ms.
    _work("idle-cpu", "idle --users 10000", peers=MPIM, seconds=60),
    _work("login", "login --login-window 32"),
    _work("two-cores", "online --pairs 100 --window 32", peers=MPIM, pinned=False),
    _work("reading", "", peers=MPIM),
    _work("start-up", "", peers=MPIM),
    _work("growth", "", peers=MPIM),
]

ROWS = [
    Row("online-w1", "1:1 online, 100 pairs, 1 unacknowledged", "delivered_per_s", "msg/s"),
    Row("online-w32", "1:1 online, 100 pairs, 32 unacknowledged", "delivered_per_s", "msg/s"),
    Row("online-w1-ws", "1:1 over WebSocket, 100 pairs, 1 unacknowledged", "delivered_per_s",
        "msg/s"),
    Row("online-w32-ws", "1:1 over WebSocket, 100 pairs, 32 unacknowledged", "delivered_per_s",
        "msg/s"),
    Row("mysql-w1", "1:1 on MariaDB, both on one core, 100 pairs, 1 unacknowledged", "delivered_per_s", "msg/s"),
    Row("mysql-w32", "1:1 on MariaDB, both on one core, 100 pairs, 32 unacknowledged", "delivered_per_s", "msg/s"),
    Row("cluster", "1:1 to somebody on the same node of three: p50", "same_p50_ms", "ms"),
    Row("cluster", "1:1 to somebody on another node: p50", "cross_p50_ms", "ms"),
    Row("cluster", "Redis commands for a message to another node", "redis_commands", ""),
    Row("cluster", "publishes for a message to a group of 1,000 on three nodes", "group_publishes", ""),
    Row("sustained", "1:1 online, 100 pairs, 32 unacknowledged, for 60 s", "delivered_per_s", "msg/s"),
    Row("two-cores", "the same, server and generator sharing both cores", "delivered_per_s",
        "msg/s"),
    Row("online-1000", "1:1 online, 1,000 pairs, 1 unacknowledged", "delivered_per_s", "msg/s"),
    Row("steady", "1:1 at a fixed 1,000 msg/s: ack p50", "ack_p50_ms", "ms"),
    Row("steady", "the same: ack p99", "ack_p99_ms", "ms"),
    Row("steady-60", "the same for 60 s: ack p99", "ack_p99_ms", "ms"),
    Row("steady-60", "the same for 60 s: the slowest ack", "ack_max_ms", "ms"),
    Row("store", "store for offline users", "store_per_s", "msg/s", "store_"),
    Row("store", "drain of what waited", "drain_per_s", "msg/s", "drain_"),
    Row("fanout", "group of 1,000 online, window 16", "deliveries_per_s", "deliveries/s"),
    Row("fanout-10000", "group of 10,000 online, window 16", "deliveries_per_s", "deliveries/s"),
    Row("idle", "10,000 idle logged-in connections", "rss_kb_per_connection", "KiB each",
        "login_"),
    Row("idle-ws", "10,000 idle logged-in WebSocket connections", "rss_kb_per_connection",
        "KiB each", "login_"),
    Row("idle-cpu", "the idle line connections: CPU of the server over 60 s", "quiet_server_cores", "cores",
        "quiet_"),
    Row("reading", "history: a page of 50 of 1,000,000 messages, p99", "history_p99_ms", "ms"),
    Row("reading", "search over 1,000,000 messages, p99", "search_p99_ms", "ms"),
    Row("reading", "log-in of somebody in 500 groups, p99", "log_in_p99_ms", "ms"),
    Row("login", "log-ins with a resume token", "logins_per_s", "log-ins/s"),
]


def work_named(name):
    return next(work for work in WORKS if work.name == name)


def does(peer, work):
    """Whether this peer is measured at this work."""
    return (not work.peers or peer in work.peers) and work.name in ONLY.get(peer, (work.name,))


def installed(peer):
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    needs = [PEERS.get(peer, "sh"), ALSO_NEEDS.get(peer, "sh")]
    return all(shutil.which(program, path=path) for program in needs)
