#include <catch2/catch.hpp>

#include "tests/gateway/http/http_rig.h"

namespace mpim {
namespace {

using std::chrono::steady_clock;

std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n";
}
const std::string kClose = "Connection: close\r\n";

// Sends a byte each 20 ms until the server answers; answers the answer.
std::string drip(ClientSocket& client, char byte) {
  while (client.silent(20)) client.send(std::string(1, byte));
  return client.rest();
}

// `count` pieces of `bytes` each.
class Pieces final : public HttpBodySource {
 public:
  Pieces(int count, size_t bytes) : count_(count), bytes_(bytes) {}
  void next(Part part) override { part(count_-- > 0 ? std::string(bytes_, 'p') : std::string()); }

 private:
  int count_;
  const size_t bytes_;
};

}  // namespace

TEST_CASE("requests sent at once are answered one after another, in order", "[gateway]") {
  HttpEcho rig;
  rig.start();
  ClientSocket client(rig.address);
  client.send(get("/path/1") + get("/later") + get("/path/2") + get("/path/3", kClose));
  REQUIRE(comes_true(rig.loop, [&] { return rig.kept.size() == 1; }));
  CHECK(rig.seen() == std::vector<std::string>{"/path/1", "/later"});
  ask(rig.loop, [&] { rig.kept[0]({200, "waited for", "text/plain"}); });
  const std::string answers = client.rest();
  const size_t second = answers.find("waited for");
  CHECK(answers.find("/path/1?") < second);
  CHECK(second < answers.find("/path/2?"));
  CHECK(answers.ends_with("/path/3?"));
}

TEST_CASE("what a client that has ended its side asked for is still answered", "[gateway]") {
  HttpEcho rig;
  rig.start();
  ClientSocket client(rig.address);
  client.send(get("/path/1") + get("/path/2"));
  client.half_close();
  const std::string answers = client.rest();
  CHECK(answers.find("/path/1?") != answers.npos);
  CHECK(answers.ends_with("/path/2?"));
}

