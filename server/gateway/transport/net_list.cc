#include "server/gateway/transport/net_list.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

constexpr unsigned kAllBits = 128;
constexpr unsigned kMappedBits = 96;  // in front of an IPv4 address
constexpr size_t kMappedBytes = kMappedBits / 8;

void map_v4(const void* four, uint8_t* into) {
  into[10] = into[11] = 0xff;
  std::copy_n(static_cast<const uint8_t*>(four), sizeof(in_addr), into + kMappedBytes);
}

Error no_net(std::string_view word) {
  return {Code::kBadRequest,
          "`" + std::string(word) + "` is no network such as 10.0.0.0/8 or fd00::/8"};
}

}  // namespace

Result<NetList::Net> NetList::parse_one(std::string_view word) {
  const size_t slash = word.find('/');
  const std::string host(word.substr(0, slash));
  Net net{{}, kAllBits};
  in_addr four{};
  const bool v4 = ::inet_pton(AF_INET, host.c_str(), &four) == 1;
  if (v4) map_v4(&four, net.start.data());
  if (!v4 && ::inet_pton(AF_INET6, host.c_str(), net.start.data()) != 1) return no_net(word);
  if (slash == word.npos) return net;
  const std::string_view typed = word.substr(slash + 1);
  const unsigned most = v4 ? kAllBits - kMappedBits : kAllBits;
  const auto [stop, failed] = std::from_chars(typed.begin(), typed.end(), net.bits);
  if (failed != std::errc{} || stop != typed.end() || net.bits > most) return no_net(word);
  if (v4) net.bits += kMappedBits;
  return net;
}

Result<NetList> NetList::parse(std::string_view text) {
  constexpr std::string_view kBetween = " ,\t";
  NetList list;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
    if (text.empty()) return list;
    const std::string_view word = text.substr(0, text.find_first_of(kBetween));
    text.remove_prefix(word.size());
    MPIM_TRY(const Net net, parse_one(word));
    list.nets_.push_back(net);
  }
}

bool NetList::has(const sockaddr_storage& address) const {
  Bytes bytes{};
  if (address.ss_family == AF_INET) {
    map_v4(&reinterpret_cast<const sockaddr_in&>(address).sin_addr, bytes.data());
  } else if (address.ss_family == AF_INET6) {
    std::copy_n(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr, bytes.size(),
                bytes.begin());
  } else {
    return false;
  }
  return std::ranges::any_of(nets_, [&](const Net& net) {
    const size_t whole = net.bits / 8;
    const unsigned rest = net.bits % 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, net.start.begin())) return false;
    return rest == 0 || (bytes[whole] ^ net.start[whole]) >> (8 - rest) == 0;
  });
}

}  // namespace mpim
