#include "server/store/sql/driver/mysql_address.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mpim {
namespace {

constexpr std::string_view kScheme = "mysql://";

Error wrong(std::string_view why) {
  return {
      Code::kBadRequest,
      "the database's address " + std::string(why) +
          ": write mysql://USER:PASSWORD@HOST:PORT/DATABASE, with % codes for other characters"};
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

// Splits at the first `mark`; without one, all is before it.
std::string_view take_to(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + 1);
  return before;
}

Result<void> take_host(std::string_view typed, MysqlAddress& into) {
  std::string_view port;
  if (typed.starts_with('[')) {
    const size_t end = typed.find(']');
    if (end == typed.npos) return wrong("has a bracket that is not closed");
    into.host = typed.substr(1, end - 1);
    port = typed.substr(end + 1);
    if (!port.empty() && port.front() != ':') return wrong("has something behind its host");
  } else {
    const size_t colon = typed.find(':');
    into.host = typed.substr(0, colon);
    if (colon != typed.npos) port = typed.substr(colon);
  }
  if (port.empty()) return {};
  port.remove_prefix(1);
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), into.port);
  if (failed != std::errc() || end != port.data() + port.size() || into.port == 0)
    return wrong("has no port from 1 to 65535");
  return {};
}

bool is_database_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$';
  });
}

}  // namespace

std::string MysqlAddress::text() const {
  const std::string where = host.empty() ? "" : host + ":" + std::to_string(port);
  return std::string(kScheme) + user + "@" + where + "/" + database +
         (socket.empty() ? "" : "?socket=" + socket);
}

Result<MysqlAddress> mysql_address(std::string_view dsn) {
  if (!dsn.starts_with(kScheme)) return wrong("does not begin with mysql://");
  dsn.remove_prefix(kScheme.size());
  const size_t at = dsn.rfind('@', dsn.find('/'));
  if (at == dsn.npos) return wrong("names no user");
  std::string_view who = dsn.substr(0, at);
  dsn.remove_prefix(at + 1);
  const auto user = decoded(take_to(who, ':'));
  const auto password = decoded(who);
  if (!user || user->empty() || !password) return wrong("names no user");
  MysqlAddress address;
  address.user = *user;
  address.password = *password;
  MPIM_CHECKED(take_host(take_to(dsn, '/'), address));
  address.database = take_to(dsn, '?');
  if (!is_database_name(address.database)) return wrong("names no database");
  if (!dsn.empty()) {
    const auto socket = dsn.starts_with("socket=") ? decoded(dsn.substr(7)) : std::nullopt;
    if (!socket || socket->empty()) return wrong("has something other than ?socket= at its end");
    address.socket = *socket;
  }
  if (address.host.empty() == address.socket.empty())
    return wrong(address.host.empty() ? "names no host" : "names a host and a socket");
  return address;
}

}  // namespace mpim
