#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;

TEST_CASE("the database is looked at only while its node is stopped", "[ops]") {
  CtlRoom room;
  room.start_server();
  REQUIRE(room.ctl({"seed", "--users", "5", "--groups", "1", "--messages", "50"}).exit_code == 0);
  for (const char* const verb : {"status", "verify", "migrate"}) {
    const Finished busy = room.ctl({"db", verb});
    CHECK(busy.exit_code == 6);
    CHECK_THAT(busy.err, Catch::Contains("in use"));
  }
  REQUIRE(room.server().stop().exit_code == 0);

  const auto status = room.ask({"db", "status"});
  CHECK(status.at("version") == status.at("newest"));
  CHECK(status.at("migrations").at(0).at("applied") == true);
  CHECK(room.ask({"db", "verify"}).empty());
  CHECK(room.ask({"db", "migrate", "--dry-run"}).empty());
  CHECK(room.ask({"db", "migrate"}).empty());
}

TEST_CASE("without a database the db commands say so and make none", "[ops]") {
  const CtlRoom room;
  for (const char* const verb : {"status", "verify", "migrate"})
    CHECK(room.ctl({"db", verb}).exit_code == 5);
  CHECK_FALSE(std::filesystem::exists(room.data_dir()));
}

TEST_CASE("an empty database is migrated by hand, after a dry run with the same steps", "[ops]") {
  const CtlRoom room;
  std::filesystem::create_directories(room.data_dir());
  room.write_file("state/mpim/mpim.db", "");
  const auto plan = room.ask({"db", "migrate", "--dry-run"});
  REQUIRE_FALSE(plan.empty());
  CHECK(room.ask({"db", "status"}).at("version") == 0);
  CHECK(room.ctl({"db", "verify"}).exit_code == 9);
  CHECK(room.ask({"db", "migrate"}) == plan);
  CHECK(room.ask({"db", "verify"}).empty());
}

TEST_CASE("an index of words that is garbage is a warning of db verify, and no finding", "[ops]") {
  CtlRoom room;
  room.start_server();
  REQUIRE(room.server().stop().exit_code == 0);
  std::filesystem::remove(room.data_dir() + "/search.db-wal");
  room.write_file("state/mpim/search.db", std::string(20'000, 'x'));
  const Finished verified = room.ctl({"db", "verify", "-o", "json"});
  CHECK(verified.exit_code == 0);
  const auto document = nlohmann::json::parse(verified.out);
  CHECK(document.at("items").empty());
  REQUIRE(document.at("warnings").size() == 1);
  CHECK_THAT(document.at("warnings").at(0).get<std::string>(),
             Catch::StartsWith("search.index: ") && Catch::Contains("mpimd makes it anew"));
  room.start_server();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  room.add_user("ann");
  REQUIRE(room.ctl({"msg", "send", "--from", "ann", "--to", "ann", "note"}).exit_code == 0);
  while (room.ask({"msg", "index"}).at("indexed") != "1")
    REQUIRE(std::chrono::steady_clock::now() < deadline);
  REQUIRE(room.server().stop().exit_code == 0);
  const auto again = nlohmann::json::parse(room.ctl({"db", "verify", "-o", "json"}).out);
  CHECK(again.at("warnings").empty());
  room.write_file("state/mpim/search.db", "x");
  room.write_file("server.toml", "[search]\nenabled = false\n");
  const Finished off = room.ctl({"db", "verify", "--config", room.path("server.toml")});
  CHECK(off.exit_code == 0);
  CHECK_THAT(off.err, !Catch::Contains("warning"));
}
