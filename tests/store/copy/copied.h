// Copying a test's database into another one.
#pragma once

#include "server/store/sql/copy/digest.h"
#include "server/store/sql/copy/settled_log.h"
#include "server/store/sql/copy/store_copy.h"
#include "tests/store/verify/sound.h"

namespace mpim::test {

// An empty database that was closed again.
struct EmptyDatabase : Database {
  explicit EmptyDatabase(Backend backend) : Database(backend) { close(); }
};

// At most `steps` of a copy; true when it is whole.
inline bool copy_some(Database& from, Database& into, uint64_t steps) {
  const auto source = from.driver({.read_only = true});
  const auto target = into.driver();
  REQUIRE(source->begin().ok());
  auto copy = StoreCopy::begin(*source, *target);
  INFO((copy.ok() ? "" : copy.error().message));
  REQUIRE(copy.ok());
  for (uint64_t step = 0; step < steps; ++step) {
    const auto rows = copy->step();
    INFO((rows.ok() ? "" : rows.error().message));
    REQUIRE(rows.ok());
    if (*rows > 0) continue;
    const auto differ = differences(*source, *target, [](uint64_t) {}).value();
    for (const std::string& each : differ) FAIL_CHECK(each);
    REQUIRE(copy->finish().ok());
    return true;
  }
  return false;
}

inline void settle(Database& db) {
  db.close();
  if (db.driver()->dialect().many_writers) return;
  REQUIRE(settle_log(db.path()).ok());
}

inline void copy_all(Database& from, Database& into) {
  settle(from);
  into.close();
  REQUIRE(copy_some(from, into, UINT64_MAX));
}

}  // namespace mpim::test