TEST_CASE("HTTP/1.0 closes unless it is asked to stay", "[gateway]") {
  HttpEcho rig;
  rig.start();
  ClientSocket once(rig.address);
  once.send("GET /path/1 HTTP/1.0\r\n\r\n");
  CHECK(once.rest().find("\r\nConnection: close\r\n") != std::string::npos);
  ClientSocket stays(rig.address);
  stays.send("GET /path/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get("/path/2", kClose));
  const std::string answers = stays.rest();
  CHECK(answers.find("\r\nConnection: keep-alive\r\n") != answers.npos);
  CHECK(answers.ends_with("/path/2?"));
}

TEST_CASE("an answer to HEAD has no body, and the next answer follows at once", "[gateway]") {
  HttpEcho rig;
  rig.start();
  ClientSocket client(rig.address);
  client.send("HEAD /path/1 HTTP/1.1\r\nHost: t\r\n\r\n" + get("/path/2", kClose));
  const std::string answers = client.rest();
  CHECK(answers.find("Content-Length: 8\r\n\r\nHTTP/1.1 200 OK\r\n") != answers.npos);
}

TEST_CASE("who waits for 100 Continue gets it, unless he is refused first", "[gateway]") {
  HttpEcho rig({.body_bytes_max = 1'000});
  rig.start();
  const auto post = [](const std::string& path, int bytes) {
    return "POST " + path + " HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: " +
           std::to_string(bytes) + "\r\n\r\n";
  };
  ClientSocket client(rig.address);
  client.send(post("/echo", 5));
  CHECK(client.line() == "HTTP/1.1 100 Continue");
  CHECK(client.line() == "");
  client.send("hello");
  CHECK(client.line() == "HTTP/1.1 200 OK");
  ClientSocket large(rig.address);
  large.send(post("/echo", 1'001));
  CHECK(large.rest().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
  ClientSocket lost(rig.address);
  lost.send(post("/nowhere", 5));
  CHECK(lost.rest().starts_with("HTTP/1.1 404 Not Found\r\n"));
}

TEST_CASE("a head that drips is ended with 408, by the time its first byte allows",
          "[gateway][G25]") {
  HttpEcho rig({.timeout = Millis(500)});
  rig.start();
  ClientSocket client(rig.address);
  client.send("GET /path/1 HTTP/1.1\r\nHost: t\r\nX: ");
  const auto start = steady_clock::now();
  const std::string answer = drip(client, 'x');
  CHECK(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  CHECK(answer.find("\"code\":\"DEADLINE\"") != answer.npos);
  CHECK(steady_clock::now() - start < std::chrono::seconds(10));
  // One that says nothing is told nothing.
  ClientSocket silent(rig.address);
  CHECK(silent.rest().empty());
}

TEST_CASE("a body that drips is ended with 408, a fast one is not", "[gateway][G25]") {
  HttpEcho rig({.body_bytes_per_s_min = 1'000, .timeout = Millis(500)});
  rig.start();
  const std::string framing =
      GENERATE("Content-Length: 60000\r\n", "Transfer-Encoding: chunked\r\n");
  ClientSocket client(rig.address);
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\n" + framing + "\r\n");
  if (framing.starts_with("T")) client.send("EA60\r\n");
  const auto start = steady_clock::now();
  CHECK(drip(client, 'x').starts_with("HTTP/1.1 408 "));
  CHECK(steady_clock::now() - start < std::chrono::seconds(10));
  CHECK(rig.seen().empty());
  ClientSocket fast(rig.address);
  fast.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 60000\r\n\r\n");
  for (int i = 0; i < 60; ++i) {
    fast.send(std::string(1'000, 'x'));
    fast.silent(20);
  }
  CHECK(fast.line() == "HTTP/1.1 200 OK");
}

TEST_CASE("a chunked body has the bound of a sized one", "[gateway][G25]") {
  HttpEcho rig({.body_bytes_max = 1'000});
  rig.start();
  const auto chunks = [](int bytes) {
    std::string text =
        "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n" + kClose + "\r\n";
    for (int i = 0; i < bytes; ++i) text += "1\r\nx\r\n";
    return text + "0\r\n\r\n";
  };
  ClientSocket fits(rig.address);
  fits.send(chunks(1'000));
  CHECK(fits.rest().starts_with("HTTP/1.1 200 "));
  ClientSocket more(rig.address);
  more.send(chunks(1'001));
  CHECK(more.rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("who is refused in the middle of what he sends still reads why", "[gateway][G25]") {
  HttpEcho rig({.body_bytes_max = 1'000});
  rig.start();
  ClientSocket client(rig.address);
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5000000\r\n\r\n" +
              std::string(5'000'000, 'x'));
  CHECK(client.rest().starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a body made while it is sent has its length, or its connection is cut",
          "[gateway][G50]") {
  HttpEcho rig;
  const auto serve = [&](const std::string& path, int pieces, uint64_t bytes) {
    rig.server.route(HttpMethod::kGet, path, [=](const HttpRequest&, HttpResponder to) {
      HttpAnswer answer{200, "", "text/plain"};
      answer.source = std::make_shared<Pieces>(pieces, 100'000);
      answer.source_bytes = bytes;
      to(std::move(answer));
    });
  };
  serve("/whole", 50, 5'000'000);
  serve("/short", 49, 5'000'000);
  serve("/long", 51, 5'000'000);
  rig.start();
  ClientSocket whole(rig.address);
  whole.send(get("/whole") + get("/path/next", kClose));
  const std::string got = whole.rest();
  CHECK(got.find(std::string(5'000, 'p') + "HTTP/1.1 200 OK") != got.npos);
  CHECK(got.size() > 5'000'000);
  for (const char* path : {"/short", "/long"}) {
    ClientSocket cut(rig.address);
    cut.send(get(path) + get("/path/next"));
    CHECK(cut.rest().find("/path/next?") == std::string::npos);
  }
}

TEST_CASE("a client that takes nothing of its answer, or takes it too slowly, is given up",
          "[gateway][G50]") {
  const bool slowly = GENERATE(false, true);
  // No client is as fast as that.
  HttpEcho rig({.body_bytes_per_s_min = 4'000'000'000, .timeout = Millis(200)});
  bool ended = false;
  struct Endless final : HttpBodySource {
    explicit Endless(bool& flag) : gone(flag) {}
    ~Endless() override { gone = true; }
    void next(Part part) override { part(std::string(100'000, 'p')); }
    bool& gone;
  };
  rig.server.route(HttpMethod::kGet, "/endless", [&](const HttpRequest&, HttpResponder to) {
    HttpAnswer answer{200, "", "text/plain"};
    answer.source = std::make_shared<Endless>(ended);
    answer.source_bytes = UINT64_MAX;
    to(std::move(answer));
  });
  rig.start();
  ClientSocket client(rig.address, 4'096);
  client.send(get("/endless"));
  while (slowly && !client.some().empty()) {
  }
  CHECK(comes_true(rig.loop, [&] { return ended; }));
}

}  // namespace mpim
