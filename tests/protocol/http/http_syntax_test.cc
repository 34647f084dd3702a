#include "server/protocol/http/http_syntax.h"

#include <catch2/catch.hpp>
#include <vector>

namespace mpim {
namespace {

std::vector<std::string> elements(std::string_view list, char separator = ',') {
  std::vector<std::string> all;
  while (const auto one = take_list_element(list, separator)) all.emplace_back(*one);
  return all;
}

TEST_CASE("a list is cut at its commas, not at quoted ones", "[protocol][http]") {
  CHECK(elements("a, b\t,c") == std::vector<std::string>{"a", "b", "c"});
  CHECK(elements(", ,a,,") == std::vector<std::string>{"a"});
  CHECK(elements(R"(a="1,2", b="\",", c)") ==
        std::vector<std::string>{R"(a="1,2")", R"(b="\",")", "c"});
  CHECK(elements("a; b = 1 ;c", ';') == std::vector<std::string>{"a", "b = 1", "c"});
  CHECK(elements("\"never closed, b") == std::vector<std::string>{"\"never closed, b"});
  CHECK(elements("\"ends in \\") == std::vector<std::string>{"\"ends in \\"});
  CHECK(elements("").empty());
  CHECK(list_has("keep-alive, Upgrade", "upgrade"));
  CHECK_FALSE(list_has("upgraded", "upgrade"));
}

TEST_CASE("a token has no separators, a number no sign", "[protocol][http]") {
  CHECK(is_http_token("Sec-WebSocket-Key"));
  for (const std::string_view text : {"", "a b", "a:", "a(", "a\"", "\x80"})
    CHECK_FALSE(is_http_token(text));
  CHECK(http_number("18446744073709551615") == UINT64_MAX);
  for (const std::string_view text : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616"})
    CHECK_FALSE(http_number(text).has_value());
  CHECK(http_number("fF", 16) == 255);
}

TEST_CASE("a media type is the same in large letters, and parameters are none of it",
          "[protocol][http]") {
  for (const std::string_view text : {"application/json", "Application/JSON; charset=utf-8",
                                      "application/json\t;a=b;c=d", " APPLICATION/JSON "})
    CHECK(media_type(text) == "application/json");
  CHECK(media_type("application/jsonp") == "application/jsonp");
  CHECK(media_type("; application/json").empty());
  CHECK(media_type("").empty());
}

}  // namespace
}  // namespace mpim
