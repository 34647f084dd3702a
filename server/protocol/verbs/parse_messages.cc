#include <fmt/format.h>

#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

// The text, and what may follow it. Unquoted, it is the rest of the line.
Parsed send_text(LineWords& words, const LineLimits& limits, SendRequest send) {
  if (words.done()) return missing("a text");
  if (!words.at_quote()) {
    MPIM_TRY(send.text, text_body(std::string(words.rest()), limits.text_bytes_max));
    return Request(std::move(send));
  }
  MPIM_TRY(std::string quoted, words.word_or_quoted());
  MPIM_TRY(send.text, text_body(std::move(quoted), limits.text_bytes_max));
  static constexpr std::array<std::string_view, 5> kOptions{"cid", "ext", "file", "ts", "type"};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  if (const std::string* const typed = options.find("cid")) {
    MPIM_TRY(send.client_id, client_id(*typed));
  }
  if (const std::string* const typed = options.find("type")) {
    MPIM_TRY(send.type, content_type(*typed));
  }
  if (const std::string* const typed = options.find("ext")) {
    MPIM_TRY(send.ext, ext_json(*typed, limits.ext_bytes_max));
  }
  MPIM_TRY(const auto file, options.number("file", 1, INT64_MAX));
  send.file = FileId(file.value_or(0));
  MPIM_TRY(const auto at, options.number("ts", 1, kClientTimeMax));
  send.client_at = Timestamp{static_cast<int64_t>(at.value_or(0))};
  return Request(std::move(send));
}

}  // namespace

Parsed parse_ack(LineWords& words, const LineLimits&) {
  AckRequest ack;
  if (words.done()) return missing("a message id, or *,");
  const LineWords before = words;
  if (words.word() == "*" && words.done()) return Request(std::move(ack));
  words = before;
  while (!words.done()) {
    MPIM_TRY(const MessageId id, parse_message_id(words.word()));
    ack.ids.push_back(id);
  }
  return Request(std::move(ack));
}

Parsed parse_pull(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 3> kOptions{"after", "conv", "read"};
  PullRequest pull{.count_max = kPullStandard, .from = std::nullopt};
  LineWords ahead = words;
  if (!words.done() && ahead.option_key().empty()) {
    MPIM_TRY(pull.count_max, parse_count(words.word(), "limit", 1, kPullMax));
  }
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  const std::string* const conversation = options.find("conv");
  const std::string* const after = options.find("after");
  if ((conversation == nullptr) != (after == nullptr)) return bad("conv= and after= go together");
  if (conversation != nullptr) {
    MPIM_TRY(const ConversationId of, parse_conversation_id(*conversation));
    MPIM_TRY(const Seq seq, parse_seq(*after));
    pull.from = PullFrom{of, seq};
  }
  MPIM_TRY(const auto reads, options.number("read", 0, 1));
  pull.reads = reads == 1u;
  if (pull.reads && pull.from)
    return bad("read=1 goes with what waits, not with conv= and after=: READ marks those");
  return Request(pull);
}

Parsed parse_read(LineWords& words, const LineLimits&) {
  MPIM_TRY(const MessageId through, message_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(ReadRequest{through});
}

Parsed parse_send(LineWords& words, const LineLimits& limits) {
  SendRequest send;
  if (words.done()) return missing("a user");
  const std::string_view to = words.word();
  if (to.starts_with('@')) {
    MPIM_TRY(send.to, user_name(to.substr(1)));
  } else {
    MPIM_TRY(send.to, parse_user_id(to));
  }
  return send_text(words, limits, std::move(send));
}

Parsed parse_send_group(LineWords& words, const LineLimits& limits) {
  SendRequest send;
  MPIM_TRY(send.to, group_word(words));
  return send_text(words, limits, std::move(send));
}

Parsed parse_unread(LineWords& words, const LineLimits&) { return alone<UnreadRequest>(words); }

}  // namespace mpim::line
