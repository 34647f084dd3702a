#!/usr/bin/env python3
"""Where people are, as operators are told: one node alone, and two with a Redis.

usage: route_test.py BUILD
"""
import signal
import sys
import time
import unittest

from node_processes import MariaDb, Node, Person, Redis, wait_for

BUILD = sys.argv.pop(1)


class Routes(unittest.TestCase):
    def person(self, name, node):
        person = Person(name).register(node)
        self.addCleanup(person.drop)
        return person

    def cluster(self, *names, **settings):
        redis, mariadb = Redis(), MariaDb()
        self.addCleanup(redis.end)
        self.addCleanup(mariadb.end)
        store, nodes = mariadb.make_store(BUILD), []
        for name in names or ("one", "two"):
            nodes.append(Node(BUILD, name, STORE_URL=store, DIRECTORY_CACHED_MS=60000,
                              REDIS_URL=f"redis://127.0.0.1:{redis.port}", **settings))
            self.addCleanup(nodes[-1].end)
            self.assertIn("line", nodes[-1].ready, nodes[-1].said())
        for node in nodes:
            node.sees(f"{len(nodes)} nodes")
        return redis, *nodes

    def explain(self, node, who):
        return node.ctl_json("route", "explain", who)["item"]

    def trace(self, node, sender, receiver):
        hops = node.ctl_json("route", "trace", "--from", sender, "--to", receiver)["items"]
        return [(hop["hop"], hop["at"]) for hop in hops], hops

    # [P1][P8] a user's route is shown with its time to live, and whether cache and Redis agree
    def test_a_cluster(self):
        redis, one, two = self.cluster()
        ann, bob = self.person("ann", one), self.person("bob", two)
        wait_for(lambda: redis.cli("EXISTS", f"route:{bob.uid}") == ["1"], "a route")
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
        bob.hears("hello")
        seen = self.explain(one, "bob")
        [route] = seen["routes"]
        self.assertEqual((route["node"], route["sessions"], route["alive"], route["here"],
                          route["cached"], route["stored"]), ("two", 1, True, False, True, True))
        self.assertTrue(seen["agrees"])
        self.assertTrue(60000 < int(seen["ttlMs"]) <= 120000, seen["ttlMs"])
        there = self.explain(two, "bob")
        self.assertTrue(there["routes"][0]["here"])
        self.assertEqual([row["deviceName"] for row in there["sessions"]], ["default"])
        # What Redis lost is seen, and mended by nobody who merely looks.
        redis.cli("HDEL", f"route:{bob.uid}", "two")
        self.assertFalse(self.explain(one, "bob")["agrees"])
        self.assertFalse(self.explain(two, "bob")["agrees"])
        self.assertIn("differ", one.ctl("route", "explain", "bob").stdout)
        # A key that is none of ours has no route in it, and no time to live.
        redis.cli("DEL", f"route:{bob.uid}")
        redis.cli("SET", f"route:{bob.uid}", "nonsense")
        seen = self.explain(one, "bob")
        self.assertIsNone(seen["ttlMs"])
        self.assertIn("Redis does not tell: Redis refuses HGETALL: WRONGTYPE", seen["verdict"])

    # [P1][P8] every node's connections are named, and the node that does not answer
    def test_connections_on_all_nodes(self):
        redis, one, two, three = self.cluster("one", "two", "three", NODE_LEASE_MS=20000,
                                              NODE_ANSWER_TIMEOUT_MS=700)
        ann, phone = self.person("ann", one), Person("ann", "phone").login(two)
        tablet = Person("ann", "tablet").login(three)
        self.addCleanup(phone.drop)
        self.addCleanup(tablet.drop)
        wait_for(lambda: len(redis.cli("HKEYS", f"route:{ann.uid}")) == 3, "three routes")
        where = {"one": ("default", ann), "two": ("phone", phone), "three": ("tablet", tablet)}
        for asked in (one, two, three):
            seen = self.explain(asked, "ann")
            self.assertEqual(seen["unheard"], [])
            self.assertEqual(sorted(row["node"] for row in seen["sessions"]), sorted(where))
            for row in seen["sessions"]:
                device, person = where[row["node"]]
                host, port = person.socket.getsockname()
                self.assertEqual((row["deviceName"], row["peer"], row["protocol"], row["user"]["name"]),
                                 (device, f"{host}:{port}", "line", "ann"))
                self.assertGreater(int(row["sinceMs"]), 1_600_000_000_000)
        # A node that stands still is said so, soon, and the rest is shown.
        three.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        seen = self.explain(one, "ann")
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(seen["unheard"], [{"node": "three", "why": "three did not answer within 700 ms"}])
        self.assertEqual(sorted(row["node"] for row in seen["sessions"]), ["one", "two"])
        self.assertIn("three did not answer", one.ctl("route", "explain", "ann").stdout)
        three.process.send_signal(signal.SIGCONT)
        wait_for(lambda: self.explain(one, "ann")["unheard"] == [], "the node's answer")

    # [X2] the path that is predicted is the path that is taken
    def test_a_path_is_predicted(self):
        redis, one, two = self.cluster()
        ann, bob = self.person("ann", one), self.person("bob", two)
        carl = self.person("carl", one)
        wait_for(lambda: redis.cli("EXISTS", f"route:{bob.uid}") == ["1"], "a route")
        before = one.metric("mpim_bus_published_total")  # of presence
        for asked in (one, two):
            self.assertEqual(self.trace(asked, "ann", "bob")[0],
                             [("accept", "one"), ("store", "store"), ("lookup", "one"),
                              ("deliver", "two")])
        self.assertIn("looked up in Redis", self.trace(one, "ann", "bob")[1][2]["what"])
        self.assertIn("one packet on channel", self.trace(one, "ann", "bob")[1][3]["what"])
        self.assertEqual(one.metric("mpim_bus_published_total"), before)  # nothing was sent
        self.assertIn("+OK", ann.ask(f"SEND {bob.uid} hello"))
        bob.hears("hello")
        self.assertEqual(one.metric("mpim_bus_published_total"), before + 1)
        self.assertIn("looked up in its cache", self.trace(one, "ann", "bob")[1][2]["what"])
        self.assertIn("same node", self.trace(one, "ann", "carl")[1][3]["what"])
        self.assertIn("+OK", carl.ask("QUIT"))
        wait_for(lambda: self.trace(one, "ann", "carl")[0][3] == ("inbox", "store"), "an inbox")

    # [P2][P8][X2] routes of all nodes are listed in pages, by node, and end with a node that dies
    def test_routes_of_all_nodes(self):
        redis, *nodes = self.cluster("one", "two", "three", PRESENCE_OFFLINE_GRACE_MS=0)
        one, two, three = nodes  # `person0` has a phone on another one, too
        people = [self.person(f"person{i}", nodes[i % 3]) for i in range(9)]
        phone = Person("person0", "phone").login(two)
        self.addCleanup(phone.drop)
        wait_for(lambda: len(redis.cli("HKEYS", f"route:{people[0].uid}")) == 2, "two routes")
        wait_for(lambda: redis.cli("EXISTS", *(f"route:{each.uid}" for each in people)) == ["9"], "routes")
        expected = sorted([(each.uid, nodes[i % 3].id) for i, each in enumerate(people)]
                          + [(people[0].uid, "two")])
        for asked in nodes:
            self.assertEqual(self.listed(asked), expected)
        self.assertEqual(self.listed(one, "--node", "three"),
                         [each for each in expected if each[1] == "three"])
        # In pages, each user's routes together.
        seen, after = [], 0
        while page := self.listed(two, "--limit", "3", "--after", str(after)):
            self.assertLessEqual(len(page), 3)
            seen += page
            after = page[-1][0]
        self.assertEqual(seen, expected)
        shown = three.ctl_json("route", "show", "person0")["items"]
        self.assertEqual([(row["node"], row["sessions"]) for row in shown], [("one", 1), ("two", 1)])
        for row in shown:
            self.assertTrue(60000 < int(row["ttlMs"]) <= 120000, row)
            self.assertGreater(int(row["sinceMs"]), 1_600_000_000_000)
        # Who logs out is gone at once, and who was on a node that dies with its lease.
        self.assertIn("+OK", people[1].ask("QUIT"))
        wait_for(lambda: (people[1].uid, "two") not in self.listed(one), "the end of a route")
        three.end(signal.SIGKILL)
        wait_for(lambda: "three" not in {node for _, node in self.listed(one)}, "the end of a node's routes")
        redis.kill()
        one.sees("degraded", "redis")
        self.assertEqual({node for _, node in self.listed(one)}, {"one"})
        self.assertIn("Redis cannot be asked", one.ctl("route", "ls").stderr)

    def listed(self, asked, *words):
        rows = asked.ctl_json("route", "ls", *words)["items"]
        return [(int(row["user"]["id"]), row["node"]) for row in rows]

    # [X2] what a message to a group costs is predicted
    def test_a_path_to_a_group(self):
        redis, *nodes = self.cluster("one", "two", "three", PRESENCE_OFFLINE_GRACE_MS=0)
        people = [self.person(f"member{i}", nodes[i % 3]) for i in range(7)]
        group = people[0].ask("CREATEGROUP tea").split("group_id=")[1].split()[0]
        for each in people[1:]:
            self.assertIn("+OK", each.ask(f"JOINGROUP {group}"))
        self.assertIn("+OK", people[6].ask("QUIT"))
        wait_for(lambda: redis.cli("EXISTS", f"route:{people[6].uid}") == ["0"], "the end of a route")
        hops = nodes[1].ctl_json("route", "trace", "--from", "member0", "--group", group)["items"]
        self.assertEqual([(hop["hop"], hop["at"]) for hop in hops],
                         [("accept", "one"), ("store", "store"), ("publish", "one"), ("deliver", "one"),
                          ("deliver", "three"), ("deliver", "two"), ("inbox", "store")])
        packets = int(hops[2]["what"].split()[0])
        self.assertEqual(packets, 2)
        for hop in hops[3:6]:
            self.assertIn("2 members are there", hop["what"])
        self.assertIn("1 members are logged in nowhere", hops[6]["what"])
        before = nodes[0].metric("mpim_bus_published_total")
        self.assertIn("+OK", people[0].ask(f"SENDGROUP {group} hello"))
        for each in people[1:6]:
            each.hears("hello")
        self.assertEqual(nodes[0].metric("mpim_bus_published_total") - before, packets)
        self.assertEqual(nodes[0].ctl("route", "trace", "--from", "member0", "--group", "99").returncode, 5)
        self.assertEqual(nodes[0].ctl("route", "trace", "--from", "member0").returncode, 2)

    def test_a_node_that_is_alone(self):
        alone = Node(BUILD, "alone")
        self.addCleanup(alone.end)
        self.person("ann", alone)
        Person("bob").register(alone).drop()
        seen = self.explain(alone, "ann")
        self.assertEqual((seen["routes"][0]["node"], seen["shared"]), ("alone", False))
        self.assertEqual(len(seen["sessions"]), 1)
        wait_for(lambda: self.trace(alone, "ann", "bob")[0][3] == ("inbox", "store"), "an inbox")
        self.assertEqual(self.trace(alone, "ann", "ann")[0][3], ("deliver", "alone"))
        self.assertEqual(self.listed(alone), [(1001, "alone")])
        self.assertEqual([row["node"] for row in alone.ctl_json("route", "show", "ann")["items"]], ["alone"])
        self.assertIn("no session", alone.ctl("route", "show", "bob").stderr)
        self.assertEqual(alone.ctl("route", "explain", "nobody").returncode, 5)
        self.assertEqual(alone.ctl("route", "trace", "--from", "ann").returncode, 2)


if __name__ == "__main__":
    unittest.main()
