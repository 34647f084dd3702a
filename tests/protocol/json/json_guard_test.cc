#include "server/protocol/json/json_guard.h"

#include <catch2/catch.hpp>
#include <string>

using namespace mpim;

namespace {

std::string said(std::string_view text, uint32_t depth_max = 4) {
  const Result<void> guarded = guard_json(text, depth_max);
  if (guarded.ok()) return "ok";
  return std::string(name_of(guarded.error().code)) + ": " + guarded.error().message;
}

std::string nested(char open, char close, size_t depth) {
  return std::string(depth, open) + std::string(depth, close);
}

}  // namespace

TEST_CASE("the guard takes JSON of whole numbers", "[protocol][json]") {
  for (const std::string_view text :
       {"{}", "[]", "0", "-1", "18446744073709551616", "\"\"", "true", "false", "null",
        " { \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"\\u00e9\\ud83d\\ude00\" } ",
        R"({"a":{"a":{"a":1}},"A":1})"}) {
    CAPTURE(text);
    CHECK(said(text) == "ok");
  }
}

TEST_CASE("the guard's depth is taken, and one more refused", "[protocol][json]") {
  CHECK(said(nested('[', ']', 4)) == "ok");
  CHECK(said(nested('[', ']', 5)) == "BAD_REQUEST: over 4 levels of arrays and objects");
  CHECK(said(R"({"a":{"a":{"a":{}}}})") == "ok");
  CHECK(said(R"({"a":{"a":{"a":[{}]}}})") == "BAD_REQUEST: over 4 levels of arrays and objects");
  CHECK(said(R"([[[[]]],[[[]]]])") == "ok");  // beside each other is not in each other
}

TEST_CASE("a million levels take no stack", "[protocol][json]") {
  const std::string deep = nested('[', ']', 1'000'000);
  CHECK(said(deep) == "BAD_REQUEST: over 4 levels of arrays and objects");
  CHECK(said(deep, 2'000'000) == "ok");
  JsonCursor cursor(deep);
  CHECK(skip_value(cursor).ok());
  CHECK(cursor.done());
}

TEST_CASE("a key stands once in its object", "[protocol][json]") {
  CHECK(said(R"({"a":1,"a":1})") == "BAD_REQUEST: 'a' is there twice");
  CHECK(said(R"({"a":1,"\u0061":1})") == "BAD_REQUEST: 'a' is there twice");
  CHECK(said(R"([{"b":{"c":1,"d":[],"c":2}}])") == "BAD_REQUEST: 'c' is there twice");
  CHECK(said(R"({"":1,"":2})") == "BAD_REQUEST: '' is there twice");
  CHECK(said(R"([{"a":1},{"a":1}])") == "ok");
  CHECK(said(R"({"a":{"a":{}},"b":{"a":{}}})") == "ok");
}

TEST_CASE("a key of a hundred thousand that stands twice is found", "[protocol][json]") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"key " + std::to_string(i) + "\":0,";
  CHECK(said(text + "\"last\":0}") == "ok");
  CHECK(said(text + "\"key 77777\":0}") == "BAD_REQUEST: 'key 77777' is there twice");
}

TEST_CASE("the guard refuses fractions and exponents by their field", "[protocol][json]") {
  CHECK(said(R"({"a":1,"toUserId":1002.0})") ==
        "BAD_REQUEST: 'toUserId': 1002.0 is no whole number");
  CHECK(said(R"({"ids":[1,2e3]})") == "BAD_REQUEST: 'ids': 2e3 is no whole number");
  CHECK(said("1E+2") == "BAD_REQUEST: the value 1E+2 is no whole number");
}

TEST_CASE("the guard refuses what is no text", "[protocol][json]") {
  CHECK(said("\"\xFF\"") == "BAD_TEXT: the text is not valid UTF-8, or has a NUL in it");
  CHECK(said(std::string("\"a\0b\"", 5)) ==
        "BAD_TEXT: the text is not valid UTF-8, or has a NUL in it");
  CHECK(said(R"("\u0000")") == "BAD_TEXT: the text has a NUL in it");
  CHECK(said(R"({"\ud800":1})") == "BAD_TEXT: a \\u escape is half of a surrogate pair");
}
