"""Who may include whom: the arrows between folders, and no circle among files."""
import re

from tidy_cpp import folder_of

BASE = {"server/core", "server/telemetry"}
SERVER = {f"server/{name}" for name in (
    "core config telemetry contract protocol loop store store/sql redis directory bus intake "
    "registry notify service session gateway web node").split()}

# Folder -> folders it may include, besides itself. tests may include anything.
ARROWS = {
    "server/core": set(),
    "server/config": {"server/core"},
    "server/telemetry": {"server/core"},
    "server/contract": {"server/core"},
    "server/protocol": {"server/core", "server/contract"},
    "server/loop": BASE,
    "server/store": BASE,
    "server/store/sql": BASE | {"server/store"},
    "server/redis": BASE | {"server/loop"},
    "server/notify": BASE | {"server/store", "server/loop"},
    "server/directory": BASE | {"server/contract", "server/redis"},
    "server/bus": BASE | {"server/contract", "server/redis"},
    "server/intake": BASE | {"server/contract", "server/redis"},
    "server/registry": BASE | {"server/contract", "server/redis", "server/loop"},
    "server/service": BASE,
    "server/session": BASE,
    "server/gateway": BASE | {"server/contract", "server/protocol", "server/loop",
                              "server/service", "server/session"},
    "server/node": SERVER,
    "ops": {"server/core", "server/config", "server/contract"},
    "client-cli": {"server/core", "server/contract", "server/protocol", "server/loop"},
    # A main has its one program, and what it takes to read flags and settings and say what failed.
    "cmd": {"server/core", "server/config", "server/telemetry"},
}

# Folders whose interfaces alone may be included by these.
INTERFACES = {
    "server/directory": {"server/directory/directory.h"},
    "server/bus": {"server/bus/bus.h"},
    "server/intake": {"server/intake/ack_intake.h", "server/intake/intake.h"},
    "server/registry": {"server/registry/registry.h", "server/registry/cluster_settings.h",
                        "server/registry/settings_edition.h", "server/registry/settings_place.h"},
}
INTERFACE_USERS = {
    "server/service": {"server/store", "server/directory", "server/bus", "server/intake",
                       "server/registry"},
    "server/session": {"server/store"},
}
# They and what they include are the interfaces of the store.
STORE_DOORS = ("server/store/search.h", "server/store/storage.h")

# Commands that speak the wire themselves, and those that open the store.
OPS_WIRE = re.compile(r"ops/(smoke|bench|verify)\b")
OPS_STORE = re.compile(r"ops/db/")
OPS_CLUSTER = re.compile(r"ops/doctor/")  # asks Redis itself

PROGRAMS = {"server/node", "ops", "client-cli"}  # a main has one of them

# Decisions are made without threads, sockets or a database of their own.
DECIDING = ("server/core/", "server/service/", "server/session/")
DOING = re.compile(r"^(event2/|sqlite3\.h|sys/socket\.h|netinet/|thread$|pthread\.h|"
                   r"spdlog/|prometheus/|toml\+\+/|curl/|CLI/|google/protobuf/)")
# A library is included in a few folders, so that it can be exchanged there; docs/dependencies.md
# says why it is. What is not named here may be included anywhere.
LIBRARY_HOMES = {
    "CLI/": ("client-cli/", "cmd/", "ops/"),
    "curl/": ("client-cli/files/", "ops/"),
    "event2/": ("server/gateway/", "server/loop/", "server/redis/", "client-cli/link/"),
    "google/protobuf/": ("ops/", "server/contract/", "server/gateway/", "server/protocol/json/",
                         "server/protocol/wire/"),
    "hiredis/": ("server/redis/",),
    "nlohmann/": ("client-cli/", "ops/", "server/gateway/"),
    "openssl/": ("server/gateway/transport/", "client-cli/link/", "ops/doctor/"),
    "prometheus/": ("server/telemetry/",),
    "simdjson.h": ("server/contract/", "server/protocol/ws/"),
    "sodium.h": ("server/node/", "server/service/", "server/store/sql/copy/"),
    "spdlog/": ("server/telemetry/",),
    "sqlite3.h": ("server/store/sql/",),
    "toml++/": ("server/config/",),
    "mysql.h": ("server/store/sql/driver/",),
    "zlib.h": ("server/protocol/ws/",),
    "zstd.h": ("server/store/sql/",),
    "zookeeper/": ("server/registry/zookeeper/",),
    "utf8proc.h": ("client-cli/", "ops/", "server/contract/", "server/store/sql/search/"),
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.M)
OURS = ("server/", "ops/", "client-cli/", "cmd/", "tests/")


