#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/protocol/http/head_properties.h"
#include "tests/protocol/ws/client_frames.h"
#include "tests/protocol/ws/ws_properties.h"

namespace mpim {
namespace {

void for_each_seed(const std::string& folder,
                   const std::function<void(const std::string&)>& check) {
  size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(MPIM_FUZZ_CORPORA) + folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string seed((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    INFO(entry.path());
    check(seed);
    ++count;
  }
  CHECK(count >= 10);
}

TEST_CASE("the frames that the fuzzer begins with have its properties", "[protocol][ws]") {
  for_each_seed("/ws_frames", [](const std::string& seed) {
    REQUIRE(seed.size() > 2);
    const std::string_view frames = std::string_view(seed).substr(2);
    for (size_t choice = 0; choice < 64; ++choice) CHECK(broken_ws_property(frames, choice) == "");
    CHECK(events_of(std::string(frames), {.deflate = true}) != "");
  });
}

TEST_CASE("the heads that the fuzzer begins with have its properties", "[protocol][http]") {
  for_each_seed("/http_head",
                [](const std::string& seed) { CHECK(broken_head_property(seed) == ""); });
}

}  // namespace
}  // namespace mpim
