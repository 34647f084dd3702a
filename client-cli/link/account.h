// Who talks, and to which server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim::chat {

// A user as this program knows him. Password and token stay in memory and are never shown.
struct Account {
  std::string name;
  std::string password;  // empty: only the token is there
  std::string token;     // a resume token, tried first
  std::string device = "default";
};

struct ServerAddress {
  std::string host = "127.0.0.1";
  uint16_t port = 9000;
  bool tls = false;

  std::string host_and_port() const;  // "[::1]:9000"
  std::string text() const;           // the same, behind tls:// where it is
};

// HOST:PORT, [IPV6]:PORT, HOST, or :PORT; behind tls:// or https:// it is TLS. kBadRequest for
// anything else.
Result<ServerAddress> server_address(std::string_view typed);

}  // namespace mpim::chat
