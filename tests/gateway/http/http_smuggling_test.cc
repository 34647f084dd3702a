// Requests that two readers could understand in two ways, through a real socket.
#include <catch2/catch.hpp>

#include "tests/gateway/http/http_rig.h"

namespace mpim {
namespace {

struct Form {
  const char* what;
  std::string request;
  const char* status = "400";
};

// What a smuggler wants to have served with somebody else's rights.
const std::string kBehind = "GET /path/smuggled HTTP/1.1\r\nHost: t\r\n\r\n";

std::string post(const std::string& headers, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n" + body;
}
std::string chunked(const std::string& body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

std::vector<Form> forms() {
  const std::string many_trailers = [] {
    std::string text;
    for (int i = 0; i < 50; ++i) text += "X: " + std::string(100, 'x') + "\r\n";
    return text;
  }();
  return {
      {"two Content-Length", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")},
      {"the same length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"a list of lengths", post("Content-Length: 5, 5\r\n", "hello")},
      {"a signed length", post("Content-Length: +5\r\n", "hello")},
      {"a negative length", post("Content-Length: -1\r\n", "")},
      {"a length in hex", post("Content-Length: 0x5\r\n", "hello")},
      {"a length that overflows", post("Content-Length: 18446744073709551621\r\n", "hello")},
      {"an empty length", post("Content-Length: \r\n", "hello")},
      {"CL with TE", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {"TE with CL", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n")},
      {"TE twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")},
      {"TE of two codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {"TE unknown", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
      {"TE of HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"TE behind a vertical tab", post("Transfer-Encoding: \x0b"
                                        "chunked\r\n",
                                        "0\r\n\r\n")},
      {"a bare LF behind the request line", "POST /echo HTTP/1.1\nHost: t\r\n\r\n"},
      {"a bare LF behind a header", "GET /path/a HTTP/1.1\r\nHost: t\nX: y\r\n\r\n"},
      {"an empty line of LF alone", "GET /path/a HTTP/1.1\r\nHost: t\r\n\n"},
      {"a bare CR in a header", "GET /path/a HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n"},
      {"a NUL in a header",
       "GET /path/a HTTP/1.1\r\nHost: t\r\nX: a" + std::string(1, '\0') + "\r\n\r\n"},
      {"a blank before the colon", post("Content-Length : 5\r\n", "hello")},
      {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n")},
      {"a header folded over lines", post("X: a\r\n Content-Length: 5\r\n", "hello")},
      {"a header without a colon", post("Content-Length\r\n", "hello")},
      {"a header without a name", post(": 5\r\n", "hello")},
      {"a blank before the first header", "GET /path/a HTTP/1.1\r\n Host: t\r\n\r\n"},
      {"no Host", "GET /path/a HTTP/1.1\r\n\r\n"},
      {"two Host", "GET /path/a HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n"},
      {"HTTP/0.9", "GET /path/a\r\n\r\n"},
      {"HTTP/2.0", "GET /path/a HTTP/2.0\r\nHost: t\r\n\r\n", "505"},
      {"two blanks in the request line", "GET  /path/a HTTP/1.1\r\nHost: t\r\n\r\n"},
      {"a head over 16 KiB",
       "GET /path/a HTTP/1.1\r\nHost: t\r\nX: " + std::string(16'384, 'x') + "\r\n\r\n", "431"},
      {"a chunk without a size", chunked("\r\nhello\r\n0\r\n\r\n")},
      {"a chunk's size that is none", chunked("zz\r\n")},
      {"a chunk's size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"a signed chunk's size", chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"a negative chunk's size", chunked("-5\r\nhello\r\n0\r\n\r\n")},
      {"a chunk's size of 9 digits", chunked("000000005\r\nhello\r\n0\r\n\r\n")},
      {"a chunk's size that overflows", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n")},
      {"a blank before a chunk's size", chunked(" 5\r\nhello\r\n0\r\n\r\n")},
      {"a chunk longer than its size", chunked("5\r\nhello!\r\n0\r\n\r\n")},
      {"a chunk's size ended by LF", chunked("5\nhello\r\n0\r\n\r\n")},
      {"a chunk ended by LF", chunked("5\r\nhello\n0\r\n\r\n")},
      {"a chunk's size ended by CR", chunked("5\rhello\r\n0\r\n\r\n")},
      {"a bare CR in an extension", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n")},
      {"an extension ended by LF", chunked("5;a=b\nhello\r\n0\r\n\r\n")},
      {"an extension of 300 bytes",
       chunked("5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n")},
      {"an extension without end", chunked("5;" + std::string(1'000, 'x'))},
      {"the end of LF alone", chunked("5\r\nhello\r\n0\r\n\n")},
      {"a trailer without a colon", chunked("0\r\nnonsense\r\n\r\n")},
      {"a trailer with a blank before the colon", chunked("0\r\nX : y\r\n\r\n")},
      {"trailers over 4 KiB", chunked("0\r\n" + many_trailers + "\r\n")},
  };
}

}  // namespace

TEST_CASE("a request with two readings is refused, and nothing behind it is served",
          "[gateway][G25]") {
  HttpEcho rig;
  rig.start();
  for (const Form& form : forms()) {
    INFO(form.what);
    ClientSocket client(rig.address);
    client.send(form.request + kBehind + kBehind);
    const std::string answer = client.rest();  // ends: the connection is not kept
    CHECK(answer.starts_with("HTTP/1.1 " + std::string(form.status) + " "));
    CHECK(answer.find("\r\nConnection: close\r\n") != answer.npos);
    CHECK(answer.find("}\nHTTP/1.1") == answer.npos);
    CHECK(answer.find("{\"code\":\"") != answer.npos);
  }
  CHECK(rig.seen().empty());
}

TEST_CASE("what has one reading is served, odd as it looks", "[gateway][G25]") {
  HttpEcho rig;
  rig.start();
  const std::vector<std::string> odd = {
      chunked("5;name=value;other=\"a;b\"\r\nhello\r\n0\r\n\r\n"),
      chunked("00000005\r\nhello\r\n000\r\nX-Sum: 1\r\n\r\n"),
      chunked("2\r\nhe\r\n3 ;x\r\nllo\r\n0\r\n\r\n"),
      post("content-LENGTH:5\r\n", "hello"),
      post("TRANSFER-encoding: CHUNKED\r\n", "5\r\nhello\r\n0\r\n\r\n"),
      "\r\n" + post("Content-Length: 5\r\n", "hello"),
      "POST http://t/echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello",
  };
  for (const std::string& request : odd) {
    INFO(request);
    ClientSocket client(rig.address);
    client.send(request + "GET /path/next HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    const std::string answers = client.rest();
    CHECK(answers.find("\r\n\r\nhelloHTTP/1.1 200 OK\r\n") != answers.npos);
    CHECK(answers.ends_with("\r\n\r\n/path/next?"));
  }
}

}  // namespace mpim
