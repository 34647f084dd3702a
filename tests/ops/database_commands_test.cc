#include <catch2/catch.hpp>
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
