#include <catch2/catch.hpp>

#include <memory>

#include "server/core/result.h"

namespace mpim {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{Code::kBadRequest, "odd"};
  return number / 2;
}

Result<void> even(int number) {
  MPIM_TRY([[maybe_unused]] const int halved, half(number));
  return {};
}

Result<int> quarter(int number) {
  MPIM_CHECKED(even(number));
  MPIM_TRY(const int once, half(number));
  MPIM_TRY(const int twice, half(once));
  return twice;
}

TEST_CASE("a result is a value or an error", "[core]") {
  REQUIRE(half(8).ok());
  CHECK(*half(8) == 4);
  REQUIRE_FALSE(half(7));
  CHECK(half(7).error().code == Code::kBadRequest);
  CHECK(half(7).error().message == "odd");
}

TEST_CASE("a failed step ends the function with its error", "[core]") {
  CHECK(*quarter(12) == 3);
  CHECK(quarter(3).error().message == "odd");
  CHECK(quarter(6).error().message == "odd");
  CHECK(even(2).ok());
}

TEST_CASE("a value that can only be moved leaves its result", "[core]") {
  Result<std::unique_ptr<int>> made(std::make_unique<int>(5));
  const std::unique_ptr<int> taken = std::move(made).value();
  CHECK(*taken == 5);
}

}  // namespace
}  // namespace mpim
