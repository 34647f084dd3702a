#include "server/contract/convert.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "server/contract/names.h"

namespace mpim {
namespace {

constexpr uint64_t kMessageIdMax = ~uint64_t{0} >> 1;

Error not_a_number(std::string_view typed, std::string_view what) {
  return {Code::kBadRequest, fmt::format("{} '{}' is not a number", what, shown(typed))};
}
Error out_of_range(std::string_view typed, std::string_view what, uint64_t min, uint64_t max) {
  return {Code::kBadRequest,
          fmt::format("{} {} is out of range: {} to {}", what, shown(typed), min, max)};
}

}  // namespace

Result<uint64_t> parse_number(std::string_view typed, std::string_view what, uint64_t min,
                              uint64_t max) {
  uint64_t value = 0;
  const char* const end = typed.data() + typed.size();
  const auto [stopped, error] = std::from_chars(typed.data(), end, value);
  if (stopped != end || typed.empty() || error == std::errc::invalid_argument)
    return not_a_number(typed, what);
  if (error == std::errc::result_out_of_range || value < min || value > max)
    return out_of_range(typed, what, min, max);
  return value;
}

Result<uint64_t> number_from(uint64_t wire, std::string_view what, uint64_t min, uint64_t max) {
  if (wire < min || wire > max) return out_of_range(std::to_string(wire), what, min, max);
  return wire;
}

Result<uint32_t> parse_count(std::string_view typed, std::string_view what, uint32_t min,
                             uint32_t max) {
  MPIM_TRY(const uint64_t value, parse_number(typed, what, min, max));
  return static_cast<uint32_t>(value);
}

Result<UserId> parse_user_id(std::string_view typed) {
  MPIM_TRY(const uint64_t value, parse_number(typed, "user id", 1, kPersonIdMax));
  return UserId(value);
}

Result<GroupId> parse_group_id(std::string_view typed) {
  MPIM_TRY(const uint64_t value, parse_number(typed, "group id", 1, kPersonIdMax));
  return GroupId(value);
}

Result<ConversationId> parse_conversation_id(std::string_view typed) {
  MPIM_TRY(const uint64_t value, parse_number(typed, "conversation id", 1, kConversationMax.value));
  return ConversationId(value);
}

Result<MessageId> parse_message_id(std::string_view typed) {
  MPIM_TRY(const uint64_t value, parse_number(typed, "message id", 1, kMessageIdMax));
  return message_id_from(value);
}

Result<Seq> parse_seq(std::string_view typed) {
  MPIM_TRY(const uint64_t value, parse_number(typed, "seq", 0, kSeqMax.value));
  return Seq(value);
}

Result<UserId> user_id_from(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "user id", 1, kPersonIdMax));
  return UserId(value);
}

Result<GroupId> group_id_from(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "group id", 1, kPersonIdMax));
  return GroupId(value);
}

Result<ConversationId> conversation_id_from(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "conversation id", 1, kConversationMax.value));
  return ConversationId(value);
}

Result<MessageId> message_id_from(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "message id", 1, kMessageIdMax));
  const MessageId id(value);
  if (!id.conversation() || id.seq() == Seq())
    return Error{Code::kBadRequest, fmt::format("{} is not a message id", wire)};
  return id;
}

Result<Seq> seq_from(uint64_t wire) {
  MPIM_TRY(const uint64_t value, number_from(wire, "seq", 0, kSeqMax.value));
  return Seq(value);
}

Result<ContentType> content_type(std::string_view typed) {
  constexpr std::array kTypes{ContentType::kText, ContentType::kImage, ContentType::kFile,
                              ContentType::kVoice};
  for (const ContentType type : kTypes)
    if (typed == name_of(type)) return type;
  return Error{Code::kBadRequest,
               fmt::format("type '{}' is none of text, image, file, voice", shown(typed))};
}

}  // namespace mpim
