// Where a MySQL or MariaDB server is, and as whom to talk to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// By the host and port, or by a socket on this machine.
struct MysqlAddress {
  std::string host;    // empty: by the socket
  std::string socket;  // a path
  uint16_t port = 3306;
  std::string user;
  std::string password;  // never shown
  std::string database;

  std::string text() const;  // for people: without the password
};

// mysql://USER[:PASSWORD]@HOST[:PORT]/DATABASE, or mysql://USER[:PASSWORD]@/DATABASE?socket=PATH.
// What a URL may not have (RFC 3986, 2.1) is written %XX. [IPv6] stands in brackets.
// Errors   kBadRequest says what is missing or wrong, without the password.
Result<MysqlAddress> mysql_address(std::string_view dsn);

}  // namespace mpim
