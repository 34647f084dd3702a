#!/usr/bin/env python3
"""docs/cluster.md from bare machines to three nodes, and what docs/operations.md has against their troubles: the
commands of both, word for word.

usage: page_test.py BUILD
Each machine is a mount namespace of its own with its own /etc, /usr/local, /var/lib, /srv and /run; all share one
network namespace, which has the page's addresses. Packages are not installed, and there is no systemd: `apt-get`
does nothing, and `systemctl` starts what its unit would start. Everything else is what it is. For root alone.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

from night import Night

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
PAGE = os.path.join(ROOT, "docs", "cluster.md")
OPERATIONS = os.path.join(ROOT, "docs", "operations.md")
OWN = ("/etc", "/usr/local", "/var/lib", "/srv", "/run", "/var/log")
ADDRESSES = {"db": "10.0.0.2", "redis": "10.0.0.3", "zk": "10.0.0.4", "node1": "10.0.0.11", "node2": "10.0.0.12", "node3": "10.0.0.13",
             "balancer": "10.0.0.20"}
PATIENCE_S = 240
# What the package of MariaDB does when it is installed; then the units' work. A daemon ends with its machine.
# All machines are one to the kernel, so HAProxy must be told which address is its own.
APT_GET = """#!/bin/sh
case "$*" in *mariadb-server*)
  rm -rf /var/lib/mysql/*; mariadb-install-db --user=mysql --datadir=/var/lib/mysql >/dev/null
  systemctl restart mariadb;;
esac
"""
SYSTEMCTL = """#!/bin/bash
start() { echo "$1" > /run/own/unit; setsid "${@:2}" >>/run/own/log 2>&1 </dev/null & echo $! > /run/own/pid; }
ended() { [ ! -f /run/own/pid ] || ! kill -0 $(cat /run/own/pid) 2>/dev/null || { kill $(cat /run/own/pid); tail --pid=$(cat /run/own/pid) -f /dev/null; }; }
case "$*" in
"restart mariadb")
  ended; mkdir -p /run/mysqld; chown mysql /run/mysqld; start mariadb mariadbd --user=mysql
  until mariadb-admin ping >/dev/null 2>&1; do sleep 0.1; done;;
"restart redis-server")
  ended; start redis redis-server /etc/redis/redis.conf --daemonize no --dir /var/lib --supervised no --logfile ""
  until redis-cli -h 10.0.0.3 ping 2>&1 | grep -qE 'PONG|NOAUTH'; do sleep 0.1; done;;
"restart zookeeper")
  mkdir -p /var/lib/zookeeper
  ended; start zookeeper java -Xmx64m -cp /usr/share/java/zookeeper.jar org.apache.zookeeper.server.quorum.QuorumPeerMain /etc/zookeeper/conf/zoo.cfg
  until bash -c '</dev/tcp/10.0.0.4/2181' 2>/dev/null || ! kill -0 $(cat /run/own/pid); do sleep 0.1; done
  kill -0 $(cat /run/own/pid);;
"restart haproxy")
  sed 's/^defaults$/defaults\\n    source 10.0.0.20/' /etc/haproxy/haproxy.cfg > /run/own/cfg
  ended; start haproxy haproxy -db -f /run/own/cfg
  until bash -c '</dev/tcp/10.0.0.20/9000' 2>/dev/null; do sleep 0.1; done;;
"daemon-reload") ;;
"stop mpim") ended; rm /run/own/pid;;
"enable --now mpim"|"restart mpim"|"start mpim")
  ended; rm -f /run/own/log; install -d -o mpim /var/lib/mpim /run/mpim
  start mpim runuser -u mpim -- $(sed -n 's/^ExecStart=//p' /etc/systemd/system/mpim.service)
  until grep -q event=node.ready /run/own/log || ! kill -0 $(cat /run/own/pid); do sleep 0.1; done
  kill -0 $(cat /run/own/pid);;
*) echo "systemctl $*: not known here" >&2; exit 1;;
esac
"""


class Machine:
    """A shell in a mount namespace; what it starts ends with it."""

    def __init__(self, name, folder):
        self.name = name
        self.shell = subprocess.Popen(["unshare", "-m", "--pid", "--fork", "--kill-child", "--mount-proc", "bash"], cwd=ROOT,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for number, place in enumerate(OWN):
            upper = os.path.join(folder, name, str(number))
            self.must(f"mkdir -p {upper}/u {upper}/w && mount -t overlay o "
                      f"-o lowerdir={place},upperdir={upper}/u,workdir={upper}/w {place}")
        for program, text in (("apt-get", APT_GET), ("systemctl", SYSTEMCTL)):
            self.write(f"/usr/local/bin/{program}", text)
            self.must(f"chmod 755 /usr/local/bin/{program}")
        self.must("export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin && mkdir -p /run/own")

    def write(self, path, text):
        self.must(f"mkdir -p {os.path.dirname(path)} && cat > {path} <<'END_OF_FILE'\n{text}\nEND_OF_FILE")

    def run(self, commands):
        """What they print, and the exit code of the last."""
        self.shell.stdin.write(f"{commands}\necho \"END $?\"\n")
        self.shell.stdin.flush()
        said = []
        while not (line := self.shell.stdout.readline()).startswith("END "):
            if not line:
                raise RuntimeError(f"{self.name}: the shell ended: {''.join(said)}")
            said.append(line)
        return "".join(said), int(line.split()[1])

    def must(self, command):
        said, code = self.run(command)
        if code:
            raise RuntimeError(f"{self.name}$ {command}\n{said}exit code {code}\n{self.log()}")
        return said

    def log(self):
        return self.run("tail -5 /run/own/log 2>/dev/null")[0]

    def end(self):
        self.shell.stdin.close()
        self.shell.kill()
        self.shell.wait()
        self.shell.stdout.close()


def commands(text):
    """One by one; what belongs to a command by `<<'WORD'` is part of it."""
    return re.findall(r"^.*<<'(?:.|\n)*?^[A-Z]+$|^.+$", text, re.M)


def block(page, mark, kind="sh"):
    """The text below a mark."""
    found = re.search(rf"<!-- {re.escape(mark)} -->\n```{kind}\n(.*?)```", page, re.S)
    if not found:
        raise RuntimeError(f"docs/cluster.md has no block `{mark}`")
    return found[1]


def play(page, folder, machines):
    def machine(name):
        machines[name] = Machine(name, folder)
        return machines[name]

    machine("db").must("mkdir -p /var/lib/mysql && mount -t tmpfs -o size=400m tmpfs /var/lib/mysql")  # so that it can be filled
    machine("redis")
    for name in ("db", "redis"):
        here = machines[name]
        for command in commands(block(page, f"on {name}")):
            here.must(command)
    unit = block(page, "unit", "ini")
    for number in (1, 2, 3):
        here = machine(f"node{number}")
        own = block(page, "on node1").replace("node1", here.name).replace("10.0.0.11", ADDRESSES[here.name])
        for command in commands(own.replace("build/bin", BIN)):
            here.must(command)
        if number == 1:
            here.must(block(page, "on node1, once").strip())
        here.write("/etc/systemd/system/mpim.service", unit)
        for command in commands(block(page, "on every node")):
            here.must(command)
    here = machine("balancer")
    for command in commands(block(page, "on balancer")):
        here.must(command)
    said = here.must(block(page, "from anywhere").strip())
    if not re.search(r"\+OK msg_id=\d+ seq=1", said):
        raise RuntimeError(f"the last command of the page says {said}")
    for number in (1, 2, 3):
        for command in commands(block(page, "on every node, one after the other")):
            said = machines[f"node{number}"].must(command)
        if '"status":"ok"' not in said:
            raise RuntimeError(f"node{number} is not well after its restart: {said}")
    known = machines["node3"].must("mpimctl --admin-socket /run/mpim/admin.sock user ls")
    if "dora" not in known:
        raise RuntimeError(f"node3 does not know who registered at another node: {known}")


def play_zookeeper(page, folder, machines):
    """From leases in Redis to leases in ZooKeeper, where both ends have it."""
    if not os.path.exists("/usr/share/java/zookeeper.jar") or \
            "zookeeper" not in subprocess.run(["ldd", f"{BIN}/mpimd"], capture_output=True, text=True).stdout:
        print("no ZooKeeper here: its part of the page is left out")
        return
    machines["node3"].must("mpimctl --admin-socket /run/mpim/admin.sock setting set limits.user_messages_per_s=99")
    machines["zk"] = Machine("zk", folder)
    for command in commands(block(page, "on zk")):
        machines["zk"].must(command)
    for number in (1, 2, 3):
        for command in commands(block(page, "on every node, to ZooKeeper")):
            said = machines[f"node{number}"].must(command)
        expect(f"{number} nodes in zookeeper://10.0.0.4:2181/mpim", said)
    said = machines["node1"].must(block(page, "on node1, with all on ZooKeeper").strip())
    for number in (1, 2, 3):
        expect(f"node{number}  active", said)
    expect("99", machines["node2"].must("mpimctl --admin-socket /run/mpim/admin.sock setting ls --set"))


def expect(text, said):
    if text not in said:
        raise RuntimeError(f"the page promises `{text}`, and this is said: {said}")


def inside():
    for address in ADDRESSES.values():
        subprocess.run(["ip", "addr", "add", address + "/24", "dev", "lo"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = tempfile.mkdtemp(prefix="mpim-page-")
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)  # overlays do not lie upon overlays
    machines = {}
    watchdog = threading.Timer(PATIENCE_S, lambda: [one.shell.kill() for one in machines.values()])
    watchdog.start()
    try:
        with open(PAGE) as file:
            page = file.read()
        play(page, folder, machines)
        print("docs/cluster.md: three nodes, as the page says")
        with open(OPERATIONS) as file:
            Night(file.read(), machines).play()
        print("docs/operations.md: unwell in every way it knows, and well again")
        play_zookeeper(page, folder, machines)
        return 0
    except RuntimeError as why:
        print(why)
        return 1
    finally:
        watchdog.cancel()
        for one in machines.values():
            one.end()
        subprocess.run(["umount", folder])
        shutil.rmtree(folder, ignore_errors=True)


def main():
    if "--inside" in sys.argv:
        return inside()
    if os.geteuid() != 0 or subprocess.run(["unshare", "-mnp", "--fork", "true"], stderr=subprocess.DEVNULL).returncode:
        print("skipped: no namespaces can be made here")
        return 0
    return subprocess.run(["unshare", "-mn", sys.executable, __file__, sys.argv[1], "--inside"]).returncode


BIN = os.path.join(os.path.abspath(sys.argv[1]), "bin")
if __name__ == "__main__":
    sys.exit(main())
