#include <catch2/catch.hpp>

#include <array>

#include "server/config/settings.h"

namespace mpim {
namespace {

constexpr std::array<std::string_view, 5> kNames{"apply", "group", "seed", "server", "user"};

TEST_CASE("the nearest name is found for each kind of slip", "[config]") {
  CHECK(nearest_name("serber", kNames) == "server");   // another letter
  CHECK(nearest_name("sever", kNames) == "server");    // one left out
  CHECK(nearest_name("serrver", kNames) == "server");  // one twice
  CHECK(nearest_name("gruop", kNames) == "group");     // two swapped
  CHECK(nearest_name("usr", kNames) == "user");
  CHECK(nearest_name("user", kNames) == "user");
}

TEST_CASE("a word that is no slip of a name has no nearest name", "[config]") {
  CHECK(nearest_name("xyzzy", kNames).empty());
  CHECK(nearest_name("", kNames).empty());
  CHECK(nearest_name(std::string(100'000, 's'), kNames).empty());
  CHECK(nearest_name("user", {}).empty());
}

}  // namespace
}  // namespace mpim
