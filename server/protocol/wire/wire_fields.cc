#include "server/protocol/wire/wire_fields.h"

#include <fmt/format.h>

#include <limits>

#include "server/contract/convert.h"
#include "server/core/limits.h"

namespace mpim::wire {

Error bad(std::string sentence) { return {Code::kBadRequest, std::move(sentence)}; }

Error missing(std::string_view what) { return bad(fmt::format("{} is missing", what)); }

Error not_among(std::string_view what, std::string_view typed, std::string_view words) {
  return bad(fmt::format("{} '{}' is none of {}", what, shown(typed), words));
}

Result<std::optional<UserChoice>> person_or_nobody(uint64_t id, std::string_view name) {
  if (id != 0) {
    MPIM_TRY(const UserId user, user_id_from(id));
    return std::optional<UserChoice>(user);
  }
  if (name.empty()) return std::optional<UserChoice>();
  MPIM_TRY(UserName user, user_name(name));
  return std::optional<UserChoice>(std::move(user));
}

Result<UserChoice> person(uint64_t id, std::string_view name) {
  MPIM_TRY(std::optional<UserChoice> somebody, person_or_nobody(id, name));
  if (!somebody) return missing("userId or userName");
  return *std::move(somebody);
}

Result<Recipient> recipient(uint64_t user, std::string_view name, uint64_t group) {
  MPIM_TRY(std::optional<UserChoice> somebody, person_or_nobody(user, name));
  if ((user != 0) + !name.empty() + (group != 0) > 1)
    return bad("only one of toUserId, toUserName and groupId is needed");
  if (group != 0) {
    MPIM_TRY(const GroupId id, group_id_from(group));
    return Recipient(id);
  }
  if (!somebody) return missing("toUserId, toUserName or groupId");
  return std::visit([](auto&& who) { return Recipient(std::move(who)); }, *std::move(somebody));
}

Result<uint32_t> limit(uint32_t wire, uint32_t standard) {
  if (wire == 0) return standard;
  MPIM_TRY(const uint64_t value, number_from(wire, "limit", 1, kPullMax));
  return static_cast<uint32_t>(value);
}

Result<UserId> after_user(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "after", 0, kPersonIdMax));
  return UserId(value);
}

Result<MessageId> message_or_none(uint64_t wire) {
  if (wire == 0) return MessageId();
  return message_id_from(wire);
}

Result<Timestamp> time_or_none(int64_t wire, std::string_view what) {
  if (wire < 0) return bad(fmt::format("{} {} lies before 1970", what, wire));
  MPIM_TRY(const uint64_t value, number_from(static_cast<uint64_t>(wire), what, 0, kClientTimeMax));
  return Timestamp{static_cast<int64_t>(value)};
}

Result<FileId> file_or_none(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "file", 0, std::numeric_limits<int64_t>::max()));
  return FileId(value);
}

}  // namespace mpim::wire
