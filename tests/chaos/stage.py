"""A cluster to do harm to: MariaDB, Redis, nodes and HAProxy, with faults between node1 and its dependencies.

Every node reaches MariaDB and Redis at 127.0.0.1, but node1 goes through a fault proxy, and node2 by 127.0.0.2,
which nft rules may cut where we have a network namespace of our own.
"""
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), folder) for folder in ("cluster", "faults")]
import balancers  # noqa: E402
from processes import SYSTEM_PATH, Haproxy, Mariadb, Node, Redis, free_ports, wait_for  # noqa: E402

SETTINGS = """[auth]
argon2_memory_kib = 8
argon2_passes = 1
registrations_per_minute = 0
[line]
proxy = true
[ws]
proxy = true
[http]
proxy = true
[node]
id = "{name}"
"""
SHARED = """[redis]
url = "{redis}"
[store]
url = "{store}"
"""
OTHER_LOOPBACK = "127.0.0.2"
LEFT_S = 20             # for sessions and connections to go after the last client
FDS_MORE = 40           # open files above those before the run
RSS_MORE = 64 << 20     # memory above that before the run
ROUTE_TTL_S = 125


class Proxy:
    """tests/faults/fault_proxy.py in a process of its own."""

    def __init__(self, target_port):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(HERE), "faults", "fault_proxy.py"), "127.0.0.1:0",
             f"127.0.0.1:{target_port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1])

    def say(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()
        if (answer := self.process.stdout.readline().strip()) != "ok":
            raise RuntimeError(f"fault proxy: {words}: {answer}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Stage:
    """`shared` is false for one node on SQLite. `own_net` says that nft rules are ours to make."""

    def __init__(self, folder, build, shared=True, nodes=3, own_net=False, small_disk=None):
        self.shared, self.own_net, self.small_disk = shared, own_net, small_disk
        *self.front, sql, redis = free_ports(5)
        self.count = nodes
        self.proxies, self.mariadb, self.redis = {}, None, None
        if shared:
            data = os.path.join(small_disk, "data") if small_disk else None
            self.mariadb = Mariadb(folder, sql, data)
            self.redis = Redis(folder, redis)
        self.folder, self.build = folder, build
        self.nodes, self.balancer = [], None

    def start(self):
        if self.own_net:
            self._nft("add table inet chaos; add chain inet chaos cut { type filter hook input priority 0 ; }")
        if self.shared:
            self.mariadb.install().start()
            self.mariadb.make_database()
            self.redis.start()
            self.proxies = {"mariadb": Proxy(self.mariadb.port), "redis": Proxy(self.redis.port)}
        for number in range(1, self.count + 1):
            self.nodes.append(Node(f"node{number}", self.folder, self.build, balancers.host(number), self.front,
                                   self._settings(number)))
        if self.shared:
            self.nodes[0].migrate()
        for node in self.nodes:
            node.start()
        settings = balancers.settings("haproxy.cfg", self.front, nodes=self.count)
        self.balancer = Haproxy(self.folder, settings, self.front[:1]).start()

    def address(self):
        return "127.0.0.1", self.front[0]

    def close(self):
        for process in [self.balancer, *self.nodes, self.redis, self.mariadb]:
            if process is not None and process.process is not None:
                process.stop(20)
        for proxy in self.proxies.values():
            proxy.close()

    def marks(self):
        """What a run must not leave more of."""
        return {"connections": self.mariadb.connections() if self.shared else 0,
                "nodes": {node.name: node.metrics(proxied=True) for node in self.nodes}}

    def left_behind(self, before):
        """Sentences about what is still there although all clients have gone."""
        findings = []
        for node in self.nodes:
            gone = {"mpim_connections": 0, "mpim_sessions": 0}
            try:
                wait_for(lambda: all(node.metrics(proxied=True)[name] == 0 for name in gone), "", LEFT_S, 0.3)
            except TimeoutError:
                pass
            now, then = node.metrics(proxied=True), before["nodes"][node.name]
            findings += [f"left behind: {node.name} has {name} {now[name]:.0f}" for name in gone if now[name]]
            if now["process_open_fds"] > then["process_open_fds"] + FDS_MORE:
                findings.append(f"left behind: {node.name} has {now['process_open_fds']:.0f} open files, "
                                f"before {then['process_open_fds']:.0f}")
            if now["process_resident_memory_bytes"] > then["process_resident_memory_bytes"] + RSS_MORE:
                findings.append(f"left behind: {node.name} takes {now['process_resident_memory_bytes'] / 2**20:.0f} "
                                f"MiB, before {then['process_resident_memory_bytes'] / 2**20:.0f}")
        if self.shared:
            findings += self._left_in_stores(before)
        return findings

    def _left_in_stores(self, before):
        """Connections that a killed node or a cut network left are closed, and no route stays for ever."""
        try:
            wait_for(lambda: self.mariadb.connections() <= before["connections"] + 2, "", LEFT_S, 0.5)
        except TimeoutError:
            yield f"left behind: MariaDB has {self.mariadb.connections()} connections, before {before['connections']}"
        for key in self.redis.ask("KEYS", "*route:*"):
            ttl = self.redis.ask("TTL", key)
            if ttl == -1 or ttl > ROUTE_TTL_S:
                yield f"left behind: {key} in Redis would live for {ttl} s"

    def cut(self, rule):
        """An nft rule on the way of node2, as `tcp dport {mariadb} drop`."""
        port = {"mariadb": self.mariadb.port, "redis": self.redis.port}
        for direction in ("daddr", "saddr"):
            self._nft(f"add rule inet chaos cut ip {direction} {OTHER_LOOPBACK} " +
                      rule.format(**{name: f"tcp {'dport' if direction == 'daddr' else 'sport'} {number}"
                                     for name, number in port.items()}))

    def heal_cuts(self):
        self._nft("flush chain inet chaos cut")

    def fill_disk(self):
        """Until not one more page fits."""
        with open(os.path.join(self.small_disk, "ballast"), "wb", buffering=0) as ballast:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError:
                    pass

    def empty_disk(self):
        os.remove(os.path.join(self.small_disk, "ballast"))

    def _nft(self, words):
        subprocess.run(["nft", words], check=True, env=dict(os.environ, PATH=SYSTEM_PATH))

    def _settings(self, number):
        text = SETTINGS.format(name=f"node{number}")
        if self.shared:
            way = {name: proxy.port if number == 1 else None for name, proxy in self.proxies.items()}
            urls = {"store": self.mariadb.url(way["mariadb"]), "redis": self.redis.url(way["redis"])}
            if number == 2 and self.own_net:
                urls = {name: url.replace("127.0.0.1", OTHER_LOOPBACK) for name, url in urls.items()}
            text += SHARED.format(**urls)
        return text


