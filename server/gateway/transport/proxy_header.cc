#include "server/gateway/transport/proxy_header.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace mpim {
namespace {

using Taken = Result<std::optional<ProxyHeader>>;

constexpr std::string_view kTextStart = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kFixedBytes = 16;  // of version 2: signature, command, family, length

Error broken(std::string what) { return {Code::kBadRequest, "PROXY header: " + std::move(what)}; }

std::string shown_address(int family, const void* bytes, uint16_t port) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, bytes, text.data(), text.size());
  const std::string host(text.data());
  return (family == AF_INET6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view take_word(std::string_view& line) {
  const size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(line.size(), end + 1));
  return word;
}

std::optional<uint16_t> port_in(std::string_view word) {
  uint16_t port = 0;
  const char* const end = word.data() + word.size();
  const auto [stop, failed] = std::from_chars(word.data(), end, port);
  const bool padded = word.size() > 1 && word.front() == '0';
  if (failed != std::errc{} || stop != end || padded) return std::nullopt;
  return port;
}

bool is_address(int family, std::string_view word, in6_addr& into) {
  return ::inet_pton(family, std::string(word).c_str(), &into) == 1;
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 4711 9000", without its CRLF.
Result<ProxyHeader> read_text(std::string_view line) {
  line.remove_prefix(kTextStart.size());
  const bool trailing = line.ends_with(' ');
  const std::string_view protocol = take_word(line);
  if (protocol == "UNKNOWN") return ProxyHeader{};
  if (protocol != "TCP4" && protocol != "TCP6") return broken("TCP4, TCP6 or UNKNOWN");
  const int family = protocol == "TCP4" ? AF_INET : AF_INET6;
  in6_addr from{};
  in6_addr to{};
  if (!is_address(family, take_word(line), from) || !is_address(family, take_word(line), to))
    return broken("an address is none of " + std::string(protocol));
  const std::optional<uint16_t> port = port_in(take_word(line));
  if (!port || !port_in(take_word(line))) return broken("a port is a number up to 65535");
  if (!line.empty() || trailing) return broken("something follows the ports");
  return ProxyHeader{shown_address(family, &from, *port)};
}

Taken take_text(std::string_view& bytes) {
  const size_t end = bytes.find('\n');
  const size_t length = end == bytes.npos ? bytes.size() : end + 1;
  if (length > kProxyTextBytes || (end == bytes.npos && length == kProxyTextBytes))
    return broken("its line has more than 107 bytes");
  if (end == bytes.npos) return std::optional<ProxyHeader>();
  const std::string_view line = bytes.substr(0, end);
  if (!line.ends_with('\r') || line.find('\r') + 1 != line.size())
    return broken("its line ends in CR and LF");
  if (line.size() <= kTextStart.size()) return broken("its line is not complete");
  MPIM_TRY(ProxyHeader header, read_text(line.substr(0, line.size() - 1)));
  bytes.remove_prefix(length);
  return std::optional(std::move(header));
}

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

uint16_t number_at(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

// What follows the 16 fixed bytes: source, destination, their ports, then TLVs.
Result<ProxyHeader> read_binary(uint8_t family, std::string_view body) {
  constexpr uint8_t kTcp4 = 0x11;
  constexpr uint8_t kTcp6 = 0x21;
  constexpr uint8_t kUnspecified = 0x00;
  constexpr uint8_t kUnixStream = 0x31;
  if (family == kUnspecified || family == kUnixStream) return ProxyHeader{};
  if (family != kTcp4 && family != kTcp6) return broken("its connection is neither TCP nor Unix");
  const size_t bytes = family == kTcp4 ? sizeof(in_addr) : sizeof(in6_addr);
  if (body.size() < 2 * bytes + 4) return broken("it is too short for its addresses");
  return ProxyHeader{
      shown_address(family == kTcp4 ? AF_INET : AF_INET6, body.data(), number_at(body, 2 * bytes))};
}

Taken take_binary(std::string_view& bytes) {
  constexpr uint8_t kLocal = 0x20;
  constexpr uint8_t kProxied = 0x21;
  if (bytes.size() > 12 && byte_at(bytes, 12) != kLocal && byte_at(bytes, 12) != kProxied)
    return broken("neither LOCAL nor PROXY of version 2");
  if (bytes.size() < kFixedBytes) return std::optional<ProxyHeader>();
  const size_t length = kFixedBytes + number_at(bytes, 14);
  if (length > kProxyBinaryBytes)
    return broken("it has more than " + std::to_string(kProxyBinaryBytes) + " bytes");
  if (bytes.size() < length) return std::optional<ProxyHeader>();
  ProxyHeader header;
  if (byte_at(bytes, 12) == kProxied) {
    MPIM_TRY(header,
             read_binary(byte_at(bytes, 13), bytes.substr(kFixedBytes, length - kFixedBytes)));
  }
  bytes.remove_prefix(length);
  return std::optional(std::move(header));
}

}  // namespace

Taken take_proxy_header(std::string_view& bytes) {
  const auto begins = [&](std::string_view start) {
    const size_t length = std::min(bytes.size(), start.size());
    return bytes.substr(0, length) == start.substr(0, length);
  };
  if (bytes.empty()) return std::optional<ProxyHeader>();
  if (begins(kTextStart)) return take_text(bytes);
  if (begins(kSignature)) return take_binary(bytes);
  return broken("the connection begins with something else");
}

}  // namespace mpim
