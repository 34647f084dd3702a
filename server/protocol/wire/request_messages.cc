// What is asked about messages.
#include <utility>

#include "server/contract/convert.h"
#include "server/protocol/wire/wire_fields.h"
#include "server/protocol/wire/wire_requests.h"

namespace mpim::wire {
namespace {

constexpr uint32_t kSearchStandard = 20;

// What a page goes on from, and which way.
Result<void> read_place(const v1::ReadHistoryRequest& in, HistoryRequest& history) {
  const int places = (in.before() != 0) + (in.after() != 0) + (in.since() != 0);
  if (places > 1) return bad("before, after and since exclude each other");
  MPIM_TRY(const MessageId place, message_or_none(in.before() != 0 ? in.before() : in.after()));
  MPIM_TRY(const Timestamp since, time_or_none(in.since(), "since"));
  if (place != MessageId()) history.bound = place.seq();
  if (since.ms != 0) history.since = since;
  history.forwards = in.after() != 0 || in.since() != 0;
  return {};
}

Result<ConversationChoice> read_which(const v1::ReadHistoryRequest& in) {
  const MessageId place(in.before() != 0 ? in.before() : in.after());
  const bool with = in.user_id() != 0 || !in.user_name().empty() || in.group_id() != 0;
  if (with && in.session_id() != 0) return bad("sessionId, groupId and a user exclude each other");
  if (with && place != MessageId())
    return bad("before and after say which conversation: leave the user and groupId out");
  if (with) {
    MPIM_TRY(Recipient who, recipient(in.user_id(), in.user_name(), in.group_id()));
    return ConversationChoice(std::move(who));
  }
  if (in.session_id() == 0) {
    if (place == MessageId()) return missing("sessionId, userId, userName or groupId");
    return ConversationChoice(place.conversation());
  }
  MPIM_TRY(const ConversationId named, conversation_id_from(in.session_id()));
  if (place != MessageId() && place.conversation() != named)
    return bad("the message is not of that conversation");
  return ConversationChoice(named);
}

}  // namespace

Parsed request_from(const v1::ConfirmMessagesRequest& in, const WireLimits&) {
  ConfirmRequest confirm;
  if (in.message_ids().empty()) return missing("messageIds");
  if (in.message_ids_size() > static_cast<int>(kPullMax))
    return bad("messageIds are more than " + std::to_string(kPullMax));
  for (const uint64_t each : in.message_ids()) {
    MPIM_TRY(const MessageId id, message_id_from(each));
    confirm.ids.push_back(id);
  }
  return Request(std::move(confirm));
}

Parsed request_from(const v1::EditMessageRequest& in, const WireLimits& limits) {
  EditRequest edit;
  MPIM_TRY(edit.message, message_id_from(in.message_id()));
  MPIM_TRY(edit.text, text_body(in.content(), limits.text_bytes_max));
  return Request(std::move(edit));
}

Parsed request_from(const v1::HideMessageRequest& in, const WireLimits&) {
  MPIM_TRY(const MessageId message, message_id_from(in.message_id()));
  return Request(HideRequest{message});
}

Parsed request_from(const v1::ListConversationsRequest& in, const WireLimits&) {
  ConversationsRequest conversations;
  MPIM_TRY(conversations.before, message_or_none(in.before()));
  MPIM_TRY(conversations.count_max, limit(in.limit(), kPullStandard));
  return Request(conversations);
}

Parsed request_from(const v1::ListReceiptsRequest& in, const WireLimits&) {
  ReceiptsRequest receipts;
  MPIM_TRY(receipts.message, message_id_from(in.message_id()));
  MPIM_TRY(receipts.after, after_user(in.after()));
  MPIM_TRY(receipts.count_max, limit(in.limit(), kPullStandard));
  return Request(receipts);
}

Parsed request_from(const v1::ListUnreadRequest&, const WireLimits&) {
  return Request(UnreadRequest{});
}

Parsed request_from(const v1::MarkReadRequest& in, const WireLimits&) {
  MPIM_TRY(const MessageId through, message_id_from(in.message_id()));
  return Request(ReadRequest{through});
}

Parsed request_from(const v1::ReadHistoryRequest& in, const WireLimits&) {
  static constexpr std::array<Word<bool>, 2> kOrders{{{"seq", false}, {"time", true}}};
  HistoryRequest history;
  MPIM_CHECKED(read_place(in, history));
  MPIM_TRY(history.of, read_which(in));
  if (!in.order().empty()) {
    MPIM_TRY(history.by_time, one_of("order", in.order(), kOrders));
  }
  MPIM_TRY(history.count_max, limit(in.limit(), kPullStandard));
  return Request(std::move(history));
}

Parsed request_from(const v1::ReadInboxRequest& in, const WireLimits&) {
  InboxRequest inbox;
  MPIM_TRY(inbox.after, message_or_none(in.after()));
  MPIM_TRY(inbox.count_max, limit(in.limit(), kPullStandard));
  return Request(inbox);
}

Parsed request_from(const v1::RecallMessageRequest& in, const WireLimits&) {
  MPIM_TRY(const MessageId message, message_id_from(in.message_id()));
  return Request(RecallRequest{message});
}

Parsed request_from(const v1::SearchMessagesRequest& in, const WireLimits&) {
  SearchRequest search{};
  if (in.words().empty()) return missing("words");
  search.words = in.words();
  MPIM_TRY(search.with, person_or_nobody(in.user_id(), in.user_name()));
  MPIM_TRY(search.from, person_or_nobody(in.from_user_id(), in.from_user_name()));
  const int places =
      (search.with ? 1 : 0) + (in.session_id() != 0 ? 1 : 0) + (in.group_id() != 0 ? 1 : 0);
  if (places > 1) return bad("sessionId, groupId and a user exclude each other");
  if (in.session_id() != 0) {
    MPIM_TRY(search.conversation, conversation_id_from(in.session_id()));
  }
  if (in.group_id() != 0) {
    MPIM_TRY(search.group, group_id_from(in.group_id()));
  }
  MPIM_TRY(search.since, time_or_none(in.since(), "since"));
  MPIM_TRY(search.until, time_or_none(in.until(), "until"));
  MPIM_TRY(search.before, message_or_none(in.before()));
  MPIM_TRY(search.count_max, limit(in.limit(), kSearchStandard));
  return Request(std::move(search));
}

Parsed request_from(const v1::SendMessageRequest& in, const WireLimits& limits) {
  SendRequest send;
  MPIM_TRY(send.to, recipient(in.to_user_id(), in.to_user_name(), in.group_id()));
  MPIM_TRY(send.text, text_body(in.content(), limits.text_bytes_max));
  if (!in.client_message_id().empty()) {
    MPIM_TRY(send.client_id, client_id(in.client_message_id()));
  }
  if (!in.message_type().empty()) {
    MPIM_TRY(send.type, content_type(in.message_type()));
  }
  if (!in.ext().empty()) {
    MPIM_TRY(send.ext, ext_json(in.ext(), limits.ext_bytes_max));
  }
  MPIM_TRY(send.file, file_or_none(in.file_id()));
  MPIM_TRY(send.client_at, time_or_none(in.client_timestamp(), "clientTimestamp"));
  return Request(std::move(send));
}

}  // namespace mpim::wire
