// Networks by their addresses: 127.0.0.0/8 10.0.0.0/8 ::1 fd00::/8.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"

struct sockaddr_storage;

namespace mpim {

// Threads  any, once it is made.
class NetList {
 public:
  // Blanks or commas between. kBadRequest names the word that is no network.
  static Result<NetList> parse(std::string_view text);
  // An IPv4 address that came over IPv6 is looked up as IPv4. A Unix socket is in no list.
  bool has(const sockaddr_storage& address) const;
  bool empty() const { return nets_.empty(); }

 private:
  using Bytes = std::array<uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Net {
    Bytes start;
    unsigned bits;
  };
  static Result<Net> parse_one(std::string_view word);
  std::vector<Net> nets_;
};

}  // namespace mpim
