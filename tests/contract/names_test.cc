#include "server/contract/names.h"

#include <catch2/catch.hpp>
#include <string>

#include "server/core/limits.h"

using namespace mpim;

namespace {

template <class T>
Code code_of(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  return result.error().code;
}

}  // namespace

TEST_CASE("a name keeps its spelling and is compared without case", "[contract][P12]") {
  CHECK(user_name("Alice").value() == UserName{"Alice", "alice"});
  CHECK(user_name("a.b_c-9").value() == UserName{"a.b_c-9", "a.b_c-9"});
  CHECK(user_name("ÉLAN").value().key == user_name("élan").value().key);
  CHECK(user_name("Straße").value().key == user_name("STRASSE").value().key);
}

TEST_CASE("composed and decomposed letters make the same name", "[contract][P12]") {
  const UserName composed = user_name("Caf\u00E9").value();
  const UserName decomposed = user_name("Cafe\u0301").value();
  CHECK(composed == decomposed);
  CHECK(decomposed.shown == "Caf\u00E9");
}

TEST_CASE("letters that differ only in width or font make the same key", "[contract][P12]") {
  CHECK(user_name("ａｌｉｃｅ").value().key == "alice");
  CHECK(user_name("𝐀lice").value().key == "alice");
  CHECK(user_name("ａｌｉｃｅ").value().shown == "ａｌｉｃｅ");
}

TEST_CASE("a name begins with a letter or digit, and all of it can be seen", "[contract][G25]") {
  const auto* const typed = GENERATE("-rf", ".hidden", "_x", "a\u3164", "\u3164", "a\uFE0F",
                                     "a\u034Fb", "\u115Fa", "\uFFA0b", "\uFDFA");
  CAPTURE(typed);
  CHECK(code_of(user_name(typed)) == Code::kBadRequest);
}

TEST_CASE("letters of any script make a name", "[contract][P12]") {
  const auto* const typed =
      GENERATE("李雷", "Ольга", "さくら", "علي", "हिन्दी", "สมชาย", "김철수", "x1");
  CAPTURE(typed);
  CHECK(user_name(typed).ok());
}

TEST_CASE("what is no letter, digit, dot, dash or underscore is no name", "[contract][G25]") {
  const auto* const typed =
      GENERATE("", "a b", "a\tb", "a\nb", "@alice", "a/b", "a\u00A0b", "a\u200Bb", "😀", "a\u202Eb",
               "\u0301a", "1001", "١٢٣", "a=b", "\"a\"");
  CAPTURE(typed);
  CHECK(code_of(user_name(typed)) == Code::kBadRequest);
}

TEST_CASE("a name of 32 bytes is taken and one of 33 is not", "[contract][G25]") {
  CHECK(user_name(std::string(32, 'a')).ok());
  CHECK(code_of(user_name(std::string(33, 'a'))) == Code::kBadRequest);
  CHECK(user_name("aa李李李李李李李李李李").ok());                            // 2 + 10 * 3
  CHECK(code_of(user_name("aaa李李李李李李李李李李")) == Code::kBadRequest);  // 3 + 10 * 3
  std::string decomposed;  // 48 bytes as typed, 32 composed
  for (int i = 0; i < 16; ++i) decomposed += "e\u0301";
  CHECK(user_name(decomposed).ok());
  CHECK(code_of(user_name(std::string(1'000'000, 'a'))) == Code::kBadRequest);
}

TEST_CASE("names and texts that are no UTF-8, or have a NUL, are BAD_TEXT", "[contract][G25]") {
  const std::string typed =
      GENERATE(std::string("a\xFF"), std::string("a\xC3"), std::string("\xED\xA0\x80"),
               std::string("\xC0\xAF"), std::string("a\0b", 3));
  CHECK(code_of(user_name(typed)) == Code::kBadText);
  CHECK(code_of(group_name(typed)) == Code::kBadText);
  CHECK(code_of(description(typed)) == Code::kBadText);
  CHECK(code_of(password(typed)) == Code::kBadText);
  CHECK(code_of(text_body(typed, 4096)) == Code::kBadText);
}

TEST_CASE("a device's name is plain and short", "[contract]") {
  CHECK(device_name("phone-2.home_X").value().text == "phone-2.home_X");
  CHECK(device_name(std::string(32, 'd')).ok());
  CHECK(code_of(device_name(std::string(33, 'd'))) == Code::kBadRequest);
  CHECK(code_of(device_name("")) == Code::kBadRequest);
  CHECK(code_of(device_name("mein gerät")) == Code::kBadRequest);
}

TEST_CASE("a client id is 1 to 64 printable characters", "[contract][M48]") {
  CHECK(client_id("c-1").value() == "c-1");
  CHECK(client_id(std::string(64, '~')).ok());
  CHECK(code_of(client_id(std::string(65, 'c'))) == Code::kBadRequest);
  const std::string typed =
      GENERATE(std::string(), std::string("a b"), std::string("é"), std::string("a\x7F"));
  CHECK(code_of(client_id(typed)) == Code::kBadRequest);
}

TEST_CASE("a group's name and description are one line within their bytes", "[contract][P16]") {
  CHECK(group_name("tea at four ☕").value() == "tea at four ☕");
  CHECK(group_name(std::string(64, 'g')).ok());
  CHECK(code_of(group_name(std::string(65, 'g'))) == Code::kBadRequest);
  CHECK(code_of(group_name("")) == Code::kBadRequest);
  CHECK(code_of(group_name("  \u3000")) == Code::kBadRequest);
  CHECK(code_of(group_name("a\x1B[31m")) == Code::kBadRequest);
  CHECK(description("").value().empty());
  CHECK(description(std::string(512, 'd')).ok());
  CHECK(code_of(description(std::string(513, 'd'))) == Code::kBadRequest);
  CHECK(code_of(description("two\nlines")) == Code::kBadRequest);
}

TEST_CASE("a text of 4096 bytes is taken and one of 4097 is refused with both numbers",
          "[contract][G42]") {
  CHECK(text_body(std::string(4096, 't'), 4096).value().size() == 4096);
  const auto refused = text_body(std::string(4097, 't'), 4096);
  CHECK(code_of(refused) == Code::kTooLarge);
  CHECK(refused.error().message ==
        "text is 4097 bytes; the limit is 4096 (message.text_bytes_max)");
  CHECK(text_body(std::string(4097, 't'), 65'536).ok());
  CHECK(code_of(text_body("", 4096)) == Code::kBadRequest);
  CHECK(text_body("\t\x1B", 4096).ok());  // any character but NUL may be sent
}

TEST_CASE("a password has at least one byte and at most the limit", "[contract][P12]") {
  CHECK(password("correct horse").value() == "correct horse");
  CHECK(code_of(password("")) == Code::kBadRequest);
  CHECK(password(std::string(kPasswordBytes.standard, 'p')).ok());
  CHECK(code_of(password(std::string(kPasswordBytes.standard + 1, 'p'))) == Code::kTooLarge);
}

TEST_CASE("input quoted in an error is short and has no control characters", "[contract][G49]") {
  CHECK(shown("abc") == "abc");
  CHECK(shown("a\x1B[2Jb\x7F") == "a?[2Jb?");
  CHECK(shown(std::string(100, 'x')) == std::string(32, 'x') + "...");
  CHECK(shown(std::string(31, 'x') + "é") == std::string(31, 'x') + "...");  // no half letter
  CHECK(shown("\xFF") == "?");
}
