// The calls about what was said, who has seen it, and who is there.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {
namespace {

Result<LogChoice> log_from(const admin::v1::ReadHistoryRequest& in) {
  const bool talk = in.has_a() || in.has_b();
  if ((in.conversation() != 0) + (in.group() != 0) + talk != 1)
    return Error{Code::kBadRequest, "say which log: a conversation, a group, or two users"};
  if (in.conversation() != 0) {
    MPIM_TRY(const ConversationId id, conversation_id_from(in.conversation()));
    return LogChoice(id);
  }
  if (in.group() != 0) {
    MPIM_TRY(const GroupId id, group_id_from(in.group()));
    return LogChoice(id);
  }
  MPIM_TRY(UserChoice a, user_from(in.a()));
  MPIM_TRY(UserChoice b, user_from(in.b()));
  return LogChoice(std::pair(std::move(a), std::move(b)));
}

Result<void> read_history(const AdminContext& context, const admin::v1::ReadHistoryRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(LogChoice of, log_from(in));
  std::optional<Seq> bound;
  if (in.bound() != 0) {
    MPIM_TRY(const MessageId id, message_id_from(in.bound()));
    const auto* const conversation = std::get_if<ConversationId>(&of);
    if (conversation != nullptr && *conversation != id.conversation())
      return Error{Code::kBadRequest, "the message is not of that conversation"};
    bound = id.seq();
  }
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.read_history(
      std::move(of), in.forwards(), bound, limit, out.reply<LogPage>([](const LogPage& found) {
        admin::v1::ReadHistoryResponse told;
        told.set_conversation(found.page.conversation.value);
        for (const EntryPtr& entry : found.page.entries)
          *told.add_entries() = to_wire(*entry, found.names);
        told.set_more(found.page.more);
        told.set_next(MessageId(found.page.conversation, found.page.reached).value);
        return told;
      }));
  return {};
}

Result<void> recall_message(const AdminContext& context, const admin::v1::RecallMessageRequest& in,
                            AdminAnswer& out) {
  MPIM_TRY(const MessageId id, message_id_from(in.id()));
  context.service.recall_message(
      context.by, id, in.dry_run(), out.reply<LogPage>([](const LogPage& before) {
        admin::v1::RecallMessageResponse told;
        *told.mutable_entry() = to_wire(*before.page.entries.front(), before.names);
        return told;
      }));
  return {};
}

Result<void> get_receipts(const AdminContext& context, const admin::v1::GetReceiptsRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(const MessageId id, message_id_from(in.id()));
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.get_receipts(
      id, after, limit,
      out.reply<std::pair<Receipts, ShownNames>>([](const std::pair<Receipts, ShownNames>& found) {
        const auto& [receipts, names] = found;
        admin::v1::GetReceiptsResponse told;
        told.set_recipients(receipts.recipients);
        told.set_delivered(receipts.delivered);
        told.set_read(receipts.read);
        for (const ReceiptMark& mark : receipts.marks) {
          admin::v1::Receipt& shown = *told.add_receipts();
          *shown.mutable_user() = user_ref_of(mark.user, names);
          shown.set_delivered_at_ms(mark.delivered.ms);
          shown.set_read_at_ms(mark.read.ms);
        }
        told.set_more(receipts.more);
        return told;
      }));
  return {};
}

Result<void> list_presence(const AdminContext& context, const admin::v1::ListPresenceRequest& in,
                           AdminAnswer& out) {
  std::vector<UserChoice> users;
  if (in.users_size() > 0) {
    MPIM_TRY(users, users_from(in.users()));
  }
  MPIM_TRY(const UserId after, user_after(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_presence(
      std::move(users), after, limit,
      out.reply<Listing<PresenceRow>>([](const Listing<PresenceRow>& page) {
        admin::v1::ListPresenceResponse told;
        for (const PresenceRow& row : page.items) {
          admin::v1::Presence& shown = *told.add_rows();
          *shown.mutable_user() = user_ref(row.account.id, row.account.name);
          shown.set_state(std::string(name_of(row.state)));
          shown.set_since_ms(row.since.ms);
          Timestamp seen;
          for (const Device& device : row.devices) {
            *shown.add_devices() = to_wire(device);
            seen = std::max(seen, device.seen_at);
          }
          shown.set_seen_at_ms(seen.ms);
        }
        told.set_more(page.more);
        return told;
      }));
  return {};
}

Result<void> list_conversations(const AdminContext& context,
                                const admin::v1::ListConversationsRequest& in, AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const MessageId before,
           in.before() == 0 ? Result(MessageId()) : message_id_from(in.before()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_conversations(
      std::move(user), before, limit,
      out.reply<Listing<ConversationRow>>([](const Listing<ConversationRow>& page) {
        admin::v1::ListConversationsResponse told;
        for (const ConversationRow& row : page.items) {
          admin::v1::Conversation& shown = *told.add_conversations();
          shown.set_id(row.conversation.value);
          shown.set_group(row.group.value);
          if (row.peer) *shown.mutable_peer() = user_ref_of(row.peer, page.names);
          shown.set_name(row.name);
          if (row.last) *shown.mutable_last() = to_wire(*row.last, page.names);
          shown.set_at_ms(row.at.ms);
          shown.set_unread(row.unread);
          shown.set_member(row.member);
        }
        told.set_more(page.more);
        return told;
      }));
  return {};
}

constexpr std::array<AdminMethod, 5> kMethods{{
    {"GetReceipts", run_admin_method<admin::v1::GetReceiptsRequest, get_receipts>},
    {"ListConversations",
     run_admin_method<admin::v1::ListConversationsRequest, list_conversations>},
    {"ListPresence", run_admin_method<admin::v1::ListPresenceRequest, list_presence>},
    {"ReadHistory", run_admin_method<admin::v1::ReadHistoryRequest, read_history>},
    {"RecallMessage", run_admin_method<admin::v1::RecallMessageRequest, recall_message>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

std::span<const AdminMethod> admin_history_methods() { return kMethods; }

}  // namespace mpim
