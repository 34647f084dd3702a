// Which node mpimctl reaches, which settings both programs read, and what it says when it reaches
// none.
#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

namespace {

constexpr std::chrono::seconds kPatience{60};

StartOptions with(const CtlRoom& room, const std::map<std::string, std::string>& environment) {
  StartOptions options = room.options();
  for (const auto& [name, value] : environment) options.environment[name] = value;
  return options;
}

// mpimd in the room, as `options` say; it has written its ready line.
Process start_mpimd(const StartOptions& options, std::vector<std::string> flags = {}) {
  flags.insert(flags.end(),
               {"--line", "127.0.0.1:0", "--ws", "127.0.0.1:0", "--http", "127.0.0.1:0"});
  Process server(program_path("mpimd"), flags, options);
  REQUIRE(server.wait_for_line("ready ", kPatience));
  return server;
}

}  // namespace

TEST_CASE("the node of the runtime directory is left alone when another's data is named", "[ops]") {
  const CtlRoom room;
  const auto options = with(room, {{"XDG_RUNTIME_DIR", room.path("run")}});
  std::filesystem::create_directories(room.path("run"));
  Process node = start_mpimd(options);
  const Finished status = room.ctl({"dev", "status", "-o", "json"}, options);
  REQUIRE(status.exit_code == 0);
  CHECK(nlohmann::json::parse(status.out).at("item").at("pid").get<std::string>() ==
        std::to_string(node.pid()));
  const Finished down = room.ctl({"--data-dir", room.path("other"), "dev", "down"}, options);
  CHECK(down.exit_code == 6);
  CHECK(node.running());
}

TEST_CASE("a node with another data directory than the one named is left alone", "[ops]") {
  CtlRoom room;
  room.start_server();
  std::filesystem::create_directories(room.path("other"));
  const std::string socket = room.server().admin();
  const Finished flag =
      room.ctl({"dev", "down", "--data-dir", room.path("other"), "--admin-socket", socket});
  CHECK(flag.exit_code == 6);
  CHECK_THAT(flag.err, Catch::Contains(room.data_dir()) && Catch::Contains(room.path("other")));
  const Finished variable = room.ctl({"user", "ls", "--admin-socket", socket},
                                     with(room, {{"MPIM_DATA_DIR", room.path("nowhere")}}));
  CHECK(variable.exit_code == 6);
  CHECK(room.server().process().running());
  CHECK(
      room.ctl({"user", "ls", "--data-dir", "state/mpim/.", "--admin-socket", socket}).exit_code ==
      0);
}

TEST_CASE("mpimd reads the settings that mpimctl shows, and says from where", "[ops]") {
  const CtlRoom room;
  std::filesystem::create_directories(room.path(".config/mpim"));
  room.write_file(".config/mpim/mpimd.toml", "[node]\nid = \"of-the-user\"\n");
  const auto node_at = [&](Process& server) {
    const std::string node = room.ask({"dev", "status"}).at("node");
    CHECK(room.ctl({"config", "get", "node.id"}).out == node + "\n");
    server.signal(SIGTERM);
    return node + " " + server.finish(kPatience).err;
  };
  Process of_user = start_mpimd(room.options());
  CHECK_THAT(node_at(of_user), Catch::StartsWith("of-the-user") &&
                                   Catch::Contains(room.path(".config/mpim/mpimd.toml")));
  room.write_file("mpimd.toml", "[node]\nid = \"of-the-project\"\n");
  Process of_project = start_mpimd(room.options());
  CHECK_THAT(node_at(of_project), Catch::StartsWith("of-the-project"));
}

TEST_CASE("a server that this user may not talk to is no server that is down", "[ops]") {
  CtlRoom room;
  room.start_server();
  std::filesystem::permissions(room.server().admin(), std::filesystem::perms::none);
  std::vector<std::string> words{program_path("mpimctl"), "user", "ls"};
  // Root without the right to pass over modes is as anybody else.
  if (::geteuid() == 0)
    words.insert(words.begin(), {"/usr/bin/setpriv", "--bounding-set=-dac_override"});
  const Finished denied = run(words[0], {words.begin() + 1, words.end()}, room.options());
  INFO(denied.err);
  CHECK(denied.exit_code == 4);
  CHECK_THAT(denied.err, Catch::Contains("as root") && !Catch::Contains("dev up"));
}

TEST_CASE("a socket's path that is too long is called that", "[ops]") {
  const CtlRoom room;
  const std::string path = room.path(std::string(120, 's'));
  const Finished refused = room.ctl({"user", "ls", "--admin-socket", path});
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("107") && Catch::Contains(path));
}
