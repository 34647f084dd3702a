#include "server/protocol/json_text.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

using namespace mpim;

namespace {

std::string written(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// A text of letters, specials and control characters, different for each seed.
std::string some_text(unsigned seed) {
  const std::vector<std::string> pieces{
      "a",    "\"",   "\\", "\n", "\r", "\t", "\x01",
      "\x1F", "\x7F", "é",  "李", "😀",  " ",  "plain run of letters",
      "/"};
  std::mt19937 random(seed);
  std::string text;
  for (unsigned left = random() % 40; left > 0; --left) text += pieces[random() % pieces.size()];
  return text;
}

}  // namespace

TEST_CASE("a written string is what another JSON library reads, and one line", "[protocol][G7]") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    const std::string text = some_text(seed);
    const std::string out = written(text);
    CAPTURE(seed, out);
    REQUIRE(nlohmann::json::parse(out).get<std::string>() == text);
    REQUIRE(out.find_first_of("\n\r") == std::string::npos);
  }
}

TEST_CASE("what another JSON library wrote is read, escaped to ASCII or not", "[protocol][G7]") {
  for (unsigned seed = 0; seed < 500; ++seed) {
    const std::string text = some_text(seed);
    for (const bool ascii : {false, true}) {
      const std::string json = nlohmann::json(text).dump(-1, ' ', ascii) + " rest";
      std::string_view in = json;
      CAPTURE(seed, json);
      REQUIRE(take_json_string(in).value() == text);
      REQUIRE(in == " rest");
    }
  }
}

TEST_CASE("a special byte is found at every place of a text", "[protocol]") {
  const char special = GENERATE('"', '\\', '\n', '\x01', '\x1F');
  for (size_t size = 1; size < 40; ++size)
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = special;
      CAPTURE(size, at);
      REQUIRE(plain_prefix(text) == at);
    }
  CHECK(plain_prefix(std::string(37, 'x')) == 37);
  CHECK(plain_prefix("!#[]~\x7F\xC3\xA9\xFF\x80") ==
        10);  // neighbours of the specials, and high bytes
}

TEST_CASE("what is no JSON string is refused", "[protocol][G25]") {
  const auto* const json = GENERATE("\"", "\"abc", "\"abc\\", "\"\\x\"", "\"\\u\"", "\"\\u12g4\"",
                                    "\"\\u 123\"", "\"\\u-123\"", "\"a\nb\"");
  CAPTURE(json);
  std::string_view in = json;
  CHECK(take_json_string(in).error().code == Code::kBadRequest);
}

TEST_CASE("a NUL and half a surrogate pair are no text", "[protocol][G25]") {
  const auto* const json = GENERATE("\"\\u0000\"", "\"\\ud83d\"", "\"\\ud83dx\"",
                                    "\"\\ud83d\\u0041\"", "\"\\ude00\"", "\"\\ud83d\\ud83d\"");
  CAPTURE(json);
  std::string_view in = json;
  CHECK(take_json_string(in).error().code == Code::kBadText);
}
