#include "server/protocol/http/http_head.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

using namespace std::string_literals;

constexpr size_t kBytesMax = 16'384;

// A good head with these lines in it.
std::string get_with(const std::string& lines) {
  return "GET /a HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n";
}

Error refused(std::string_view text, size_t bytes_max = kBytesMax) {
  const auto taken = take_http_head(text, bytes_max);
  INFO(text);
  REQUIRE_FALSE(taken.ok());
  CHECK_FALSE(taken.error().message.empty());
  return taken.error();
}

struct Bad {
  std::string text;
  std::string sentence;
};

void check_all(const std::vector<Bad>& all) {
  for (const Bad& one : all) {
    const Error why = refused(one.text);
    CHECK(why.code == Code::kBadRequest);
    CHECK(http_status_of_head(why) == 400);
    CHECK(why.message == one.sentence);
  }
}

TEST_CASE("a head is read, and what lies behind it stays", "[protocol][http]") {
  std::string_view bytes =
      "POST /a/b?x=1&y HTTP/1.1\r\nHost: chat.example:8080\r\nCONTENT-Length:  5 \r\n"
      "Accept: a\r\naccept: b\r\nX-Name: \xc3\xa9\r\n\r\nhello";
  const auto head = take_http_head(bytes, kBytesMax);
  REQUIRE(head.ok());
  REQUIRE(head->has_value());
  CHECK(bytes == "hello");
  CHECK((*head)->method == "POST");
  CHECK((*head)->path == "/a/b");
  CHECK((*head)->query == "x=1&y");
  CHECK((*head)->header("host") == "chat.example:8080");
  CHECK((*head)->header("accept") == "a, b");
  CHECK((*head)->header("x-name") == "\xc3\xa9");
  CHECK((*head)->header("none").empty());
  CHECK((*head)->content_length() == 5);
  CHECK_FALSE((*head)->chunked());
  CHECK((*head)->keep_alive());
}

TEST_CASE("a head that came in part is waited for", "[protocol][http]") {
  const std::string whole = "\r\n" + get_with("A: b\r\n");
  for (size_t length = 0; length < whole.size(); ++length) {
    std::string_view bytes = std::string_view(whole).substr(0, length);
    const auto head = take_http_head(bytes, kBytesMax);
    REQUIRE(head.ok());
    CHECK_FALSE(head->has_value());
    CHECK(bytes.size() == length);
  }
  CHECK(read_http_head(whole).ok());
  CHECK_FALSE(read_http_head(whole.substr(0, whole.size() - 1)).ok());
}

TEST_CASE("a head may be as long as its bound and no longer", "[protocol][http]") {
  const std::string whole = get_with("");
  std::string_view bytes = whole;
  CHECK(take_http_head(bytes, whole.size()).ok());
  CHECK(refused(whole, whole.size() - 1).code == Code::kTooLarge);
  // Without its end, it is refused as soon as it is too long.
  const std::string part(kBytesMax, 'x');
  bytes = part;
  CHECK(take_http_head(bytes, kBytesMax).ok());
  CHECK(http_status_of_head(refused(part + "x")) == 431);
  CHECK(http_status_of_head(refused("\r\n" + part)) == 431);
}

TEST_CASE("a head may have a hundred headers and no more", "[protocol][http]") {
  std::string lines;
  for (uint32_t i = 1; i < kHttpHeadersMax; ++i) lines += "A: b\r\n";
  CHECK(read_http_head(get_with(lines)).ok());
  CHECK(http_status_of_head(refused(get_with(lines + "A: b\r\n"))) == 431);
}

TEST_CASE("lines end in CR and LF, and have no other control characters", "[protocol][http]") {
  const std::string lf = "a line of a request ends in CR and LF, not in LF alone";
  const std::string cr = "a CR is not followed by its LF";
  check_all({{"GET / HTTP/1.1\n", lf},  // at once: its end would never come
             {"GET / HTTP/1.1\r\nHost: h\n\n", lf},
             {get_with("A: b\nB: c\r\n"), lf},
             {get_with("A: b\rB: c\r\n"), cr},
             {get_with("A: b\r\r\n"), cr},
             {"GET / HTTP/1.1\r\nHost: h\r\r\n\r\n", cr},
             {get_with("A: \0b\r\n"s), "a request's head has a NUL"},
             {"\0"s, "a request's head has a NUL"},
             {get_with("A: b\x01\r\n"), "a head has a control character"},
             {get_with("A: b\x7f\r\n"), "a head has a control character"}});
}

TEST_CASE("a header is a token, a colon and a value, on one line", "[protocol][http]") {
  const std::string blank = "a header's colon follows its name without a blank";
  const std::string name = "a header's name has a character that no name has";
  const std::string folded = "a header may not be folded over lines";
  check_all({{get_with("A : b\r\n"), blank},
             {get_with("A\t: b\r\n"), blank},
             {get_with("A: b\r\n c\r\n"), folded},
             {get_with("A: b\r\n\tc\r\n"), folded},
             {get_with("A b: c\r\n"), name},
             {get_with(": c\r\n"), name},
             {get_with("(A): c\r\n"), name},
             {get_with("\xc3\xa9: c\r\n"), name},
             {get_with("no colon\r\n"), "a header is a name, a colon and a value"}});
}

