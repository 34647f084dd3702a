#include "server/protocol/json/json_tag.h"

#include "server/core/check.h"
#include "server/core/limits.h"
#include "server/protocol/json/json_types.h"

namespace mpim {

// The type's place in its table, the length of the client id, that, and the id.
std::string make_tag(const JsonTag& tag) {
  MPIM_CHECK(tag.client_id.size() <= kClientIdBytes, "a client id is longer than they are");
  std::string out;
  out.reserve(2 + tag.client_id.size() + tag.id.size());
  out += static_cast<char>(number_of_type(tag.type));
  out += static_cast<char>(tag.client_id.size());
  out += tag.client_id;
  out += tag.id;
  return out;
}

JsonTag read_tag(std::string_view tag) {
  if (tag.size() < 2) return {};
  const auto client_id_bytes = static_cast<size_t>(tag[1]);
  return {type_numbered(static_cast<uint8_t>(tag[0])), tag.substr(2, client_id_bytes),
          tag.substr(2 + client_id_bytes)};
}

}  // namespace mpim
