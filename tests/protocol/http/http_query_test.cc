#include "server/protocol/http/http_query.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

TEST_CASE("a percent code is its byte, and what is none stays", "[protocol][http]") {
  CHECK(percent_decoded("a%2Fb%2f") == "a/b/");
  CHECK(percent_decoded("%E4%BD%A0") == "\xE4\xBD\xA0");
  CHECK(percent_decoded("%00") == std::string(1, '\0'));
  CHECK(percent_decoded("%252F") == "%2F");
  for (const std::string_view text :
       {"", "a+b", "%", "%4", "a%", "%zz", "%+4", "%-1", "% 4", "%0x"})
    CHECK(percent_decoded(text) == text);
  CHECK(percent_decoded("%%41") == "%A");
}

TEST_CASE("a parameter is found by its whole name, and its first value counts",
          "[protocol][http]") {
  CHECK(query_value("a=1&b=2", "b") == "2");
  CHECK(query_value("a=1&a=2", "a") == "1");
  CHECK(query_value("aa=1&&a=", "a") == "");
  CHECK(query_value("a=b=c", "a") == "b=c");
  CHECK(query_value("a=x+y%2Bz%26", "a") == "x y+z&");
  for (const std::string_view query : {"", "a", "a&b=1", "A=1", "%61=1", "b=a=1"})
    CHECK_FALSE(query_value(query, "a").has_value());
}

}  // namespace
}  // namespace mpim