TEST_CASE("a request names its server once", "[protocol][http]") {
  check_all({{"GET / HTTP/1.1\r\n\r\n", "a request of HTTP/1.1 has a Host"},
             {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "Host is empty"},
             {"GET / HTTP/1.1\r\nHost: \t \r\n\r\n", "Host is empty"},
             {get_with("Host: h\r\n"), "a header comes twice: host"},
             {get_with("HOST: other\r\n"), "a header comes twice: host"},
             {"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "Host is a name and a port"},
             {"GET / HTTP/1.1\r\nHost: me@h\r\n\r\n", "Host is a name and a port"}});
  CHECK(read_http_head("GET / HTTP/1.0\r\n\r\n").ok());
  CHECK(read_http_head("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n").ok());
  const auto proxied = read_http_head("GET http://real:1?q HTTP/1.1\r\nHost: other\r\n\r\n");
  CHECK_FALSE(proxied.ok());  // a target without a path
  const auto whole = read_http_head("GET http://real:1/p?q HTTP/1.1\r\nHost: other\r\n\r\n");
  REQUIRE(whole.ok());
  CHECK(whole->header("host") == "real:1");
  CHECK(whole->path == "/p");
  CHECK(whole->query == "q");
}

TEST_CASE("a body's end is said once", "[protocol][http]") {
  const std::string both = "a request has one Content-Length or one Transfer-Encoding, not both";
  const std::string number = "Content-Length must be a number";
  const std::string chunked = "Transfer-Encoding may be chunked alone";
  check_all({{get_with("Content-Length: 1\r\nContent-Length: 1\r\n"),
              "a header comes twice: content-length"},
             {get_with("Content-Length: 1\r\ncontent-length: 2\r\n"),
              "a header comes twice: content-length"},
             {get_with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), both},
             {get_with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"), both},
             {get_with("Content-Length: 1, 1\r\n"), number},
             {get_with("Content-Length: +1\r\n"), number},
             {get_with("Content-Length: -1\r\n"), number},
             {get_with("Content-Length: 0x1\r\n"), number},
             {get_with("Content-Length: 1 1\r\n"), number},
             {get_with("Content-Length:\r\n"), number},
             {get_with("Content-Length: 18446744073709551616\r\n"), number},
             {get_with("Transfer-Encoding: gzip, chunked\r\n"), chunked},
             {get_with("Transfer-Encoding: chunked, chunked\r\n"), chunked},
             {get_with("Transfer-Encoding: identity\r\n"), chunked},
             {get_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
              "a header comes twice: transfer-encoding"},
             {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
              "HTTP/1.0 has no Transfer-Encoding"}});
  const auto head = read_http_head(get_with("Transfer-Encoding: Chunked\r\n"));
  REQUIRE(head.ok());
  CHECK(head->chunked());
}

TEST_CASE("a request line has three words", "[protocol][http]") {
  const std::string line = "a request begins with its method, its target and HTTP/1.1";
  const std::string coded = "a request's target has a character that must be percent-encoded";
  const std::string path = "a request's target is a path that begins with /";
  const std::string rest = "\r\nHost: h\r\n\r\n";
  check_all({{"GET" + rest, line},
             {"GET /" + rest, line},
             {" / HTTP/1.1" + rest, line},
             {"G(T / HTTP/1.1" + rest, line},
             {"GET / http/1.1" + rest, line},
             {"GET /a b HTTP/1.1" + rest, coded},
             {"GET  / HTTP/1.1" + rest, coded},
             {"GET /\xc3\xa9 HTTP/1.1" + rest, coded},
             {"GET /a#b HTTP/1.1" + rest, coded},
             {"GET a HTTP/1.1" + rest, path},
             {"GET * HTTP/1.1" + rest, path},
             {"CONNECT h:80 HTTP/1.1" + rest, path},
             {"GET http:///a HTTP/1.1" + rest, "a request's target names no server"}});
  for (const std::string version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"}) {
    const Error why = refused("GET / " + version + rest);
    CHECK(why.code == Code::kVersion);
    CHECK(http_status_of_head(why) == 505);
  }
  CHECK(read_http_head("OPTIONS * HTTP/1.1" + rest).ok());
}

TEST_CASE("a connection is kept as its version and its client say", "[protocol][http]") {
  const auto keeps = [](const std::string& version, const std::string& lines) {
    return read_http_head("GET / HTTP/" + version + "\r\nHost: h\r\n" + lines + "\r\n")
        ->keep_alive();
  };
  CHECK(keeps("1.1", ""));
  CHECK_FALSE(keeps("1.1", "Connection: TE, Close\r\n"));
  CHECK_FALSE(keeps("1.0", ""));
  CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

}  // namespace
}  // namespace mpim
