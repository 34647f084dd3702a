#include "server/gateway/http/http_body.h"

#include <catch2/catch.hpp>

namespace mpim {
namespace {

HttpBody chunked_body() {
  return HttpBody(
      read_http_head("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n").value());
}

}  // namespace

TEST_CASE("a chunked body is the same, however its bytes are cut", "[gateway]") {
  const std::string wire = "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\nnext";
  for (size_t cut = 1; cut <= wire.size(); ++cut) {
    HttpBody body = chunked_body();
    std::string content;
    std::string held;
    size_t at = 0;
    while (!body.done() && at < wire.size()) {
      held += wire.substr(at, cut);
      at += cut;
      std::string_view bytes = held;
      const Result<std::string> part = body.take(bytes);
      REQUIRE(part.ok());
      content += *part;
      held = std::string(bytes);
    }
    CHECK(body.done());
    CHECK(content == "hello!");
    CHECK(std::string("next").starts_with(held));
  }
}

TEST_CASE("a chunk's line and the trailers have their bounds, and one byte past them is refused",
          "[gateway][G25]") {
  const auto outcome = [](const std::string& wire) {
    HttpBody body = chunked_body();
    std::string_view bytes = wire;
    const Result<std::string> part = body.take(bytes);
    return !part.ok() ? "refused" : body.done() ? "done" : "waits";
  };
  // With its CR, the line has kChunkLineBytes.
  const auto extension = [](size_t bytes) { return "1;" + std::string(bytes - 3, 'x') + "\r\n"; };
  CHECK(outcome(extension(HttpBody::kChunkLineBytes) + "a\r\n0\r\n\r\n") == std::string("done"));
  CHECK(outcome(extension(HttpBody::kChunkLineBytes + 1)) == std::string("refused"));
  CHECK(outcome("1;" + std::string(HttpBody::kChunkLineBytes - 2, 'x')) == std::string("waits"));
  CHECK(outcome("1;" + std::string(HttpBody::kChunkLineBytes - 1, 'x')) == std::string("refused"));
  std::string trailers;
  while (trailers.size() < HttpBody::kTrailerBytes)
    trailers += "X:" + std::string(124, 'x') + "\r\n";
  REQUIRE(trailers.size() == HttpBody::kTrailerBytes);
  CHECK(outcome("0\r\n" + trailers + "\r\n") == std::string("done"));
  CHECK(outcome("0\r\nX" + trailers + "\r\n") == std::string("refused"));
}

}  // namespace mpim
