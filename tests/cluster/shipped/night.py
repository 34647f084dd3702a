"""What goes wrong at night: each row of the table in docs/operations.md, in the cluster that the page has built.

A row is found by what it calls the trouble (in **bold**); its commands are run as they stand there, in their order.
"""
import re
import time

PATIENCE_S = 40
TITLE = "## When a cluster is unwell"
# A message as it waits in the queue, from dora (1001) to herself, and one that cannot be read.
LETTERS = "0, 'intake q0-1-0', 'INTERNAL odd', '{good}', 1), (0, 'intake q0-2-0', 'INTERNAL odd', '6a756e6b', 1"
GOOD_LETTER = "08e90718e90732046c617465"


class Night:
    def __init__(self, page, machines):
        self.rows = [row for row in page.split(TITLE)[1].split("\n## ")[0].splitlines() if "**" in row]
        self.machines, self.played = machines, set()

    def on(self, name, command):
        said, code = self.machines[name].run(f"export MPIM_ADMIN_SOCKET=/run/mpim/admin.sock; {command}")
        return code, said

    def must(self, name, command):
        code, said = self.on(name, command)
        if code:
            raise RuntimeError(f"{name}$ {command}\n{said}exit code {code}\n{self.machines[name].log()}")
        return said

    def sees(self, name, command, pattern, absent=False):
        end = time.monotonic() + PATIENCE_S
        while bool(re.search(pattern, said := self.on(name, command)[1])) == absent:
            if time.monotonic() > end:
                raise RuntimeError(f"{name}$ {command}: {'' if absent else 'no '}{pattern} in\n{said}")
            time.sleep(0.3)

    def row(self, trouble):
        """The commands of its first cell, and of its last."""
        row, = (row for row in self.rows if f"**{trouble}**" in row)
        self.played.add(row)
        cells = row.strip("| ").split(" | ")
        return [re.findall(r"`((?:mpimctl|systemctl|df) [^`]*)`", cell) for cell in (cells[0], cells[-1])]

    def a_node_died(self):
        (ls,), (restart,) = self.row("a node died")
        self.must("node2", "kill -9 $(pidof mpimd)")
        self.sees("node1", ls, "node2", absent=True)
        self.must("node2", restart)
        self.sees("node1", ls, "node2 +active")

    def redis_is_away(self):
        (health,), (restart,) = self.row("Redis is away")
        self.must("redis", "kill -9 $(pidof redis-server)")
        self.sees("node1", health, "redis +degraded(.|\n)*registry +degraded(.|\n)*settings +degraded")
        self.must("redis", restart)
        self.sees("node1", health, "degraded", absent=True)

    def mariadb_is_away(self):
        (health,), (restart,) = self.row("MariaDB is away")
        self.must("db", "kill -9 $(pidof mariadbd)")
        self.sees("node1", health, "store +failed")
        self.must("db", restart)
        self.sees("node1", health, "failed", absent=True)

    def mariadb_is_full(self):
        (health,), (look,) = self.row("MariaDB's disk is full")
        send = "mpimctl msg send --from dora --to dora"
        self.must("db", "cd /var/lib/mysql && for size in 1M 4k; do "
                        "dd if=/dev/zero bs=$size of=ballast oflag=append conv=notrunc 2>/dev/null; done; test -s ballast")
        self.must("node1", f"for i in $(seq 500); do {send} $(head -c 3000 /dev/urandom | base64 -w0) >/dev/null 2>&1 || "
                           "break; done; [ $i != 500 ]")
        self.sees("node1", "grep event=store.failed /run/own/log", "is full")
        self.sees("node1", health, "store +degraded .*is full")
        self.sees("db", look, "100%")
        self.must("db", "rm /var/lib/mysql/ballast")
        self.sees("node1", f"{send} again", "(?m)^Seq ")

    def a_migration_broke_off(self):
        (status,), (migrate, restart) = self.row("a migration broke off")
        self.must("db", "mariadb mpim -e \"DELETE FROM schema_version WHERE version = 5; CREATE TABLE migration_steps "
                        "(version INTEGER NOT NULL PRIMARY KEY, done INTEGER NOT NULL, under_way INTEGER NOT NULL); "
                        "INSERT INTO migration_steps VALUES (5, 1000, 0)\"")
        if self.on("node3", restart)[0] == 0 or "VERSION" not in self.machines["node3"].log():
            raise RuntimeError(f"node3 starts on half a schema: {self.machines['node3'].log()}")
        self.sees("node3", status, "Version +4\n")
        self.must("node3", migrate)
        self.must("node3", restart)
        self.sees("node1", "mpimctl node ls", "node3 +active")

    def there_are_dead_letters(self):
        (ls,), (show, replay, purge) = self.row("dead letters")
        self.must("db", "mariadb mpim -e \"INSERT INTO dead_letters (id, source, reason, body, at) VALUES "
                        f"({LETTERS.format(good=GOOD_LETTER)})\"")
        good, junk = re.findall(r"^ *(\d+) ", self.must("node1", ls), re.M)
        self.must("node1", show.replace("ID", good))
        self.must("node1", replay.replace("ID", good))
        self.must("node1", purge.replace("ID", junk))
        self.sees("node1", "mpimctl msg history --with dora --and dora", "late")
        self.sees("node1", ls, r"^ *\d", absent=True)

    def the_store_went_back(self):
        _, (stop, backup, restore, start) = self.row("the store went back")
        for number in (1, 2, 3):
            self.must(f"node{number}", stop)
        self.must("node1", backup)
        if not re.search("Epoch +[0-9a-f]{16}", said := self.must("node1", restore)):
            raise RuntimeError(f"no new epoch: {said}")
        for number in (1, 2, 3):
            self.must(f"node{number}", start)
        self.sees("node3", "mpimctl msg history --with dora --and dora", "late")

    def play(self):
        for trouble in (self.a_node_died, self.redis_is_away, self.mariadb_is_away, self.mariadb_is_full,
                        self.a_migration_broke_off, self.there_are_dead_letters, self.the_store_went_back):
            trouble()
        if forgotten := [row for row in self.rows if row not in self.played]:
            raise RuntimeError(f"nobody tries {forgotten}")
