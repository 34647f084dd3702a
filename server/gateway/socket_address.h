// Listening sockets and the addresses people write: 127.0.0.1:9000, [::1]:9000, localhost:9000.
//
// Threads  any.
#pragma once

#include <string>
#include <string_view>

#include "server/core/clock.h"
#include "server/core/result.h"
#include "server/loop/unique_fd.h"

struct sockaddr_storage;

namespace mpim {

// A bound, listening, non-blocking TCP socket. Without SO_REUSEPORT, so that a port that is in use
// is an error. Port 0 picks a free one; no name is looked up but `localhost`. kBadRequest: not an
// address. kUnavailable: "cannot listen on 127.0.0.1:9000: address already in use". With
// `dead_peer` what is accepted has no Nagle, keepalive, and an end after so long a silence.
Result<UniqueFd> listen_tcp(const std::string& address, Millis dead_peer = Millis(0));

// The same on a Unix path of at most 107 bytes, mode 0600; its directory is made (0700) if it is
// missing. A socket file that nobody answers on is replaced. kUnavailable: somebody answers, or the
// path is no socket.
Result<UniqueFd> listen_unix(const std::string& path);

std::string local_address(int fd);  // "127.0.0.1:43211", "[::1]:9000"
std::string peer_address(const sockaddr_storage& from);
std::string host_of(std::string_view address);  // without port and brackets

}  // namespace mpim
