// Where a Redis server is, as whom to talk to it, and which of its databases is ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

// By the host and port, or by a socket on this machine.
struct RedisAddress {
  std::string host;    // empty: by the socket
  std::string socket;  // a path
  uint16_t port = 6379;
  std::string user;      // of an ACL; empty: the default one
  std::string password;  // never shown; empty: none is asked for
  uint32_t database = 0;

  std::string text() const;  // for people: without the password
};

// redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], or redis://[[USER]:PASSWORD@][/DB]?socket=PATH.
// What a URL may not have (RFC 3986, 2.1) is written %XX. [IPv6] stands in brackets.
// Errors   kBadRequest says what is missing or wrong, without the password.
Result<RedisAddress> redis_address(std::string_view url);

}  // namespace mpim
