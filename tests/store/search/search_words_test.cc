// How texts become terms, and what matches what.
#include <catch2/catch.hpp>
#include <random>

#include "server/store/sql/search/words.h"

namespace mpim::test {
namespace {

std::vector<std::string> pieces(std::string_view text) {
  const std::string plain = folded(text);
  std::vector<std::string> all;
  for (const TextRun& run : runs_of(plain))
    all.push_back((run.dense ? "~" : "") + std::string(run.text));
  return all;
}

// Whether the index would find it, and whether the text then stands the test: both must agree on
// every text that matches.
bool finds(const std::string& typed, const std::string& text) {
  const auto query = WordQuery::read(typed);
  REQUIRE(query.ok());
  const std::string terms = " " + index_terms(text, UserId(1001), 4'096) + " ";
  bool indexed = true;
  for (const std::string& term : query->terms())
    indexed =
        indexed && terms.find(" " + term.substr(1, term.size() - 2) + " ") != std::string::npos;
  const bool matches = query->matches(text);
  if (matches) CHECK(indexed);
  return matches;
}

using Pieces = std::vector<std::string>;

TEST_CASE("a text becomes words and runs, whatever its script", "[store][M19][X14]") {
  CHECK(pieces("Hello, World!") == Pieces{"hello", "world"});
  CHECK(pieces("我用iPhone拍照") == Pieces{"~我用", "iphone", "~拍照"});
  CHECK(pieces("東京タワーへ行く。3時") == Pieces{"~東京タワーへ行く", "3", "~時"});
  CHECK(pieces("안녕하세요 세계") == Pieces{"~안녕하세요", "~세계"});
  CHECK(pieces("ＡＢＣ１２３ ｶﾀｶﾅ") == Pieces{"abc123", "~カタカナ"});
  CHECK(pieces("สวัสดีครับ") == Pieces{"~สวัสดีครับ"});
  CHECK(pieces("cafe\u0301 CAFÉ Straße") == Pieces{"café", "café", "strasse"});
  CHECK(pieces("don't e-mail me@x.org") == Pieces{"don", "t", "e", "mail", "me", "x", "org"});
  CHECK(pieces("नमस्ते दुनिया") == Pieces{"नमस्ते", "दुनिया"});
  CHECK(pieces("party 🎉🎉!") == Pieces{"party", "~🎉🎉"});
  CHECK(pieces("so\u00ADft \u200Bhere") == Pieces{"soft", "here"});
  CHECK(pieces("中・韓 -- «»") == Pieces{"~中", "~韓"});
  CHECK(pieces("").empty());
  CHECK(pieces("\u0301").size() == 1);
}

TEST_CASE("two-character terms are found in texts without blanks, words only whole",
          "[store][M19][X14]") {
  CHECK(finds("拍照", "我用iPhone拍照"));
  CHECK(finds("iphone拍照", "我用iPhone拍照"));
  CHECK(finds("照", "我用iPhone拍照"));
  CHECK(finds("我", "我用iPhone拍照"));
  CHECK_FALSE(finds("用拍", "我用iPhone拍照"));
  CHECK(finds("会议", "明天的会议改到三点"));
  CHECK(finds("的会议改", "明天的会议改到三点"));
  CHECK_FALSE(finds("议会", "明天的会议改到三点"));
  CHECK(finds("タワー", "東京タワーへ行く"));
  CHECK(finds("ﾀﾜｰ", "東京タワーへ行く"));
  CHECK(finds("하세", "안녕하세요"));
  CHECK(finds("ดีค", "สวัสดีครับ"));
  CHECK(finds("HELLO", "say hello"));
  CHECK_FALSE(finds("hell", "say hello"));
  CHECK(finds("hell*", "say hello"));
  CHECK(finds("he*", "say hello"));
  CHECK(finds("hello*", "say hello"));
  CHECK_FALSE(finds("hellos*", "say hello"));
  CHECK(finds("ｈｅｌｌｏ", "say hello"));
  CHECK(finds("hello say", "say hello"));
  CHECK_FALSE(finds("hello you", "say hello"));
  CHECK(finds("🎉", "party 🎉🎉!"));
  CHECK(finds("STRASSE", "Straße"));
}

TEST_CASE("words longer than a term are told apart by the text", "[store][M19]") {
  const std::string a(100, 'a');
  CHECK(finds(a, a));
  CHECK_FALSE(finds(a, a + "a"));
  CHECK(finds(a + "*", a + "b"));
  const std::string wide = [] {
    std::string all;
    for (int i = 0; i < 120; ++i) all += "é";
    return all;
  }();
  CHECK(finds(wide, wide));
}

TEST_CASE("a search without a word, with too many, or with too little before a * is refused",
          "[store][M19]") {
  for (const char* const typed : {"", "  ", "!?", "*", "--", "«»", "\t"})
    CHECK(WordQuery::read(typed).error().code == Code::kBadRequest);
  CHECK(WordQuery::read("a*").error().code == Code::kBadRequest);
  CHECK(WordQuery::read("a b c d e f g h i j k l m n o p").ok());
  CHECK(WordQuery::read("a b c d e f g h i j k l m n o p q").error().code == Code::kBadRequest);
  CHECK(WordQuery::read(std::string(512, 'x')).ok());
  CHECK(WordQuery::read(std::string(513, 'x')).error().code == Code::kTooLarge);
}

TEST_CASE("a text has at most so many terms", "[store][M19]") {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "w" + std::to_string(i) + " ";
  const std::string terms = index_terms(text, UserId(1001), 16);
  CHECK(std::count(terms.begin(), terms.end(), ' ') == 16);
}

// Characters of several kinds, so that runs begin and end in all ways.
std::string random_text(std::mt19937& random, size_t chars_max) {
  static const std::vector<std::string> kChars{"a",  "b",  "A", "é",  "1",  "中", "国",
                                               "の", "カ", "ｶ", "한", "국", "ไ",  "ท",
                                               "ด",  "ี",   " ", " ",  ",",  "🎉"};
  std::string text;
  for (size_t left = 1 + random() % chars_max; left > 0; --left)
    text += kChars[random() % kChars.size()];
  return text;
}

TEST_CASE("the index never misses what the text has: random texts and queries",
          "[store][M19][X14]") {
  std::mt19937 random(20'260'105);
  int found = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = random_text(random, 24);
    const std::string typed = random_text(random, 4);
    if (!WordQuery::read(typed).ok()) continue;
    // The plain way: each run of the query is a run of the text, or stands in a dense one.
    const auto have = pieces(text);
    bool expected = true;
    std::istringstream words(typed);
    for (std::string word; words >> word;)
      for (const std::string& wanted : pieces(word))
        expected = expected && std::ranges::any_of(have, [&](const std::string& run) {
                     if (wanted.front() != '~') return run == wanted;
                     return run.front() == '~' && run.find(wanted.substr(1)) != std::string::npos;
                   });
    INFO(text << " | " << typed);
    const bool is = finds(typed, text);
    CHECK(is == expected);
    found += is ? 1 : 0;
  }
  CHECK(found > 200);
}

}  // namespace
}  // namespace mpim::test
