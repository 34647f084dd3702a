// What was said: reading back, changing, hiding, and who has seen it.
#include <fmt/format.h>

#include <utility>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/core/limits.h"
#include "server/protocol/verbs/line_options.h"
#include "server/protocol/verbs/parse.h"

namespace mpim::line {
namespace {

// A request about one message and nothing else.
template <class Request_>
Parsed about_message(LineWords& words) {
  MPIM_TRY(const MessageId message, message_word(words));
  MPIM_CHECKED(end_of(words));
  return Request(Request_{message});
}

// before= and after= are message ids, so that one can go on from any line that was shown.
Result<std::optional<MessageId>> message_option(const Options& options, std::string_view name) {
  const std::string* const typed = options.find(name);
  if (typed == nullptr) return std::optional<MessageId>();
  MPIM_TRY(const MessageId id, parse_message_id(*typed));
  return std::optional<MessageId>(id);
}

Result<std::optional<ConversationChoice>> conversation_option(const Options& options) {
  const std::string* const conversation = options.find("conv");
  const std::string* const group = options.find("group");
  const std::string* const user = options.find("user");
  const int given = (conversation != nullptr) + (group != nullptr) + (user != nullptr);
  if (given > 1) return bad("conv=, group= and user= exclude each other");
  if (conversation != nullptr) {
    MPIM_TRY(const ConversationId id, parse_conversation_id(*conversation));
    return std::optional<ConversationChoice>(id);
  }
  if (group != nullptr) {
    MPIM_TRY(const GroupId id, parse_group_id(*group));
    return std::optional<ConversationChoice>(Recipient(id));
  }
  if (user == nullptr) return std::optional<ConversationChoice>();
  if (user->starts_with('@')) {
    MPIM_TRY(UserName name, user_name(std::string_view(*user).substr(1)));
    return std::optional<ConversationChoice>(Recipient(std::move(name)));
  }
  MPIM_TRY(const UserId id, parse_user_id(*user));
  return std::optional<ConversationChoice>(Recipient(id));
}

}  // namespace

Parsed parse_history(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 8> kOptions{"after", "before", "conv",  "group",
                                                            "limit", "order",  "since", "user"};
  static constexpr std::array<Named<bool>, 2> kOrders{{{"seq", false}, {"time", true}}};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  HistoryRequest history;
  MPIM_TRY(const std::optional<MessageId> before, message_option(options, "before"));
  MPIM_TRY(const std::optional<MessageId> after, message_option(options, "after"));
  MPIM_TRY(const auto since, options.number("since", 0, INT64_MAX));
  if (before.has_value() + after.has_value() + since.has_value() > 1)
    return bad("before=, after= and since= exclude each other");
  const std::optional<MessageId> place = before ? before : after;
  MPIM_TRY(const std::optional<ConversationChoice> of, conversation_option(options));
  if (!of && !place) return missing("conv=, user= or group=");
  history.of = of ? *of : ConversationChoice(place->conversation());
  const auto* const named = of ? std::get_if<ConversationId>(&*of) : nullptr;
  if (place && named != nullptr && *named != place->conversation())
    return bad("the message is not of that conversation");
  if (place && of && named == nullptr)
    return bad("before= and after= say which conversation: leave user= and group= out");
  if (place) history.bound = place->seq();
  if (since) history.since = Timestamp{static_cast<int64_t>(*since)};
  history.forwards = after.has_value() || since.has_value();
  MPIM_TRY(const std::optional<bool> by_time, choice_of(options, "order", kOrders));
  history.by_time = by_time.value_or(false);
  MPIM_TRY(history.count_max, options.limit(kPullStandard));
  return Request(std::move(history));
}

Parsed parse_conversations(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"before", "limit"};
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  ConversationsRequest conversations;
  MPIM_TRY(const std::optional<MessageId> before, message_option(options, "before"));
  conversations.before = before.value_or(MessageId());
  MPIM_TRY(conversations.count_max, options.limit(kPullStandard));
  return Request(conversations);
}

Parsed parse_receipts(LineWords& words, const LineLimits&) {
  static constexpr std::array<std::string_view, 2> kOptions{"after", "limit"};
  ReceiptsRequest receipts;
  MPIM_TRY(receipts.message, message_word(words));
  MPIM_TRY(const Options options, Options::read(words, kOptions));
  MPIM_TRY(const auto after, options.number("after", 0, kPersonIdMax));
  receipts.after = UserId(after.value_or(0));
  MPIM_TRY(receipts.count_max, options.limit(kPullStandard));
  return Request(receipts);
}

Parsed parse_edit(LineWords& words, const LineLimits& limits) {
  EditRequest edit;
  MPIM_TRY(edit.message, message_word(words));
  if (words.done()) return missing("a text");
  const bool quoted = words.at_quote();
  MPIM_TRY(std::string typed, quoted ? words.word_or_quoted() : std::string(words.rest()));
  MPIM_TRY(edit.text, text_body(std::move(typed), limits.text_bytes_max));
  MPIM_CHECKED(end_of(words));
  return Request(std::move(edit));
}

Parsed parse_recall(LineWords& words, const LineLimits&) {
  return about_message<RecallRequest>(words);
}

Parsed parse_delete(LineWords& words, const LineLimits&) {
  return about_message<HideRequest>(words);
}

}  // namespace mpim::line
