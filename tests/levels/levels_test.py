#!/usr/bin/env python3
"""What nodes remember of one another and of their store: which level answers, for how long, how fast.

usage: levels_test.py BUILD
"""
import os
import re
import statistics
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cluster"))

from node_processes import MariaDb, Node, Person, Redis, wait_for  # noqa: E402

BUILD = sys.argv.pop(1)
MANY = 60


class Levels(unittest.TestCase):
    def setUp(self):
        self.redis, self.mariadb = Redis(), MariaDb()
        self.addCleanup(self.redis.end)
        self.addCleanup(self.mariadb.end)
        self.store = self.mariadb.make_store(BUILD)

    def node(self, name, **settings):
        cheap = {"AUTH_ARGON2_MEMORY_KIB": 64, "AUTH_ARGON2_PASSES": 1, "AUTH_REGISTRATIONS_PER_MINUTE": 0}
        node = Node(BUILD, name, **cheap, **settings)
        self.addCleanup(node.end)
        self.assertIn("line", node.ready, node.said())
        return node

    def cluster(self, *names, **settings):
        nodes = [self.node(name, STORE_URL=self.store, REDIS_URL=f"redis://127.0.0.1:{self.redis.port}", **settings)
                 for name in names]
        for node in nodes:
            node.sees(f"{len(nodes)} nodes")
        return nodes

    def person(self, name, node):
        person = Person(name).register(node)
        self.addCleanup(person.drop)
        return person

    def reached(self, person):
        wait_for(lambda: self.redis.cli("EXISTS", f"route:{person.uid}") == ["1"], "a route")

    def counted(self, node, name):
        """The counters of one name, by the value of their last label."""
        found = re.findall(rf'^{name}\{{([^}}]*)\}} (\S+)$', node.get("/metrics")[1], re.M)
        return {re.sub(r'\w+="(\w+)"', r"\1", labels).replace(",", " "): float(count) for labels, count in found}

    def rise(self, node, name, work):
        before = self.counted(node, name)
        work()
        after = self.counted(node, name)
        return {key: after[key] - before[key] for key in after if after[key] != before[key]}

    def send(self, person, to, text="x"):
        begun = time.monotonic()
        self.assertIn("+OK msg_id=", person.ask(f"SEND {to} {text}"))
        return (time.monotonic() - begun) * 1e3

    # [O1] each level answers what those above it do not know, and the one above knows it from then on
    def test_each_level_counts(self):
        one, two = self.cluster("one", "two", DIRECTORY_CACHED_MS=60_000)
        ann = self.person("ann", one)
        bobs = [self.person(f"bob{number}", two) for number in range(MANY)]
        for bob in bobs:
            self.reached(bob)
        self.send(ann, bobs[0].uid)  # whatever is first, but for her own
        took = {}

        def to_all(what):
            took[what] = [self.send(ann, bob.uid) for bob in bobs[1:]]
        cold = self.rise(one, "mpim_cache_hits_total", lambda: to_all("cold"))
        warm = self.rise(one, "mpim_cache_hits_total", lambda: to_all("warm"))
        self.assertGreaterEqual(cold["routes redis"], MANY - 1)
        self.assertGreaterEqual(cold["rights database"], MANY - 1)
        self.assertNotIn("routes redis", warm)
        self.assertNotIn("rights database", warm)
        self.assertGreaterEqual(warm["routes memory"], MANY - 1)
        self.assertGreaterEqual(warm["rights memory"], MANY - 1)
        self.tell("a message to whom nothing is known of, and to one known", took)

    # [O1] a profile comes from the database once, and then from memory
    def test_profiles(self):
        alone = self.node("alone")
        ann = self.person("ann", alone)
        bobs = [self.person(f"bob{number}", alone) for number in range(MANY)]
        took = {}

        def look(what):
            took[what] = []
            for bob in bobs:
                begun = time.monotonic()
                self.assertIn("+OK", ann.ask(f"PROFILE {bob.uid}"))
                took[what].append((time.monotonic() - begun) * 1e3)
        cold = self.rise(alone, "mpim_cache_hits_total", lambda: look("cold"))
        warm = self.rise(alone, "mpim_cache_hits_total", lambda: look("warm"))
        self.assertEqual((cold["profiles database"], warm["profiles memory"]), (MANY, MANY))
        self.assertNotIn("profiles database", warm)
        self.tell("a profile from the database, and from memory", took)

    def tell(self, what, took):
        cold, warm = (statistics.median(took[each]) for each in ("cold", "warm"))
        sys.stderr.write(f"{what}: {cold:.2f} and {warm:.2f} ms (medians of {len(took['cold'])})\n")

    # [M40] where a receiver is is decided once for each message, and counted
    def test_where_receivers_are(self):
        one, two = self.cluster("one", "two")
        ann, bob, carl, dan = (self.person(name, node)
                               for name, node in (("ann", one), ("bob", one), ("carl", two), ("dan", two)))
        self.reached(carl)
        dan.drop()
        wait_for(lambda: self.redis.cli("EXISTS", f"route:{dan.uid}") == ["0"], "no route")
        sent = {"here": (bob, 3), "elsewhere": (carl, 5), "away": (dan, 7)}

        def talk():
            for to, count in sent.values():
                for number in range(count):
                    self.send(ann, to.uid, f"m{number}")
            group = re.search(r"group_id=(\d+)", ann.ask("CREATEGROUP tea")).group(1)
            self.assertIn("+OK", ann.ask(f"SENDGROUP {group} nobody"))
        wanted = {where: count for where, (_, count) in sent.items()}
        self.assertEqual(self.rise(one, "mpim_fanout_recipients_total", talk), wanted)
        for person, count in (sent["here"], sent["elsewhere"]):
            for number in range(count):
                person.hears(f"m{number}")
        # Who was away finds at his log-in what was counted as such.
        dan.login(two)
        for number in range(sent["away"][1]):
            dan.hears(f"m{number}")
        self.assertEqual(len(dan.texts()), sent["away"][1])

    # [O3] what is known of where a user is ends with its time, and at once when nobody hears his node
    def test_what_is_known_is_refreshed(self):
        one, two = self.cluster("one", "two", DIRECTORY_CACHED_MS=1_000, NODE_LEASE_MS=4_000)
        ann, bob = self.person("ann", one), self.person("bob", two)
        self.reached(bob)
        hits = "mpim_cache_hits_total"
        self.send(ann, bob.uid)
        begun = time.monotonic()
        again = self.rise(one, hits, lambda: self.send(ann, bob.uid))
        if time.monotonic() - begun < 0.8:
            self.assertNotIn("routes redis", again)
        time.sleep(1.1)  # its time
        self.assertGreaterEqual(self.rise(one, hits, lambda: self.send(ann, bob.uid))["routes redis"], 1)

    # [O3] a node that nobody hears is asked for again, long before what is known of it ends
    def test_what_failed_is_refreshed(self):
        one, two = self.cluster("one", "two", DIRECTORY_CACHED_MS=60_000, NODE_LEASE_MS=10_000)
        ann, bob = self.person("ann", one), self.person("bob", two)
        self.reached(bob)
        hits = "mpim_cache_hits_total"
        self.send(ann, bob.uid)
        wait_for(lambda: "routes redis" not in self.rise(one, hits, lambda: self.send(ann, bob.uid)), "a route kept")
        two.end()

        def asked_again():
            return "routes redis" in self.rise(one, hits, lambda: self.send(ann, bob.uid))
        wait_for(asked_again, "a question to Redis", 5)  # the lease still has its time
        bob.login(one)
        self.send(ann, bob.uid, "here")
        self.assertLess(bob.hears("here"), 2)

    # [O3] the link to Redis is kept, however much goes over it, and made again when it breaks
    def test_the_link_to_redis_is_kept(self):
        one, two = self.cluster("one", "two")
        ann, bob = self.person("ann", one), self.person("bob", two)
        self.reached(bob)

        def links():
            return {line.split()[0] for line in self.redis.cli("CLIENT", "LIST") if line.startswith("id=")}
        before, published = links(), one.metric("mpim_bus_published_total")
        for number in range(100):
            self.send(ann, bob.uid, f"m{number}")
        self.assertGreaterEqual(one.metric("mpim_bus_published_total"), published + 50)
        self.assertEqual(len(links() & before), len(before) - 1)  # all but the client that asked
        reconnects = one.metric("mpim_redis_reconnects_total")
        self.redis.cli("CLIENT", "KILL", "TYPE", "normal")
        self.redis.cli("CLIENT", "KILL", "TYPE", "pubsub")
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} meanwhile"))
        bob.hears("meanwhile")
        wait_for(lambda: one.metric("mpim_redis_reconnects_total") > reconnects, "another link")
        wait_for(lambda: one.metric("mpim_redis_up") == 1, "Redis")
        self.send(ann, bob.uid, "over it")
        bob.hears("over it")


if __name__ == "__main__":
    unittest.main()
