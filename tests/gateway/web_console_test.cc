#include "server/gateway/web/web_console.h"

#include <catch2/catch.hpp>
#include <regex>

#include "server/gateway/web/web_assets.h"
#include "tests/gateway/gateway_rig.h"

namespace mpim {
namespace {

struct ConsoleRig {
  ConsoleRig() {
    add_web_console(server, [] { return std::string("127.0.0.1:9001"); });
    const Result<std::string> got = server.listen_on_tcp("127.0.0.1:0");
    REQUIRE(got.ok());
    address = *got;
    loop.start();
  }
  ~ConsoleRig() { loop.stop(); }
  std::string get(const std::string& path, const std::string& more = "Host: chat.test:8080\r\n",
                  const std::string& method = "GET") {
    ClientSocket client(address);
    client.send(method + " " + path + " HTTP/1.1\r\n" + more + "Connection: close\r\n\r\n");
    return client.rest();
  }

  EventLoop loop{"http"};
  HttpServer server{loop, {}};
  std::string address;
};

std::string header_of(const std::string& answer, const std::string& name) {
  const size_t begin = answer.find("\r\n" + name + ": ");
  if (begin == std::string::npos) return "";
  const size_t value = begin + name.size() + 4;
  return answer.substr(value, answer.find("\r\n", value) - value);
}

std::string body_of(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? std::string() : answer.substr(end + 4);
}

// Every file that a page or a style sheet names below /assets/.
std::vector<std::string> named_in(const std::string& text) {
  static const std::regex kPath("/assets/[A-Za-z0-9._-]+");
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), kPath), end; at != end; ++at)
    found.push_back(at->str());
  return found;
}

TEST_CASE("the page comes with everything that it names, and each with its type", "[gateway]") {
  ConsoleRig rig;
  const std::string page = rig.get("/");
  CHECK(page.starts_with("HTTP/1.1 200 "));
  CHECK(header_of(page, "Content-Type") == "text/html; charset=utf-8");
  const std::vector<std::string> named = named_in(body_of(page));
  CHECK(named.size() == web_assets().size() - 1);
  for (const std::string& path : named) {
    const std::string asset = rig.get(path);
    INFO(path);
    CHECK(asset.starts_with("HTTP/1.1 200 "));
    CHECK(body_of(asset).size() > 100);
    const std::string type = header_of(asset, "Content-Type");
    if (path.ends_with(".js")) CHECK(type == "text/javascript; charset=utf-8");
    if (path.ends_with(".css")) CHECK(type == "text/css; charset=utf-8");
    if (path.ends_with(".svg")) CHECK(type == "image/svg+xml");
    for (const std::string& further : named_in(body_of(asset)))
      CHECK(rig.get(further).starts_with("HTTP/1.1 200 "));
  }
}

TEST_CASE("the page is small", "[gateway]") {
  size_t bytes = 0;
  for (const WebAsset& asset : web_assets()) bytes += asset.bytes.size();
  CHECK(bytes < 80 * 1024);
}

TEST_CASE("files with a hash are kept for ever, the page is asked for each time", "[gateway]") {
  ConsoleRig rig;
  for (const WebAsset& asset : web_assets()) {
    const bool page = asset.name == "index.html";
    const std::string path = page ? "/" : "/assets/" + std::string(asset.name);
    INFO(path);
    const std::string first = rig.get(path);
    CHECK(header_of(first, "Cache-Control") ==
          (page ? "no-cache" : "public, max-age=31536000, immutable"));
    CHECK(body_of(first) == asset.bytes);
    const std::string tag = header_of(first, "ETag");
    CHECK(tag.size() == 34);
    for (const std::string& known : {tag, "\"other\", W/" + tag, std::string("*")}) {
      const std::string again = rig.get(path, "Host: a\r\nIf-None-Match: " + known + "\r\n");
      CHECK(again.starts_with("HTTP/1.1 304 "));
      CHECK(body_of(again).empty());
      CHECK(header_of(again, "ETag") == tag);
    }
    const std::string changed = rig.get(path, "Host: a\r\nIf-None-Match: \"other\"\r\n");
    CHECK(changed.starts_with("HTTP/1.1 200 "));
    const std::string head = rig.get(path, "Host: a\r\n", "HEAD");
    CHECK(head.starts_with("HTTP/1.1 200 "));
    CHECK(body_of(head).empty());
  }
}

TEST_CASE("what is no file of the page is not found", "[gateway]") {
  ConsoleRig rig;
  for (const char* path : {"/assets/", "/assets/index.html", "/assets/app.js", "/assets/../",
                           "/assets/%2e%2e/index.html", "/index.html"}) {
    INFO(path);
    CHECK(rig.get(path).starts_with("HTTP/1.1 404 "));
  }
  CHECK(rig.get("/", "Host: a\r\nContent-Length: 0\r\n", "POST").starts_with("HTTP/1.1 405 "));
}

TEST_CASE("the page may load and reach its own server alone", "[gateway]") {
  ConsoleRig rig;
  const std::string page = rig.get("/");
  const std::string policy = header_of(page, "Content-Security-Policy");
  for (const char* rule : {"default-src 'none'", "script-src 'self';", "style-src 'self';",
                           "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"}) {
    INFO(rule);
    CHECK(policy.find(rule) != std::string::npos);
  }
  CHECK(policy.ends_with("connect-src 'self' ws://chat.test:9001 wss://chat.test:9001"));
  CHECK(policy.find("unsafe") == std::string::npos);
  CHECK(header_of(page, "X-Content-Type-Options") == "nosniff");
  CHECK(header_of(page, "Referrer-Policy") == "no-referrer");
  const std::string body = body_of(page);
  CHECK(body.find("<style") == std::string::npos);
  CHECK(body.find(" style=") == std::string::npos);
  CHECK(body.find("javascript:") == std::string::npos);
}

TEST_CASE("a host that is no plain name gets into no policy", "[gateway]") {
  const auto reach = [](std::string_view host, std::string_view websocket) {
    const std::string policy = console_policy(host, websocket);
    return policy.substr(policy.find("connect-src"));
  };
  CHECK(reach("127.0.0.1:8080", "0.0.0.0:9001") ==
        "connect-src 'self' ws://127.0.0.1:9001 wss://127.0.0.1:9001");
  CHECK(reach("chat.test", "[::]:9001") ==
        "connect-src 'self' ws://chat.test:9001 wss://chat.test:9001");
  const std::string any = "connect-src 'self' ws://*:9001 wss://*:9001";
  CHECK(reach("[::1]:8080", "[::1]:9001") == any);
  CHECK(reach("", "0.0.0.0:9001") == any);
  CHECK(reach("evil; script-src *", "0.0.0.0:9001") == any);
  CHECK(reach("a b", "0.0.0.0:9001") == any);
  CHECK(reach("chat.test", "") == "connect-src 'self'");
}

}  // namespace
}  // namespace mpim
