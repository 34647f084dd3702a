// What a balancer says, before anything else, about whom it speaks for: the PROXY protocol,
// versions 1 and 2 (haproxy, doc/proxy-protocol.txt). Bytes in, no sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/result.h"

namespace mpim {

struct ProxyHeader {
  // "192.0.2.1:4711", "[2001:db8::1]:4711"; empty: the balancer speaks for itself (LOCAL, as its
  // health checks do), or does not know (UNKNOWN): then the socket's address counts.
  std::string peer;
};

// The longest that is taken: of version 1 with its CRLF, of version 2 with addresses and TLVs.
inline constexpr size_t kProxyTextBytes = 107;
inline constexpr size_t kProxyBinaryBytes = 2'048;

// Takes a header off the front of `bytes`; none: it is not complete, and all of `bytes` belongs to
// it. kBadRequest, as soon as it is seen: anything else, or an address that is none. TLVs are
// skipped.
Result<std::optional<ProxyHeader>> take_proxy_header(std::string_view& bytes);

}  // namespace mpim
