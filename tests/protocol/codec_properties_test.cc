#include "tests/protocol/codec_properties.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <vector>

using namespace mpim;

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Lines made of what the codec cares about, whole and broken.
std::string some_bytes(uint32_t seed) {
  const std::vector<std::string> pieces{"SEND ",
                                        "1002 ",
                                        "@bob ",
                                        "\"",
                                        "\\",
                                        "\\u00e9",
                                        "\\ud83d",
                                        " cid=",
                                        " type=image",
                                        "PULL",
                                        "ACK *",
                                        "7516192810",
                                        "\n",
                                        "\r\n",
                                        "\r",
                                        " ",
                                        "\t",
                                        "\xC3\xA9",
                                        "\xFF",
                                        "hello",
                                        "LOGIN ",
                                        "=",
                                        "xxxxxxxxxxxxxxxxxxxx"};
  std::mt19937 random(seed);
  std::string bytes;
  for (unsigned left = random() % 60; left > 0; --left) bytes += pieces[random() % pieces.size()];
  return bytes;
}

}  // namespace

TEST_CASE("the codec's properties hold on the fuzzer's seeds", "[protocol][G1]") {
  size_t seeds = 0;
  for (const auto& file : std::filesystem::directory_iterator(MPIM_FUZZ_CORPUS)) {
    CAPTURE(file.path().string());
    for (uint32_t cut = 0; cut < 20; ++cut)
      REQUIRE(broken_codec_property(read_file(file.path()), cut).empty());
    ++seeds;
  }
  CHECK(seeds >= 8);
}

TEST_CASE("the codec's properties hold on random lines", "[protocol][G1]") {
  for (uint32_t seed = 0; seed < 3'000; ++seed) {
    CAPTURE(seed);
    REQUIRE(broken_codec_property(some_bytes(seed), seed) == "");
  }
}
