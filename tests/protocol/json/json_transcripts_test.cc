#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server/contract/names.h"
#include "server/protocol/json/json_guard.h"
#include "server/protocol/json/json_types.h"
#include "tests/protocol/codec_transcript.h"
#include "tests/protocol/json/json_transcript.h"

using namespace mpim;

namespace {

std::filesystem::path path_of(const std::string& name) {
  return std::filesystem::path(MPIM_TRANSCRIPTS) / "json" / name;
}

std::vector<std::string> read_transcript(const std::string& name) {
  std::ifstream file(path_of(name));
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return lines_of(text.str());
}

void check_golden(const std::string& name) {
  const auto expected = read_transcript(name);
  const auto actual = replay_json(expected);
  if (std::getenv("MPIM_UPDATE_DOCS") != nullptr) {
    std::ofstream file(path_of(name));
    for (const std::string& line : actual) file << line << "\n";
    return;
  }
  INFO("MPIM_UPDATE_DOCS=1 in the environment of this test rewrites the file; read what it wrote");
  for (size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
    INFO(name << " line " << i + 1);
    REQUIRE(actual[i] == expected[i]);
  }
  REQUIRE(actual.size() == expected.size());
}

}  // namespace

TEST_CASE("JSON requests are understood, or refused, as the transcript says", "[protocol][json]") {
  check_golden("requests.txt");
}

TEST_CASE("JSON answers and pushes read as the transcript says", "[protocol][json]") {
  check_golden("answers.txt");
}

TEST_CASE("every answer and push is strict JSON", "[protocol][json]") {
  for (const Sample& sample : all_samples()) {
    const std::string text = json_of(sample.event);
    CAPTURE(sample.name, text);
    CHECK(guard_json(text, 8).ok());
  }
}

TEST_CASE("the transcripts show every JSON type right, and every sample", "[protocol][json]") {
  const auto requests = read_transcript("requests.txt");
  for (const JsonTypeRow& row : all_json_types()) {
    CAPTURE(row.name);
    bool right = false;
    for (size_t i = 0; i + 1 < requests.size(); ++i)
      right = right || (requests[i].find("\"type\":\"" + std::string(row.name) + "\"") !=
                            std::string::npos &&
                        requests[i + 1].starts_with("= "));
    CHECK(right);
  }
}
