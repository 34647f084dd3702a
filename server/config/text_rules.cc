#include "server/config/text_rules.h"

#include <algorithm>
#include <charconv>

namespace mpim {
namespace {

constexpr size_t kSocketPathBytes = 107;  // sun_path holds 108, one of them the final NUL

bool is_node_id(std::string_view text) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !text.empty() && text.size() <= 64 && text.find_first_not_of(kAllowed) == text.npos;
}

bool is_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']';
  if (!bracketed && host.find(':') != host.npos) return false;
  uint16_t number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  return failed == std::errc{} && end == port.data() + port.size();
}

// USER@...HOST/DATABASE; the rest is read where it is used, which says what is wrong with it.
bool is_mysql_url(std::string_view text) {
  if (text.empty()) return true;
  if (!text.starts_with("mysql://")) return false;
  const size_t at = text.rfind('@', text.find('/', 8));
  const size_t slash = at == text.npos ? at : text.find('/', at);
  return slash < text.size() - 1 && text[slash + 1] != '?';
}

bool is_redis_url(std::string_view text) {
  return text.empty() || (text.starts_with("redis://") && text.size() > 8);
}

bool is_zoo_url(std::string_view text) {
  return text.empty() || (text.starts_with("zookeeper://") && text.find(':', 12) != text.npos);
}

bool is_socket_path(std::string_view text) { return text.size() <= kSocketPathBytes; }

// Words like image/png or image/*, one blank between two.
bool are_types(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.+-*";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const size_t slash = word.find('/');
    if (slash == word.npos || slash == 0 || slash + 1 == word.size()) return false;
    const std::string_view kind = word.substr(0, slash);
    const std::string_view of_kind = word.substr(slash + 1);
    if (kind.find('*') != kind.npos || kind.find_first_not_of(kAllowed) != kind.npos) return false;
    if (of_kind != "*" && of_kind.find('*') != of_kind.npos) return false;
    if (of_kind.find_first_not_of(kAllowed) != of_kind.npos) return false;
  }
  return true;
}

// Words like https://chat.example.org or http://localhost:8080, one blank between two, or *.
bool are_origins(std::string_view text) {
  if (text == "*") return true;
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_:[]";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (word.size() + 1 == text.size()) return false;  // a blank at the end
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const size_t scheme = word.find("://");
    if (scheme == word.npos || scheme == 0) return false;
    const std::string_view host = word.substr(scheme + 3);
    if (host.empty() || host.find_first_not_of(kAllowed) != host.npos) return false;
    if (word.substr(0, scheme).find_first_not_of(kAllowed.substr(0, 26)) != word.npos) return false;
  }
  return true;
}

}  // namespace

const TextRule kOriginsRule{are_origins,
                            "origins such as https://chat.example.org, one blank between, or *"};
const TextRule kTypesRule{are_types, "types such as image/* application/pdf, one blank between"};
const TextRule kZooRule{is_zoo_url, "zookeeper://HOST:PORT[,HOST:PORT]/PATH, or empty"};
const TextRule kNodeIdRule{is_node_id, "1 to 64 of the characters A-Z a-z 0-9 . _ -"};
const TextRule kAddressRule{is_address, "an address and port, such as 127.0.0.1:9000"};
const TextRule kMysqlRule{is_mysql_url, "empty, or mysql://USER:PASSWORD@HOST:PORT/DATABASE"};
const TextRule kRedisRule{is_redis_url, "empty, or an address that begins with redis://"};
const TextRule kSocketRule{is_socket_path, "a path of at most 107 bytes"};

}  // namespace mpim
