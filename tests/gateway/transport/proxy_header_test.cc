#include "server/gateway/transport/proxy_header.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "server/gateway/transport/net_list.h"

namespace mpim {
namespace {

std::string binary(uint8_t command, uint8_t family, const std::string& body) {
  std::string header("\r\n\r\n\0\r\nQUIT\n", 12);
  header += static_cast<char>(command);
  header += static_cast<char>(family);
  header += static_cast<char>(body.size() >> 8);
  header += static_cast<char>(body.size() & 255);
  return header + body;
}

// 192.0.2.7:4711 to 192.0.2.1:9000.
const std::string kFour("\xC0\x00\x02\x07\xC0\x00\x02\x01\x12\x67\x23\x28", 12);
const std::string kSix = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x01" +
                         std::string(16, '\x11') + std::string("\x12\x67\x23\x28", 4);

// "192.0.2.7:4711", "local", "waits" or "refused".
std::string outcome(const std::string& wire, size_t& left) {
  std::string_view bytes = wire;
  const Result<std::optional<ProxyHeader>> header = take_proxy_header(bytes);
  left = bytes.size();
  if (!header.ok()) return "refused";
  if (!header->has_value()) return "waits";
  return (*header)->peer.empty() ? "local" : (*header)->peer;
}

struct Row {
  std::string wire;
  std::string told;
};

const std::string kBody = "LOGIN ann password\r\n";

}  // namespace

TEST_CASE("a PROXY header says whom a balancer speaks for", "[gateway]") {
  const std::vector<Row> rows = {
      {"PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000\r\n", "192.0.2.7:4711"},
      {"PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535"},
      {"PROXY TCP6 2001:db8::1 2001:db8::2 4711 9000\r\n", "[2001:db8::1]:4711"},
      {"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
      {"PROXY UNKNOWN\r\n", "local"},
      {"PROXY UNKNOWN whatever follows is ignored\r\n", "local"},
      {binary(0x21, 0x11, kFour), "192.0.2.7:4711"},
      {binary(0x21, 0x21, kSix), "[2001:db8::1]:4711"},
      {binary(0x21, 0x11, kFour + std::string("\x04\x00\x03xyz", 6)), "192.0.2.7:4711"},  // TLV
      {binary(0x20, 0x00, ""), "local"},
      {binary(0x20, 0x11, kFour), "local"},
      {binary(0x21, 0x00, "skipped"), "local"},
      {binary(0x21, 0x31, std::string(216, 'u')), "local"},
      {binary(0x21, 0x11, kFour + std::string(kProxyBinaryBytes - 28, 't')), "192.0.2.7:4711"},
  };
  for (const Row& row : rows) {
    INFO(row.wire);
    size_t left = 0;
    CHECK(outcome(row.wire + kBody, left) == row.told);
    CHECK(left == kBody.size());
    for (size_t cut = 1; cut < row.wire.size(); ++cut)
      CHECK(outcome(row.wire.substr(0, cut), left) == "waits");
  }
}

TEST_CASE("what is no PROXY header is refused", "[gateway]") {
  const std::vector<std::string> rows = {
      "LOGIN ann password\r\n",
      "GET / HTTP/1.1\r\n",
      "\x16\x03\x01",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000\r\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000 1\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 9000 \r\n",
      "PROXY TCP4  192.0.2.7 192.0.2.1 4711 9000\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 4711 65536\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 04711 9000\r\n",
      "PROXY TCP4 192.0.2.7 192.0.2.1 -1 9000\r\n",
      "PROXY TCP4 192.0.2.256 192.0.2.1 4711 9000\r\n",
      "PROXY TCP4 192.0.2 192.0.2.1 4711 9000\r\n",
      "PROXY TCP4 2001:db8::1 2001:db8::2 4711 9000\r\n",
      "PROXY TCP6 192.0.2.7 192.0.2.1 4711 9000\r\n",
      "PROXY UDP4 192.0.2.7 192.0.2.1 4711 9000\r\n",
      "PROXY \r\n",
      "proxy TCP4 192.0.2.7 192.0.2.1 4711 9000\r\n",
      "PROXY UNKNOWN " + std::string(kProxyTextBytes - 15, 'x') + "\r\n",
      "PROXY UNKNOWN " + std::string(kProxyTextBytes, 'x'),
      binary(0x11, 0x11, kFour),  // version 1 in the binary form
      binary(0x22, 0x11, kFour),
      binary(0x21, 0x11, kFour.substr(0, 11)),
      binary(0x21, 0x21, kFour),
      binary(0x21, 0x12, kFour),  // UDP
      binary(0x21, 0x11, kFour + std::string(kProxyBinaryBytes - 27, 't')),
      std::string("\r\n\r\n\0\r\nQUIx", 12),
  };
  for (const std::string& row : rows) {
    INFO(row);
    size_t left = 0;
    CHECK(outcome(row, left) == "refused");
  }
}

TEST_CASE("a list of networks has what lies in them", "[gateway]") {
  const auto has = [](const std::string& list, const std::string& address) {
    const Result<NetList> nets = NetList::parse(list);
    REQUIRE(nets.ok());
    sockaddr_storage from{};
    auto& four = reinterpret_cast<sockaddr_in&>(from);
    auto& six = reinterpret_cast<sockaddr_in6&>(from);
    if (::inet_pton(AF_INET, address.c_str(), &four.sin_addr) == 1) {
      from.ss_family = AF_INET;
    } else {
      REQUIRE(::inet_pton(AF_INET6, address.c_str(), &six.sin6_addr) == 1);
      from.ss_family = AF_INET6;
    }
    return nets->has(from);
  };
  CHECK(has("10.0.0.0/8", "10.255.0.1"));
  CHECK_FALSE(has("10.0.0.0/8", "11.0.0.1"));
  CHECK(has("172.16.0.0/12", "172.31.255.255"));
  CHECK_FALSE(has("172.16.0.0/12", "172.32.0.0"));
  CHECK(has("::1, 192.0.2.7", "192.0.2.7"));
  CHECK_FALSE(has("::1, 192.0.2.7", "192.0.2.8"));
  CHECK(has("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(has("fc00::/7", "fdff::1"));
  CHECK_FALSE(has("fc00::/7", "fe00::1"));
  CHECK(has("0.0.0.0/0", "8.8.8.8"));
  CHECK_FALSE(has("0.0.0.0/0", "2001:db8::1"));
  CHECK(has("::/0", "8.8.8.8"));
  CHECK_FALSE(has("", "127.0.0.1"));
  for (const char* const wrong : {"10.0.0.0/33", "10.0.0/8", "::/129", "host", "10.0.0.0/", "/8",
                                  "10.0.0.0/8x", "10.0.0.0/-1"})
    CHECK_FALSE(NetList::parse(wrong).ok());
}

}  // namespace mpim
