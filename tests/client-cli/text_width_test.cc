#include <catch2/catch.hpp>

#include "client-cli/terminal/text_width.h"

namespace mpim::chat {

TEST_CASE("a text is as wide as a terminal shows it", "[client-cli]") {
  CHECK(columns_of("hello") == 5);
  CHECK(columns_of("你好") == 4);
  CHECK(columns_of("안녕") == 4);
  CHECK(columns_of("😀") == 2);
  CHECK(columns_of("e\u0301") == 1);
  CHECK(columns_of("👨\u200d👩\u200d👧") == 2);
  CHECK(columns_of("🇩🇪") == 2);
  CHECK(columns_of("❤\ufe0f") == 2);
  CHECK(columns_of("") == 0);
}

TEST_CASE("a cursor steps over what a person calls one character", "[client-cli]") {
  const std::string text = "a你e\u0301👨\u200d👩z";
  std::vector<size_t> ends;
  for (size_t at = 0; at < text.size(); at = next_character(text, at)) ends.push_back(at);
  CHECK(ends.size() == 5);
  size_t back = text.size();
  for (auto end = ends.rbegin(); end != ends.rend(); ++end) {
    back = previous_character(text, back);
    CHECK(back == *end);
  }
}

TEST_CASE("a wide character is not cut in half", "[client-cli]") {
  CHECK(front_within("你好吗", 5) == "你好");
  CHECK(shortened("你好吗", 5, "…") == "你好…");
  CHECK(shortened("你好", 4, "…") == "你好");
  CHECK(shortened("hello", 3, ".") == "he.");
}

TEST_CASE("a line is broken between words, and counts what is seen", "[client-cli]") {
  CHECK(wrapped("one two three", 8) == "one two\nthree");
  CHECK(wrapped("one two three", 7) == "one two\nthree");
  CHECK(wrapped("abcdefghij", 4) == "abcd\nefgh\nij");
  CHECK(wrapped("你好你好", 5) == "你好\n你好");
  CHECK(wrapped("\x1b[31mone\x1b[0m two", 7) == "\x1b[31mone\x1b[0m two");
  CHECK(wrapped("a\nb c", 3) == "a\nb c");
  CHECK(wrapped("to abcdefgh x", 5) == "to\nabcde\nfgh x");
  CHECK(wrapped("", 5).empty());
}

TEST_CASE("no text of somebody else steers the terminal", "[client-cli]") {
  CHECK(harmless("\x1b[2Jx\x07\r", " ") == "^[[2Jx^G^M");
  CHECK(harmless("a\nb", "\n  | ") == "a\n  | b");
  CHECK(harmless("a\u202eb", " ") == "a\ufffdb");
  CHECK(harmless("\u0085\u009b", " ") == "\ufffd\ufffd");
  CHECK(harmless("\xff", " ") == "\ufffd");
  CHECK(harmless("你好 😀", " ") == "你好 😀");
}

}  // namespace mpim::chat