def includes(text):
    """(line, path, is one of ours) of every include."""
    for match in INCLUDE.finditer(text):
        yield (text.count("\n", 0, match.start()) + 1, match.group(2),
               match.group(1) == '"' and match.group(2).startswith(OURS))


def ours(text):
    return [path for _, path, own in includes(text) if own]


def reached(texts, door):
    """A header and all of ours that it includes, at any depth."""
    found, waiting = set(), [door]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += ours(texts.get(path, ""))
    return found


def allowed(path, target, interfaces):
    here, there = folder_of(path), folder_of(target)
    if here == there or here not in ARROWS or there in ARROWS[here]:
        return True
    if here in INTERFACE_USERS and there in INTERFACE_USERS[here]:
        return target in interfaces[there]
    if here == "ops":
        speaks = there in ("server/protocol", "server/loop") and OPS_WIRE.match(path)
        opens = there in ("server/store", "server/store/sql") and OPS_STORE.match(path)
        visits = there in ("server/redis", "server/loop") and OPS_CLUSTER.match(path)
        return bool(speaks or opens or visits)
    return here == "cmd" and there in PROGRAMS


def generated(target):
    return target.endswith((".pb.h", ".pb.cc"))


def arrow_offences(path, text, interfaces):
    for line, target, own in includes(text):
        if own and not allowed(path, target, interfaces):
            yield path, line, f"{folder_of(path)} may not include {target}"
        if not own and path.startswith(DECIDING) and DOING.match(target):
            yield path, line, f"{folder_of(path)} decides without doing: no <{target}> here"
        for library, homes in LIBRARY_HOMES.items():
            if target.startswith(library) and not path.startswith(homes + ("tests/",)):
                yield path, line, f"<{target}> is included in {', '.join(homes)} alone"


def interface_offences(path, text, all_interfaces):
    """The header of an interface includes core and its own folder alone."""
    if path not in all_interfaces:
        return
    for line, target, own in includes(text):
        if own and folder_of(target) not in ("server/core", folder_of(path)):
            yield path, line, f"the header of an interface may not include {target}"


def main_offences(path, text):
    if path.startswith("cmd/"):
        programs = {folder_of(target) for target in ours(text)} & PROGRAMS
        if len(programs) > 1:
            yield path, 1, f"a main has one of {', '.join(sorted(PROGRAMS))}, not {len(programs)}"


def circle_offences(texts):
    """Depth first; a file met again on the way down closes a circle."""
    done, on_way = set(), []

    def visit(path):
        if path in on_way:
            circle = on_way[on_way.index(path):] + [path]
            yield path, 1, "a circle of includes: " + " > ".join(circle)
            return
        if path in done:
            return
        on_way.append(path)
        for target in ours(texts.get(path, "")):
            yield from visit(target)
        on_way.pop()
        done.add(path)

    for path in sorted(texts):
        yield from visit(path)


def include_offences(root, texts):
    interfaces = dict(INTERFACES)
    interfaces["server/store"] = {path for door in STORE_DOORS for path in reached(texts, door)
                                  if folder_of(path) == "server/store"}
    every_interface = set().union(*interfaces.values())
    for path, text in texts.items():
        yield from arrow_offences(path, text, interfaces)
        yield from interface_offences(path, text, every_interface)
        yield from main_offences(path, text)
        for line, target, own in includes(text):
            if own and target not in texts and not generated(target):
                yield path, line, f"there is no {target}"
    yield from circle_offences(texts)
