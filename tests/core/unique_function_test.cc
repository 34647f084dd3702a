#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "server/core/unique_function.h"

namespace mpim {
namespace {

TEST_CASE("a function owns what it captured and moves with it", "[core]") {
  auto owned = std::make_shared<int>(3);
  const std::weak_ptr<int> seen = owned;
  UniqueFunction<int(int)> add = [owned = std::move(owned)](int more) { return *owned + more; };
  CHECK(add(4) == 7);

  UniqueFunction<int(int)> moved = std::move(add);
  CHECK_FALSE(add);  // NOLINT(bugprone-use-after-move): it says so itself
  REQUIRE(moved);
  CHECK(moved(1) == 4);
  moved = {};
  CHECK(seen.expired());
}

TEST_CASE("a function takes arguments that can only be moved", "[core]") {
  UniqueFunction<std::string(std::unique_ptr<std::string>)> read =
      [kept = std::make_unique<std::string>("b")](std::unique_ptr<std::string> given) {
        return *given + *kept;
      };
  CHECK(read(std::make_unique<std::string>("a")) == "ab");
}

TEST_CASE("a function keeps state between calls", "[core]") {
  UniqueFunction<int()> next = [n = 0]() mutable { return ++n; };
  next();
  CHECK(next() == 2);
  CHECK_FALSE(Task());
}

}  // namespace
}  // namespace mpim
