#include "server/store/sql/data_dir_lock.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/store/database.h"

namespace mpim::test {
namespace {

TEST_CASE("one holder at a time, and the other is told who", "[store]") {
  const TemporaryDirectory directory;
  {
    const auto held = DataDirLock::take(directory.path());
    REQUIRE(held.ok());
    const auto second = DataDirLock::take(directory.path());
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Code::kConflict);
    CHECK_THAT(second.error().message, Catch::Contains("process " + std::to_string(::getpid())));
    CHECK_THAT(second.error().message, Catch::Contains(directory.path()));
  }
  CHECK(DataDirLock::take(directory.path()).ok());
}

TEST_CASE("a lock that was moved is held once", "[store]") {
  const TemporaryDirectory directory;
  auto first = DataDirLock::take(directory.path());
  std::optional<DataDirLock> kept(std::move(first).value());
  CHECK_FALSE(DataDirLock::take(directory.path()).ok());
  kept.reset();
  CHECK(DataDirLock::take(directory.path()).ok());
}

TEST_CASE("a missing data directory is made, for its owner alone", "[store]") {
  const TemporaryDirectory directory;
  const std::string deep = directory.path() + "/a/b";
  REQUIRE(DataDirLock::take(deep).ok());
  struct stat found {};
  REQUIRE(::stat(deep.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0700);
}

TEST_CASE("a data directory that cannot be used is refused with the reason", "[store]") {
  const TemporaryDirectory directory;
  const std::string file = directory.path() + "/file";
  std::ofstream(file) << "not a directory";
  for (const std::string& path : {file, file + "/inside", std::string("/proc/mpim")}) {
    const auto taken = DataDirLock::take(path);
    REQUIRE_FALSE(taken.ok());
    CHECK(taken.error().code == Code::kUnavailable);
    CHECK_THAT(taken.error().message, Catch::Contains(path));
    CHECK_THAT(taken.error().message, Catch::Contains("--data-dir"));
  }
  const auto opened = open_sqlite_store(file + "/mpim.db");
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == Code::kUnavailable);
  CHECK_THAT(opened.error().message, Catch::Contains(file + "/mpim.db"));
}

}  // namespace
}  // namespace mpim::test
