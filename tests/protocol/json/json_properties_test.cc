#include "tests/protocol/json/json_properties.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "tests/protocol/codec_transcript.h"

using namespace mpim;

namespace {

// Every request of the transcript, and every seed of the fuzzer.
std::vector<std::string> known_texts() {
  std::vector<std::string> texts;
  std::ifstream transcript(std::filesystem::path(MPIM_TRANSCRIPTS) / "json" / "requests.txt");
  for (std::string line; std::getline(transcript, line);) {
    if (line.starts_with("> ")) texts.push_back(line.substr(2));
    if (line.starts_with(">~ ")) texts.push_back(unescaped(line.substr(3)));
  }
  for (const auto& seed : std::filesystem::directory_iterator(MPIM_JSON_CORPUS)) {
    std::ifstream file(seed.path(), std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

std::string mutated(std::string text, const std::vector<std::string>& others,
                    std::mt19937& random) {
  constexpr std::string_view kMarks = "{}[]\",:\\u0e.-+1d8\n\t \x80\xFF";
  for (size_t changes = 1 + random() % 3; changes > 0; --changes) {
    const size_t at = text.empty() ? 0 : random() % text.size();
    const std::string& other = others[random() % others.size()];
    const size_t from = other.empty() ? 0 : random() % other.size();
    switch (random() % 4) {
      case 0: text.insert(at, 1, kMarks[random() % kMarks.size()]); break;
      case 1: text.erase(at, 1 + random() % 4); break;
      case 2: text.insert(at, other.substr(from, random() % 24)); break;
      default:
        if (!text.empty()) text[at] = kMarks[random() % kMarks.size()];
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the envelope's properties hold for known texts and their mutants", "[protocol][json]") {
  const std::vector<std::string> texts = known_texts();
  REQUIRE(texts.size() > 100);
  std::mt19937 random(20260101);
  for (const std::string& text : texts) {
    INFO(text);
    REQUIRE(broken_json_property(text).empty());
    for (int i = 0; i < 200; ++i) {
      const std::string mutant = mutated(text, texts, random);
      const std::string broken = broken_json_property(mutant);
      if (broken.empty()) continue;
      CAPTURE(mutant, broken);
      REQUIRE(broken.empty());
    }
  }
}
