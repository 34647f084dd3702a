#include "server/gateway/http/http_server.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "server/gateway/http/http_api.h"
#include "server/gateway/socket_address.h"
#include "server/gateway/transport/arrival.h"
#include "tests/gateway/gateway_rig.h"
#include "tests/gateway/whole_stack.h"

namespace mpim {
namespace {

// A server with the node's own routes and a few more, and what its handlers saw.
struct HttpRig {
  explicit HttpRig(HttpServerOptions options = {}) : server(loop, options) {
    add_http_api(server, {[this] { return health; }, [this] { return health; }});
    server.route(HttpMethod::kPost, "/echo", [](const HttpRequest& request, HttpResponder respond) {
      respond({200, std::string(request.body), "text/plain"});
    });
    server.route_prefix(
        HttpMethod::kPost, "/later/",
        [this](const HttpRequest&, HttpResponder respond) { kept.push_back(std::move(respond)); });
    server.route(HttpMethod::kGet, "/dropped", [](const HttpRequest&, HttpResponder) {});
    server.route(HttpMethod::kGet, "/who", [](const HttpRequest& request, HttpResponder respond) {
      const bool same = request.credentials && request.credentials->uid == ::getuid() &&
                        request.credentials->pid == ::getpid();
      respond({200, request.credentials ? (same ? "me" : "other") : "nobody", "text/plain"});
    });
  }
  ~HttpRig() { loop.stop(); }
  void start_tcp() {
    const Result<std::string> got = server.listen_on_tcp("127.0.0.1:0");
    REQUIRE(got.ok());
    address = *got;
    loop.start();
  }
  // One request on its own connection.
  std::string ask_for(const std::string& head, const std::string& body = "") {
    ClientSocket client(address);
    client.send(head + "Host: test\r\nConnection: close\r\n\r\n" + body);
    return client.rest();
  }

