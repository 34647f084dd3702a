// Numbers and words of the wire to the core's types: behind this nobody checks a range again.
//
// Threads  any: everything here is a function of its arguments.
// Errors   kBadRequest, with a sentence that names the value and what is allowed.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/core/ids.h"
#include "server/core/message.h"
#include "server/core/result.h"

namespace mpim {

// As text. Decimal digits alone: no sign, no blanks.
Result<UserId> parse_user_id(std::string_view typed);                  // 1 to kPersonIdMax
Result<GroupId> parse_group_id(std::string_view typed);                // 1 to kPersonIdMax
Result<ConversationId> parse_conversation_id(std::string_view typed);  // 1 to kConversationMax
Result<MessageId> parse_message_id(
    std::string_view typed);                    // 63 bits; conversation and seq not zero
Result<Seq> parse_seq(std::string_view typed);  // 0 (before the first) to kSeqMax
// `what` names the number in the error: "limit".
Result<uint32_t> parse_count(std::string_view typed, std::string_view what, uint32_t min,
                             uint32_t max);
Result<uint64_t> parse_number(std::string_view typed, std::string_view what, uint64_t min,
                              uint64_t max);

// As numbers of a binary or JSON message. The same ranges.
Result<UserId> user_id_from(uint64_t wire);
Result<GroupId> group_id_from(uint64_t wire);
Result<ConversationId> conversation_id_from(uint64_t wire);
Result<MessageId> message_id_from(uint64_t wire);
Result<Seq> seq_from(uint64_t wire);

// `what` names the number in the error.
Result<uint64_t> number_from(uint64_t wire, std::string_view what, uint64_t min, uint64_t max);

// The latest time a client may name: what fits in the numbers of JavaScript.
inline constexpr uint64_t kClientTimeMax = 9'007'199'254'740'991;

// text, image, file, voice; in lower case.
Result<ContentType> content_type(std::string_view typed);

}  // namespace mpim
