"""What the tests of several nodes begin with: a MariaDB for all of them; each has a store in it and
a Redis of its own."""
import sys
import unittest

from node_processes import MariaDb, Node, Person, Redis, wait_for

BUILD = sys.argv[1]


class ClusterCase(unittest.TestCase):
    SETTINGS = {}  # of all its nodes

    @classmethod
    def setUpClass(cls):
        cls.mariadb = MariaDb()

    @classmethod
    def tearDownClass(cls):
        cls.mariadb.end()

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.end)
        self.store = self.mariadb.make_store(BUILD)

    def start(self, node_id, **settings):
        """A node, which may refuse to start."""
        given = {"STORE_URL": self.store, "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}",
                 **self.SETTINGS, **settings}
        node = Node(BUILD, node_id, **given)
        self.addCleanup(node.end)
        return node

    def node(self, node_id, **settings):
        node = self.start(node_id, **settings)
        self.assertIn("line", node.ready, node.said())
        return node

    def nodes(self, *ids, **settings):
        made = [self.node(each, **settings) for each in ids]
        for each in made:
            each.sees(f"{len(ids)} nodes")
        return made

    def person(self, name, node, device="default"):
        person = Person(name, device).register(node)
        self.addCleanup(person.drop)
        return person

    def follows(self, node, version, patience_s=20):
        wait_for(lambda: f"follows version {version} " in node.checks()[1]["settings"],
                 f"{node.id} with version {version}", patience_s)