  std::vector<HealthCheck> health{{"store", true, "2 ms"}};
  EventLoop loop{"http"};
  HttpServer server;
  std::vector<HttpResponder> kept;
  std::string address;
};

std::string body_of(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

TEST_CASE("/healthz says ok or degraded, with its checks", "[gateway][O23]") {
  HttpRig rig;
  rig.start_tcp();
  std::string answer = rig.ask_for("GET /healthz HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  auto told = nlohmann::json::parse(body_of(answer));
  CHECK(told["status"] == "ok");
  CHECK(told["checks"][0]["name"] == "store");
  ask(rig.loop, [&] { return rig.health[0] = {"store", false, "disk full"}, 0; });
  answer = rig.ask_for("GET /readyz HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 503 "));
  told = nlohmann::json::parse(body_of(answer));
  CHECK(told["status"] == "degraded");
  CHECK_FALSE(told["checks"][0].contains("detail"));  // that is for operators
}

TEST_CASE("/metrics is Prometheus text", "[gateway][O10]") {
  HttpRig rig;
  rig.start_tcp();
  const std::string answer = rig.ask_for("GET /metrics HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.find("Content-Type: text/plain; version=0.0.4") != std::string::npos);
  CHECK(body_of(answer).find("# TYPE mpim_requests_total counter") != std::string::npos);
}

TEST_CASE("HEAD answers the head of GET and no body", "[gateway]") {
  HttpRig rig;
  rig.start_tcp();
  const std::string answer = rig.ask_for("HEAD /healthz HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 200 "));
  CHECK(answer.find("Content-Length: ") != std::string::npos);
  CHECK(answer.find("Content-Length: 0") == std::string::npos);
  CHECK(body_of(answer).empty());
}

TEST_CASE("unknown paths get 404 and wrong methods 405, in JSON", "[gateway][G49]") {
  HttpRig rig;
  rig.start_tcp();
  std::string answer = rig.ask_for("GET /nowhere HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 404 "));
  CHECK(nlohmann::json::parse(body_of(answer))["code"] == "NOT_FOUND");
  answer = rig.ask_for("POST /healthz HTTP/1.1\r\nContent-Length: 0\r\n");
  CHECK(answer.starts_with("HTTP/1.1 405 "));
  CHECK(answer.find("Allow: GET, HEAD") != std::string::npos);
  CHECK(nlohmann::json::parse(body_of(answer))["code"] == "BAD_REQUEST");
  answer = rig.ask_for("GET /nowhere%22%ff HTTP/1.1\r\n");
  CHECK(nlohmann::json::parse(body_of(answer))["code"] == "NOT_FOUND");
}

TEST_CASE("a body arrives whole, also in chunks, and several requests share a connection",
          "[gateway]") {
  HttpRig rig;
  rig.start_tcp();
  ClientSocket client(rig.address);
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
  std::string all;
  while (all.find("hello") == std::string::npos) all += client.some();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      "3\r\nbye\r\n3\r\nbye\r\n0\r\n\r\n");
  CHECK(body_of(client.rest()) == "byebye");
}

TEST_CASE("a body over the limit is refused with 413", "[gateway][G25]") {
  HttpServerOptions options;
  options.body_bytes_max = 1'000;
  HttpRig rig(options);
  rig.start_tcp();
  CHECK(rig.ask_for("POST /echo HTTP/1.1\r\nContent-Length: 1000\r\n", std::string(1'000, 'x'))
            .starts_with("HTTP/1.1 200 "));
  CHECK(rig.ask_for("POST /echo HTTP/1.1\r\nContent-Length: 1001\r\n", std::string(1'001, 'x'))
            .starts_with("HTTP/1.1 413 "));
}

TEST_CASE("above connections_max who asks nothing makes room, the one before the others",
          "[gateway][G43]") {
  HttpServerOptions options;
  options.connections_max = 2;
  HttpRig rig(options);
  rig.start_tcp();
  const std::string ask = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n";
  // Half a head, or a head whose body never comes.
  const std::string begun =
      GENERATE("GET /healthz HTTP/1.1\r\nHost:",
               "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n",
               "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nhalf");
  ClientSocket half(rig.address);
  half.send(begun);
  ClientSocket idle(rig.address);
  idle.send(ask);
  REQUIRE(idle.line() == "HTTP/1.1 200 OK");
  ClientSocket third(rig.address);
  third.send(ask);
  CHECK(third.line() == "HTTP/1.1 200 OK");
  CHECK(half.rest().empty());
  ClientSocket fourth(rig.address);
  fourth.send(ask);
  CHECK(fourth.line() == "HTTP/1.1 200 OK");
  third.send("GET /healthz HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  CHECK(third.rest().find("HTTP/1.1 200 OK") != std::string::npos);
}

TEST_CASE("above connections_max who has not arrived makes room too", "[gateway][G43]") {
  const auto how = std::make_shared<ArrivalOptions>();
  how->proxy_from = std::make_shared<NetList>(NetList::parse("127.0.0.0/8").value());
  how->proxy_timeout = Millis(60'000);
  HttpServerOptions options;
  options.connections_max = 2;
  options.how = how;
  HttpRig rig(options);
  rig.start_tcp();
  ClientSocket silent(rig.address);
  ClientSocket half(rig.address);
  half.send("PROXY TCP4 ");
  ClientSocket client(rig.address);
  client.send("PROXY UNKNOWN\r\nGET /healthz HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  CHECK(client.rest().starts_with("HTTP/1.1 200 "));
  CHECK(silent.rest().empty());
}

TEST_CASE("above connections_max a connection gets 503 when all are being served",
          "[gateway][G43]") {
  HttpServerOptions options;
  options.connections_max = 2;
  HttpRig rig(options);
  rig.start_tcp();
  const std::string later = "POST /later/on HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n";
  ClientSocket first(rig.address);
  ClientSocket second(rig.address);
  first.send(later);
  second.send(later);
  REQUIRE(comes_true(rig.loop, [&] { return rig.kept.size() == 2; }));
  ClientSocket third(rig.address);
  const std::string refused = third.rest();
  CHECK(refused.starts_with("HTTP/1.1 503 "));
  CHECK(nlohmann::json::parse(body_of(refused))["code"] == "BUSY");
  CHECK(rig.server.connections() == 2);
  ask(rig.loop, [&] { rig.kept[0]({200, "waited for", "text/plain"}); });
  CHECK(first.line() == "HTTP/1.1 200 OK");
  CHECK(rig.ask_for("GET /healthz HTTP/1.1\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_CASE("a request whose end is ambiguous is refused and its connection closed",
          "[gateway][G25]") {
  HttpRig rig;
  rig.start_tcp();
  const std::string ambiguous =
      GENERATE("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
               "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
               "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  ClientSocket client(rig.address);
  client.send("POST /echo HTTP/1.1\r\nHost: t\r\n" + ambiguous);
  const std::string answer = client.rest();  // ends: the connection is not kept
  CHECK(answer.starts_with("HTTP/1.1 400 "));
  CHECK(answer.find("hello") == std::string::npos);
}

TEST_CASE("an answer may come later, from any thread", "[gateway]") {
  HttpRig rig;
  rig.start_tcp();
  ClientSocket client(rig.address);
  client.send(
      "POST /later/x HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  REQUIRE(comes_true(rig.loop, [&] { return rig.kept.size() == 1; }));
  HttpResponder respond = ask(rig.loop, [&] { return std::move(rig.kept[0]); });
  respond({200, "at last", "text/plain"});
  CHECK(body_of(client.rest()) == "at last");
}

TEST_CASE("a request whose responder dies is answered with 500", "[gateway][G49]") {
  HttpRig rig;
  rig.start_tcp();
  const std::string answer = rig.ask_for("GET /dropped HTTP/1.1\r\n");
  CHECK(answer.starts_with("HTTP/1.1 500 "));
  CHECK(nlohmann::json::parse(body_of(answer))["code"] == "INTERNAL");
}

TEST_CASE("an answer for a client or a server that has gone is dropped", "[gateway][G50]") {
  EventLoop loop("http");
  std::vector<HttpResponder> kept;
  {
    HttpServer server(loop, {});
    server.route(HttpMethod::kGet, "/later", [&](const HttpRequest&, HttpResponder respond) {
      kept.push_back(std::move(respond));
    });
    const Result<std::string> address = server.listen_on_tcp("127.0.0.1:0");
    REQUIRE(address.ok());
    loop.start();
    ClientSocket first(*address);
    first.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n");
    ClientSocket second(*address);
    second.send("GET /later HTTP/1.1\r\nHost: t\r\n\r\n");
    REQUIRE(comes_true(loop, [&] { return kept.size() == 2; }));
    first.reset();
    ask(loop, [&] { return kept.front()({200, "for nobody", "text/plain"}), 0; });
    loop.stop();
  }
  kept.back()({200, "too late", "text/plain"});
  kept.clear();
}

TEST_CASE("a Unix socket is private, tells who asks, and goes with its server", "[gateway]") {
  const ScratchDirectory scratch;
  const std::string path = scratch.path + "/run/admin.sock";
  {
    HttpRig rig;
    REQUIRE(rig.server.listen_on_unix(path).ok());
    rig.loop.start();
    rig.address = path;
    struct stat socket {};
    struct stat directory {};
    REQUIRE(::stat(path.c_str(), &socket) == 0);
    REQUIRE(::stat((scratch.path + "/run").c_str(), &directory) == 0);
    CHECK((socket.st_mode & 0777) == 0600);
    CHECK((directory.st_mode & 0777) == 0700);
    CHECK(body_of(rig.ask_for("GET /who HTTP/1.1\r\n")) == "me");
    CHECK(body_of(rig.ask_for("GET /readyz HTTP/1.1\r\n")).find("\"detail\":\"2 ms\"") !=
          std::string::npos);
    // Somebody answers: a second server does not take the path away.
    const Result<UniqueFd> second = listen_unix(path);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Code::kUnavailable);
    CHECK(body_of(rig.ask_for("GET /who HTTP/1.1\r\n")) == "me");
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a socket file left by a killed server is replaced, and no other file ever",
          "[gateway]") {
  const ScratchDirectory scratch;
  const std::string path = scratch.path + "/admin.sock";
  { const Result<UniqueFd> killed = listen_unix(path); }  // closed, its file left behind
  REQUIRE(std::filesystem::exists(path));
  CHECK(listen_unix(path).ok());
  const std::string precious = scratch.path + "/precious";
  { const UniqueFd file(::creat(precious.c_str(), 0600)); }
  CHECK(listen_unix(precious).error().code == Code::kUnavailable);
  CHECK(std::filesystem::exists(precious));
  CHECK(listen_unix("/tmp/" + std::string(200, 'x')).error().code == Code::kBadRequest);
}

TEST_CASE("over TCP nobody has credentials", "[gateway]") {
  HttpRig rig;
  rig.start_tcp();
  CHECK(body_of(rig.ask_for("GET /who HTTP/1.1\r\n")) == "nobody");
}

}  // namespace
}  // namespace mpim
