#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "ops/smoke/checks.h"
#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

Entry entry(uint64_t conversation, uint64_t seq) {
  Entry made;
  made.conversation = ConversationId(conversation);
  made.seq = Seq(seq);
  return made;
}

}  // namespace

TEST_CASE("smoke notices an entry that comes twice, late or not at all", "[ops]") {
  ops::SmokeUser user{.name = "anybody"};
  CHECK(user.accept(entry(1, 4)).ok());  // where this user's view begins
  CHECK(user.accept(entry(1, 5)).ok());
  CHECK(user.accept(entry(2, 1)).ok());
  CHECK_THAT(user.accept(entry(1, 5)).error().message, Catch::Contains("twice"));
  CHECK_THAT(user.accept(entry(1, 4)).error().message, Catch::Contains("twice"));
  CHECK_THAT(user.accept(entry(1, 7)).error().message, Catch::Contains("missing"));
  CHECK(user.accept(entry(1, 6)).ok());
}

TEST_CASE("smoke passes against a running server and leaves no users", "[ops][O34]") {
  CtlRoom room;
  room.start_server();
  const Finished done = room.ctl({"smoke"});
  INFO(done.out << done.err);
  CHECK(done.exit_code == 0);
  CHECK(std::count(done.out.begin(), done.out.end(), '\n') == 10);
  for (const char* const step : {"ok      live message", "ok      offline message",
                                 "ok      group message", "ok      client restart"})
    CHECK_THAT(done.out, Catch::Contains(step));
  CHECK(room.ask({"user", "ls"}).empty());
  CHECK(room.ask({"group", "show", "1001"}).at("dissolvedAtMs") != "0");
}

TEST_CASE("smoke as JSON has an object for each step", "[ops]") {
  CtlRoom room;
  room.start_server();
  const auto steps = room.ask({"smoke"});
  REQUIRE(steps.size() == 10);
  for (const auto& step : steps) {
    CHECK(step.at("result") == "ok");
    CHECK(step.at("ms").is_number());
  }
}

TEST_CASE("smoke fails with 1 where messages cannot pass, and still cleans up", "[ops]") {
  CtlRoom room;
  room.start_server();
  // HTTP is no line protocol: the log-in cannot work.
  const Finished done = room.ctl({"smoke", "--line", room.server().http(), "--timeout", "5s"});
  CHECK(done.exit_code == 1);
  CHECK_THAT(done.out, Catch::Contains("FAIL    log in") &&
                           Catch::Contains("skipped live message") &&
                           Catch::Contains("ok      clean up"));
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("smoke passes where the limits are narrow", "[ops]") {
  CtlRoom room;
  room.start_server();
  room.stop_server();
  room.write_file("server.toml",
                  "[auth]\nargon2_memory_kib = 64\nargon2_passes = 1\n"
                  "password_min_length = 1024\nregister_open = false\ndevices_max = 1\n"
                  "[message]\ntext_bytes_max = 6\n"
                  "[session]\nwindow_max = 1\nin_flight_max = 1\npage_entries = 1\n");
  const MpimdProcess server(room.data_dir(), {.flags = {"--config", room.path("server.toml")}});
  const Finished done = room.ctl({"smoke", "--timeout", "20s"});
  INFO(done.out << done.err);
  CHECK(done.exit_code == 0);
}
