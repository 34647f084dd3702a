#include "server/redis/redis_address.h"

#include <charconv>
#include <optional>

namespace mpim {
namespace {

constexpr std::string_view kScheme = "redis://";

Error wrong(std::string_view why) {
  return {Code::kBadRequest,
          "the address of Redis " + std::string(why) +
              ": write redis://USER:PASSWORD@HOST:PORT/DB, with % codes for other characters"};
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> decoded(std::string_view coded) {
  std::string out;
  for (size_t i = 0; i < coded.size(); ++i) {
    if (coded[i] != '%') {
      out += coded[i];
      continue;
    }
    uint8_t byte = 0;
    const std::string_view digits = coded.substr(i + 1, 2);
    const auto [end, failed] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || failed != std::errc() || end != digits.data() + 2 || byte == 0)
      return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

// What stands behind the last `mark` is taken off; without one, nothing.
std::optional<std::string_view> take_after(std::string_view& text, char mark) {
  const size_t at = text.rfind(mark);
  if (at == text.npos) return std::nullopt;
  const std::string_view behind = text.substr(at + 1);
  text = text.substr(0, at);
  return behind;
}

Result<void> take_host(std::string_view typed, RedisAddress& into) {
  const bool bracketed = typed.starts_with('[');
  const size_t end = bracketed ? typed.find(']') : typed.find(':');
  if (bracketed && end == typed.npos) return wrong("has a bracket that is not closed");
  into.host = bracketed ? typed.substr(1, end - 1) : typed.substr(0, end);
  std::string_view port = end == typed.npos ? "" : typed.substr(bracketed ? end + 1 : end);
  if (port.empty()) return {};
  const auto number =
      port.front() == ':' ? number_in<uint16_t>(port.substr(1)) : std::optional<uint16_t>{};
  if (!number || *number == 0) return wrong("has no port from 1 to 65535");
  into.port = *number;
  return {};
}

Result<void> take_person(std::string_view who, RedisAddress& into) {
  const size_t colon = who.find(':');
  const auto user = decoded(who.substr(0, colon));
  const auto password = colon == who.npos ? std::nullopt : decoded(who.substr(colon + 1));
  if (!user || !password || password->empty()) return wrong("has no USER:PASSWORD before its @");
  into.user = *user;
  into.password = *password;
  return {};
}

}  // namespace

std::string RedisAddress::text() const {
  const bool bracketed = host.find(':') != host.npos;
  const std::string where =
      host.empty() ? "" : (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
  return std::string(kScheme) + (user.empty() ? "" : user + "@") + where + "/" +
         std::to_string(database) + (socket.empty() ? "" : "?socket=" + socket);
}

Result<RedisAddress> redis_address(std::string_view url) {
  if (!url.starts_with(kScheme)) return wrong("does not begin with redis://");
  url.remove_prefix(kScheme.size());
  RedisAddress address;
  if (const auto option = take_after(url, '?')) {
    const auto path = option->starts_with("socket=") ? decoded(option->substr(7)) : std::nullopt;
    if (!path || path->empty()) return wrong("has something other than ?socket= at its end");
    address.socket = *path;
  }
  if (const auto database = take_after(url, '/'); database && !database->empty()) {
    const auto number = number_in<uint32_t>(*database);
    if (!number) return wrong("names its database by something that is no number");
    address.database = *number;
  }
  if (const size_t at = url.rfind('@'); at != url.npos) {
    MPIM_CHECKED(take_person(url.substr(0, at), address));
    url.remove_prefix(at + 1);
  }
  MPIM_CHECKED(take_host(url, address));
  if (address.host.empty() == address.socket.empty())
    return wrong(address.host.empty() ? "names no host" : "names a host and a socket");
  return address;
}

}  // namespace mpim
