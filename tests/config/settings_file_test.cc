#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/config/settings.h"
#include "server/core/limits.h"

namespace mpim {
namespace {

namespace fs = std::filesystem;

// A directory of its own that is gone when the test ends.
class TempDir {
 public:
  TempDir() {
    std::string path = (fs::temp_directory_path() / "mpim-config-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TempDir() { fs::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string write(const std::string& name, std::string_view text) const {
    std::string path = path_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string path() const { return path_; }

 private:
  fs::path path_;
};

std::string file_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What reading `text` says, with the file's name in place of its path.
std::string complaint(std::string_view text) {
  const TempDir dir;
  const std::string path = dir.write("x.toml", text);
  Settings settings;
  const auto read = read_settings_file(settings, path);
  CHECK(write_settings(settings) == write_settings(Settings{}));  // all or nothing
  if (read.ok()) return "taken";
  CHECK(read.error().code == Code::kBadRequest);
  REQUIRE(read.error().message.starts_with(path));
  return "x.toml" + read.error().message.substr(path.size());
}

TEST_CASE("a file sets what it names and leaves the rest", "[config]") {
  const TempDir dir;
  const std::string path = dir.write("m.toml",
                                     "node.id = \"n2\"\n[server]\nworkers = 4\n[auth]\n"
                                     "register_open = false\n[log]\nlevel = \"warn\"\n[line]\n");
  Settings settings;
  settings.server.connections_max = 77;
  REQUIRE(read_settings_file(settings, path).ok());
  CHECK(settings.node.id == "n2");
  CHECK(settings.server.workers == 4);
  CHECK(settings.server.connections_max == 77);
  CHECK_FALSE(settings.auth.register_open);
  CHECK(settings.log.level == "warn");
}

TEST_CASE("a typo is answered with its file, its line and the nearest setting", "[config]") {
  CHECK(complaint("# one\n\n[serber]\n# two\nworkers = 4\n") ==
        "x.toml:5: unknown setting `serber.workers`; did you mean `server.workers`?");
  CHECK(
      complaint("[server]\nworkers = 4\nconections_max = 1\n") ==
      "x.toml:3: unknown setting `server.conections_max`; did you mean `server.connections_max`?");
  CHECK(complaint("\nworkers = 4\n") ==
        "x.toml:2: unknown setting `workers`; did you mean `server.workers`?");
  CHECK(complaint("[nothing]\n") == "x.toml:1: unknown setting `nothing`");
}

TEST_CASE("a value that does not fit is answered with its file and line", "[config]") {
  CHECK(complaint("[server]\n\nworkers = 65\n") ==
        "x.toml:3: `server.workers` must be a number from 0 to 64, not `65`");
  CHECK(complaint("[server]\nworkers = -1") ==
        "x.toml:2: `server.workers` must be a number from 0 to 64, not `-1`");
  CHECK(complaint("[server]\nworkers = 1.5") ==
        "x.toml:2: `server.workers` must be a number from 0 to 64, not `1.5`");
  CHECK(complaint("[server]\nworkers = \"4\"") ==
        "x.toml:2: `server.workers` must be a number from 0 to 64, not a text: take the quotes "
        "away");
  CHECK(complaint("[line]\nbytes_max = 65536\nlisten = 127.0.0.1:9000\n").find("x.toml:3: ") == 0);
  CHECK(complaint("[line]\nlisten=127.0.0.1:9000").ends_with("; put text in quotes"));
  CHECK(complaint("[log]\n level = debug\n").ends_with("; put text in quotes"));
  CHECK_FALSE(complaint("[log]\nlevel = \"debug\n").ends_with("quotes"));
  CHECK(complaint("[auth]\nregister_open = 1") ==
        "x.toml:2: `auth.register_open` must be true or false, not `1`");
  CHECK(complaint("[log]\nlevel = [\"info\"]").starts_with("x.toml:2: `log.level` must be one of"));
  CHECK(complaint("[node]\nid = true").starts_with("x.toml:2: `node.id` must be 1 to 64"));
  CHECK(complaint("server = 3\n") == "x.toml:1: unknown setting `server`");
}

TEST_CASE("of several faults the first in the file is told", "[config]") {
  CHECK(complaint("[server]\nworkers = 99\n[admin]\nsoket = \"a\"\n").starts_with("x.toml:2: "));
  CHECK(complaint("[session]\nsweep_ms = 0\n[node]\nid = \"\"\n").starts_with("x.toml:2: "));
}

TEST_CASE("a file that is no TOML is answered with the line", "[config]") {
  CHECK(complaint("[server]\nworkers = \n").starts_with("x.toml:2: "));
  CHECK(complaint("[server\n").starts_with("x.toml:1: "));
  CHECK(complaint("[server]\nworkers = 1\nworkers = 2\n").starts_with("x.toml:3: "));
  CHECK(complaint("\n\xff\xfe = 1\n").ends_with("invalid utf-8 sequence"));
}

TEST_CASE("a file that is not there, or is no file, is told apart", "[config]") {
  const TempDir dir;
  Settings settings;
  const auto missing = read_settings_file(settings, dir.path() + "/none.toml");
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == Code::kNotFound);
  CHECK(missing.error().message == "there is no file " + dir.path() + "/none.toml");

  const auto folder = read_settings_file(settings, dir.path());
  REQUIRE_FALSE(folder.ok());
  CHECK(folder.error().message == "cannot read " + dir.path() + ": Is a directory");

  const auto huge =
      read_settings_file(settings, dir.write("big.toml", std::string(1'048'577, '\n')));
  REQUIRE_FALSE(huge.ok());
  CHECK(huge.error().code == Code::kBadRequest);
}

TEST_CASE("what is written is read back the same", "[config]") {
  const TempDir dir;
  Settings settings;
  settings.node.id = "n-7";
  settings.data.dir = "/tmp/with \"quotes\", \\ and\ta tab/\x7f/\xe6\xb6\x88";
  settings.server.workers = 64;
  settings.auth.register_open = false;
  settings.log.level = "trace";
  Settings read;
  REQUIRE(read_settings_file(read, dir.write("w.toml", write_settings(settings))).ok());
  for (const SettingRow& row : all_settings()) {
    INFO(row.name);
    CHECK(*get_setting(read, row.name) == *get_setting(settings, row.name));
  }
}

TEST_CASE("fixtures/mpimd.toml shows every setting at its default", "[config]") {
  const std::string path = MPIM_SOURCE_DIR "/fixtures/mpimd.toml";
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr)
    std::ofstream(path, std::ios::binary) << write_settings(Settings{});
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the file");
  CHECK(file_text(path) == write_settings(Settings{}));
}

TEST_CASE("fixtures/bench.toml is cheap to log in to and keeps the store durable", "[config]") {
  Settings bench;
  const auto read = read_settings_file(bench, MPIM_SOURCE_DIR "/fixtures/bench.toml");
  INFO((read.ok() ? "" : read.error().message));
  REQUIRE(read.ok());
  CHECK(bench.auth.argon2_memory_kib == 8);
  CHECK(bench.auth.argon2_passes == 1);
  CHECK(bench.auth.password_min_length == 1);
  CHECK(bench.session.in_flight_max == kInFlight.ceiling);
  const Settings defaults;
  for (const SettingRow& row : all_settings()) {
    if (!row.name.starts_with("store.")) continue;
    CHECK(*get_setting(bench, row.name) == *get_setting(defaults, row.name));
  }
}

}  // namespace
}  // namespace mpim
