"""What more nodes carry: one to eight of them behind HAProxy, each held to a twentieth of a core.

Nodes of a machine each would be the honest measure. On one machine they, the database and the generator share the
cores, so each node is held to a small part of one: as long as the cores have room, what is measured is what a node adds.
"""
import contextlib
import os
import sys
import tempfile

import cpu_share
from clustered import Haproxy, Redis, free_ports, mariadb
from server import SCRATCH, Mpimd, load

NODES = (1, 2, 4, 6, 8)
CORES_EACH = 0.05
WORDS = ("online", "--pairs", "100", "--window", "1")


def balanced(port, nodes):
    """HAProxy's settings: connections in turn to the line protocol of each node."""
    servers = "".join(f"  server node{number} 127.0.0.1:{node.port('line')}\n" for number, node in enumerate(nodes))
    return ("global\n  maxconn 4000\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n"
            "  timeout server 1h\n"
            f"frontend line\n  bind 127.0.0.1:{port}\n  default_backend nodes\n"
            f"backend nodes\n  balance roundrobin\n{servers}")


def carried(count, seconds, cores_each=CORES_EACH):
    """imload's figures with so many nodes: the two of a pair are on the same one by chance only."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(mariadb())
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=SCRATCH))
        redis = Redis(folder, free_ports(1)[0]).start()
        stack.callback(redis.stop)
        shared = {"MPIM_STORE_URL": database.url(), "MPIM_REDIS_URL": redis.url()}
        nodes = [stack.enter_context(Mpimd(env=dict(shared, MPIM_NODE_ID=f"node{number}"))) for number in range(count)]
        for node in nodes:
            stack.enter_context(cpu_share.held_to(node.pid, cores_each))
        port = free_ports(1)[0]
        haproxy = Haproxy(folder, balanced(port, nodes), [port]).start()
        stack.callback(haproxy.stop)
        pids = ",".join(str(node.pid) for node in nodes)
        return load("line", WORDS, seconds, {"LINE_PORT": str(port), "LINE_REGISTER": "1", "LINE_PIDS": pids})


def scale_out_run(seconds):
    """Messages a second of each number of nodes; nothing where no process can be held to a part of a core."""
    if cpu_share.hierarchy() is None:
        print("scale-out: no control group can be made here, so it is left out", file=sys.stderr)
        return None
    os.makedirs(SCRATCH, exist_ok=True)
    found = {count: carried(count, seconds) for count in NODES}
    if not all(found.values()):
        return None
    figures = {f"nodes{count}_per_s": result["delivered_per_s"] for count, result in found.items()}
    figures |= {f"nodes{count}_p50_ms": result["ack_p50_ms"] for count, result in found.items()}
    return figures | {name: sum(result.get(name, 0) for result in found.values())
                      for name in ("lost", "duplicates", "reordered")}
