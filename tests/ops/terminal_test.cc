// mpimctl on a pseudo-terminal: what a person sees there.
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

namespace {

constexpr std::chrono::seconds kPatience{30};

Process on_terminal(const CtlRoom& room, const std::vector<std::string>& words,
                    const std::map<std::string, std::string>& environment = {}) {
  StartOptions options = room.options();
  options.terminal = true;
  for (const auto& [name, value] : environment) options.environment[name] = value;
  return {program_path("mpimctl"), words, options};
}

bool coloured(const CtlRoom& room, const std::vector<std::string>& words,
              const std::map<std::string, std::string>& environment = {}) {
  const Finished done = on_terminal(room, words, environment).finish(kPatience);
  CHECK(done.exit_code == 0);
  return done.out.find('\x1b') != std::string::npos;
}

}  // namespace

TEST_CASE("colour is for terminals, and NO_COLOR, TERM=dumb and --color decide", "[ops]") {
  const CtlRoom room;
  CHECK(coloured(room, {"config", "show"}));
  CHECK_FALSE(coloured(room, {"config", "show", "--color", "never"}));
  CHECK_FALSE(coloured(room, {"config", "show"}, {{"NO_COLOR", "1"}}));
  CHECK_FALSE(coloured(room, {"config", "show"}, {{"TERM", "dumb"}}));
  CHECK(coloured(room, {"config", "show", "--color", "always"}, {{"NO_COLOR", "1"}}));
}

TEST_CASE("a password is asked for twice and never shown", "[ops]") {
  const CtlRoom room;
  Process ctl = on_terminal(room, {"user", "add", "dora"});
  REQUIRE(ctl.wait_for_text("new password of dora: ", kPatience));
  ctl.write("first-secret\n");
  REQUIRE(ctl.wait_for_text("the same again: ", kPatience));
  ctl.write("other-secret\n");
  const Finished done = ctl.finish(kPatience);
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.out, Catch::Contains("the two passwords differ"));
  CHECK_THAT(done.out, !Catch::Contains("secret"));
}

TEST_CASE("Ctrl-C at a password question ends with 130", "[ops]") {
  const CtlRoom room;
  Process ctl = on_terminal(room, {"user", "add", "dora"});
  REQUIRE(ctl.wait_for_text("new password of dora: ", kPatience));
  ctl.write("\x03");
  CHECK(ctl.finish(kPatience).exit_code == 130);
}

TEST_CASE("--no-input asks nothing even on a terminal", "[ops]") {
  const CtlRoom room;
  const Finished done = on_terminal(room, {"user", "add", "dora", "--no-input"}).finish(kPatience);
  CHECK(done.exit_code == 2);
  CHECK_THAT(done.out, Catch::Contains("--password-stdin"));
}

TEST_CASE("destruction is asked about, and anything but yes leaves everything", "[ops]") {
  const CtlRoom room;
  std::filesystem::create_directories(room.data_dir());
  room.write_file("state/mpim/mpim.db", "");
  Process no = on_terminal(room, {"dev", "reset"});
  REQUIRE(no.wait_for_text("[y/N] ", kPatience));
  no.write("\n");
  CHECK(no.finish(kPatience).exit_code == 1);
  CHECK(std::filesystem::exists(room.path("state/mpim/mpim.db")));

  Process yes = on_terminal(room, {"dev", "reset"});
  REQUIRE(yes.wait_for_text("[y/N] ", kPatience));
  yes.write("y\n");
  CHECK(yes.finish(kPatience).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(room.path("state/mpim/mpim.db")));
}

TEST_CASE("long work shows a bar on a terminal, unless it was told not to", "[ops]") {
  CtlRoom room;
  room.start_server();
  const std::vector<std::string> seed{"seed", "--users", "20", "--messages", "40"};
  const Finished bar = on_terminal(room, seed).finish(kPatience);
  CHECK(bar.exit_code == 0);
  CHECK_THAT(bar.out, Catch::Contains("[####") && Catch::Contains("/s"));
  CHECK(room.ctl(seed).err.find('#') == std::string::npos);
  auto without = seed;
  without.emplace_back("--no-progress");
  const Finished quiet = on_terminal(room, without).finish(kPatience);
  CHECK(quiet.exit_code == 0);
  CHECK_THAT(quiet.out, !Catch::Contains("###"));
}
