"""What is done to the cluster: one row each. `begin` starts a fault, `end` heals it `lasts_s` later."""
import dataclasses
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Fault:
    name: str
    lasts_s: float
    begin: Callable
    end: Callable = lambda stage: None
    needs: str = ""         # shared (MariaDB and Redis), net (a network namespace), disk (a small file system)
    short: bool = False     # part of the short run


def _part(stage, name):
    return stage.nodes[0] if name == "node" else getattr(stage, name)


def killed(name, lasts_s, needs, short=True):
    return Fault(f"kill -9 of {SPOKEN[name]}", lasts_s, lambda stage: _part(stage, name).kill(),
                 lambda stage: _part(stage, name).start(), needs, short)


def restarted(name, needs):
    return Fault(f"restart of {SPOKEN[name]}", 0, lambda stage: (_part(stage, name).stop(),
                                                               _part(stage, name).start()), needs=needs)


def paused(name, lasts_s, needs, short=False):
    return Fault(f"SIGSTOP of {SPOKEN[name]} for {lasts_s} s", lasts_s, lambda stage: _part(stage, name).pause(),
                 lambda stage: _part(stage, name).resume(), needs, short)


def on_the_way(words, to, lasts_s, spoken):
    """Between node1 and a dependency, by the proxy."""
    return Fault(f"{spoken} between node1 and {SPOKEN[to]}", lasts_s, lambda stage: stage.proxies[to].say(words),
                 lambda stage: stage.proxies[to].say("heal"), "shared")


def cut(rule, lasts_s, spoken):
    """Between node2 and its dependencies, by nft."""
    return Fault(spoken, lasts_s, lambda stage: stage.cut(rule), lambda stage: stage.heal_cuts(), "net")


SPOKEN = {"node": "a node", "mariadb": "MariaDB", "redis": "Redis"}
LOSSY = "numgen random mod 100 < 20 drop"
FAULTS = [
    killed("node", 3, ""),
    killed("redis", 3, "shared"),
    killed("mariadb", 3, "shared"),
    Fault("Redis FLUSHALL", 0, lambda stage: stage.redis.ask("FLUSHALL"), needs="shared", short=True),
    paused("node", 5, "", short=True),
    paused("redis", 5, "shared"),
    paused("mariadb", 5, "shared"),
    paused("node", 30, ""),
    paused("redis", 30, "shared"),
    paused("mariadb", 30, "shared"),
    restarted("node", ""),
    restarted("redis", "shared"),
    restarted("mariadb", "shared"),
    on_the_way("hold", "mariadb", 10, "nothing passes"),
    on_the_way("hold", "redis", 10, "nothing passes"),
    on_the_way("drop", "mariadb", 10, "all is lost"),
    on_the_way("drop", "redis", 10, "all is lost"),
    on_the_way("delay 200", "mariadb", 10, "200 ms of delay"),
    on_the_way("delay 200", "redis", 10, "200 ms of delay"),
    on_the_way("trickle 2000", "mariadb", 10, "2,000 bytes a second"),
    on_the_way("reset", "mariadb", 0, "a reset of all connections"),
    on_the_way("reset", "redis", 0, "a reset of all connections"),
    on_the_way("refuse", "mariadb", 5, "no new connections"),
    cut("{mariadb} drop", 30, "node2 parted from MariaDB"),
    cut("{redis} drop", 30, "node2 parted from Redis"),
    cut("{mariadb} " + LOSSY, 15, "one packet in five lost between node2 and MariaDB"),
    cut("{redis} " + LOSSY, 15, "one packet in five lost between node2 and Redis"),
    Fault("disk full under MariaDB", 10, lambda stage: stage.fill_disk(), lambda stage: stage.empty_disk(), "disk"),
]
