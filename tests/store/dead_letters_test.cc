#include <catch2/catch.hpp>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

bool bury(Database& db, const std::string& body) {
  return db
      .change([&](Store& store) -> Result<bool> {
        MPIM_CHECKED(store.dead_letters().add(
            {.source = "intake q0-1-0", .reason = "why", .body = body, .at = kNow}));
        return true;
      })
      .ok();
}

TEST_CASE("a dead letter keeps its bytes, whatever they are", "[store]") {
  Database db(GENERATE(from_range(backends())));
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every += static_cast<char>(byte);
  REQUIRE(bury(db, every));
  REQUIRE(bury(db, ""));
  db.plant(
      "INSERT INTO dead_letters (source, reason, body, at) VALUES ('hand', 'why', 'no hex', 1)");
  const std::vector<DeadLetter> all = db.store().dead_letters().list(0, 10).value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].body == every);
  CHECK(all[0].source == "intake q0-1-0");
  CHECK(all[0].at == kNow);
  CHECK(all[1].body.empty());
  CHECK(all[2].body == "no hex");
  CHECK(db.store().dead_letters().list(all[0].id, 1).value().front().id == all[1].id);
}

TEST_CASE("a dead letter is removed once, and its number is not used again", "[store]") {
  Database db(GENERATE(from_range(backends())));
  REQUIRE(bury(db, "one"));
  const uint64_t id = db.store().dead_letters().list(0, 1).value().front().id;
  const auto remove = [&] {
    return db.change([id](Store& store) { return store.dead_letters().remove(id); }).value();
  };
  CHECK(remove());
  CHECK_FALSE(remove());
  CHECK(db.store().dead_letters().find(id).error().code == Code::kNotFound);
  CHECK(db.store().dead_letters().find(0).error().code == Code::kNotFound);
  REQUIRE(bury(db, "two"));
  CHECK(db.store().dead_letters().list(0, 1).value().front().id > id);
}

}  // namespace
}  // namespace mpim::test
