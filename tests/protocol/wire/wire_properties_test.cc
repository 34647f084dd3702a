// The properties that fuzzing looks for, on seeds and on what random changes make of them.
#include "tests/protocol/wire/wire_properties.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace mpim;

namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void check(const std::string& input) {
  INFO(Catch::StringMaker<std::string>::convert(input));
  CHECK(broken_wire_property(std::string_view(input).substr(1),
                             static_cast<uint8_t>(input.front())) == "");
}

}  // namespace

TEST_CASE("any bytes are a request or bad input", "[protocol][wire]") {
  std::mt19937 random(20'261'122);
  const auto below = [&random](size_t end) { return random() % end; };
  size_t seeds = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MPIM_WIRE_CORPUS)) {
    ++seeds;
    const std::string seed = contents(entry.path());
    REQUIRE_FALSE(seed.empty());
    check(seed);
    for (int i = 0; i < 200; ++i) {
      std::string changed = seed;
      for (size_t edits = 1 + below(4); edits > 0; --edits)
        changed[below(changed.size())] = static_cast<char>(below(256));
      check(changed);
    }
  }
  CHECK(seeds >= 8);
}
