"""A small clean tree, and offences planted in it one at a time: each must be found, with little else."""
import os

CLEAN = {
    "server/core/CMakeLists.txt": "mpim_library(mpim_core SOURCES ids.cc)\n",
    "server/core/ids.h": "// Names of things.\n#pragma once\n\nstruct Id {\n  int value;\n};\n",
    "server/core/ids.cc": (
        '#include "server/core/ids.h"\n\n'
        "// sorted\nconstexpr Command kWords[] = {\n    {\"a\"}, {\"b\"}};\n"
        "static_assert(std::ranges::is_sorted(kWords, {}, &Command::name));\n\n"
        "int shifted(int x) {\n  const auto add = [](int y) { return y + 1; };\n"
        "  return add(x) + 65'536;  // a comment with a { brace\n}\n"),
    "server/store/storage.h": '// The door.\n#pragma once\n#include "server/store/cursors.h"\n',
    "server/store/cursors.h": '// Cursors.\n#pragma once\n#include "server/core/ids.h"\n',
    "server/store/writer.h": (
        "// Writes.\n#pragma once\n\n// Threads  one.\n// Secrets  none\n//          at all.\n"
        "// Lifetime its store's.\n//\n// Order a batch.\n"),
    "server/service/access.h": '// Who may.\n#pragma once\n#include "server/store/storage.h"\n',
    "ops/db/migrate.h": '// Migrates.\n#pragma once\n#include "server/store/writer.h"\n',
    "ops/smoke/wire.h": '// Speaks.\n#pragma once\n#include "server/protocol/codec.h"\n',
    "server/protocol/codec.h": "// Bytes to requests.\n#pragma once\n",
    "server/node/node.h": "// Everything.\n#pragma once\n",
    "ops/command.h": "// Commands.\n#pragma once\n",
}

BODY = "".join(f"  x += {i};\n" for i in range(70))
MEMBERS = "".join(f"  int m{i};\n" for i in range(9))
HEAD = "// A header.\n#pragma once\n"

# (file, its text, what the sentence says). A text that starts with "+" is added to the clean file.
PLANTED = [
    ("server/core/a.h", HEAD + '#include "server/store/storage.h"\n', "server/core may not include"),
    ("server/telemetry/a.h", HEAD + '#include "server/config/b.h"\n', "there is no"),
    ("server/service/a.h", HEAD + '#include "server/store/writer.h"\n', "may not include"),
    ("server/session/a.h", HEAD + '#include "server/store/writer.h"\n', "may not include"),
    ("server/session/b.h", HEAD + "#include <event2/event.h>\n", "decides without doing"),
    ("server/gateway/a.h", HEAD + '#include "server/store/storage.h"\n', "may not include"),
    ("server/store/cursors.h", HEAD + '#include "server/telemetry/log.h"\n', "of an interface"),
    ("ops/user/a.h", HEAD + '#include "server/store/storage.h"\n', "ops may not include"),
    ("ops/user/b.h", HEAD + '#include "server/protocol/codec.h"\n', "ops may not include"),
    ("client-cli/a.h", HEAD + '#include "ops/command.h"\n', "client-cli may not include"),
    ("cmd/a.h", HEAD + '#include "ops/command.h"\n#include "server/node/node.h"\n', "a main has one"),
    ("server/node/a.h", HEAD + "#include <toml++/toml.h>\n", "server/config/ alone"),
    ("server/redis/a.h", HEAD + "#include <zookeeper/zookeeper.h>\n", "server/registry/zookeeper/ alone"),
    ("server/gateway/b.h", HEAD + "#include <sodium.h>\n", "server/node/, server/service/, server/store/sql/copy/ alone"),
    ("server/core/ids.h", HEAD + '#include "server/core/b.h"\n', "there is no"),
    ("server/core/ids.h", HEAD + '#include "server/core/ids.h"\n', "a circle of includes"),
    ("server/core/ids.cc", "+\nvoid f(int x) {\n" + BODY + "}\n", "f has 72 lines"),
    ("server/core/ids.h", HEAD + "struct A {\n  A() : a_{1}, b_(2) {\n" + BODY + "  }\n};\n",
     "A has 72 lines"),
    ("server/core/ids.cc", "+" + "// x\n" * 500, "asks to be split"),
    ("server/core/ids.cc", "+// " + "x" * 98 + "\n", "101 columns"),
    ("server/core/ids.cc", "+int y;  \n", "at the end of the line"),
    ("server/core/id_util.h", HEAD, "`util` in a file's name"),
    ("server/core/user_data.h", HEAD, "`data` in a file's name"),
    ("server/core/ids.cc", "+class IdManager {};\n", "`manager` in the type's name"),
    ("server/core/ids.cc", "+// TO" "DO: later\n", "an unfinished thought"),
    ("tests/core/a.h", HEAD + "void f() { std::this_thread::sleep_for(ten); }\n", "does not sleep"),
    ("server/core/ids.cc", "+int* leak() { return new int; }\n", "a bare new"),
    ("server/core/ids.cc", "+// Counts. Threads  any.\n", "begins its comment line"),
    ("server/core/ids.cc", "+// Threads  one. Lifetime until stop().\n", "begins its comment line"),
    ("server/core/ids.cc", "+// Limits   as many as\n// asked.\n", "is indented below its text"),
    ("server/core/ids.cc", "+// ---- reading\n", "a banner"),
    ("server/core/ids.h", "#pragma once\n", "begins with what it promises"),
    ("server/core/ids.h", "// Names.\n", "needs #pragma once"),
    ("server/core/ids.h", HEAD + "\nstruct Wide {\n" + MEMBERS + "};\n", "no comment above it"),
    ("server/core/ids.cc", "+// sorted\nconstexpr auto kMore = std::to_array<int>({1, 2});\n",
     "the table kMore needs"),
    ("server/core/ids.cc", "+constexpr Verb kVerbs[] = {{1}};\n", "the table kVerbs needs"),
    ("server/core/ids.cc", "+constexpr auto kAll = std::to_array<Setting>({{1}});\n",
     "the table kAll needs"),
    ("server/core/unnamed.cc", "int z;\n", "no CMakeLists.txt names"),
    ("server/bus/a0.h", HEAD, "25 files in one folder"),
]


def write(root, path, text):
    full = os.path.join(root, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)


def plant(root, path, text):
    for clean_path, clean_text in CLEAN.items():
        write(root, clean_path, clean_text)
    write(root, path, CLEAN.get(path, "") + text[1:] if text.startswith("+") else text)
    if path == "server/bus/a0.h":
        for number in range(1, 25):
            write(root, f"server/bus/a{number}.h", HEAD)


def run(offences, temp_dir):
    """The sentences of what went wrong; none when every offence was found and the clean tree is."""
    failed = []
    with temp_dir() as root:
        plant(root, "server/core/ids.h", CLEAN["server/core/ids.h"])
        failed += [f"the clean tree: {path}:{line}: {sentence}"
                   for path, line, sentence in offences(root)]
    for path, text, sentence in PLANTED:
        with temp_dir() as root:
            plant(root, path, text)
            found = offences(root)
            if not any(sentence in said for _, _, said in found):
                failed.append(f"not found: {path}: {sentence}; found {found}")
            # Some plants break two rules; none may raise more than a few.
            if len(found) > 3:
                failed.append(f"too many for {path}: {sentence}: {found}")
    return failed
