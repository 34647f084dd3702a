// The calls about messages and offline queues.
#include <algorithm>
#include <array>

#include "server/contract/convert.h"
#include "server/contract/names.h"
#include "server/gateway/admin/admin_call.h"

namespace mpim {

admin::v1::Entry to_wire(const Entry& entry, const ShownNames& names) {
  admin::v1::Entry out = mpim::to_wire(entry);
  *out.mutable_from() = user_ref_of(entry.sender, names);
  if (entry.subject) *out.mutable_subject() = user_ref_of(entry.subject, names);
  return out;
}

namespace {

admin::v1::OfflineRow to_wire(const OfflineRow& row, const ShownNames& names) {
  admin::v1::OfflineRow out;
  *out.mutable_user() = user_ref_of(row.user, names);
  out.set_device(row.device.value);
  out.set_device_name(device_name_of(row.device, names));
  out.set_conversation(row.conversation.value);
  out.set_group(row.group.value);
  if (row.peer) *out.mutable_peer() = user_ref_of(row.peer, names);
  out.set_delivered(row.delivered.value);
  out.set_head(row.head.value);
  out.set_pending(row.pending);
  return out;
}

Result<ConversationId> conversation_if_given(uint64_t wire) {
  return wire == 0 ? Result<ConversationId>(ConversationId{}) : conversation_id_from(wire);
}

Result<OfflineChoice> choice_from(const admin::v1::OfflineFilter& wire) {
  OfflineChoice choice;
  if (wire.has_user()) {
    MPIM_TRY(choice.user, user_from(wire.user()));
  }
  if (!wire.device_name().empty()) {
    MPIM_TRY(const DeviceName name, device_name(wire.device_name()));
    choice.device_name = name.text;
  }
  MPIM_TRY(choice.conversation, conversation_if_given(wire.conversation()));
  return choice;
}

// A page names the last row of the one before: "user.device.conversation".
std::string page_after(const OfflineRow& row) {
  return std::to_string(row.user.value) + "." + std::to_string(row.device.value) + "." +
         std::to_string(row.conversation.value);
}

Result<std::optional<OfflineRow>> row_from_page(std::string_view page) {
  if (page.empty()) return std::optional<OfflineRow>();
  const size_t first = page.find('.');
  const size_t second = page.find('.', first + 1);
  if (first == page.npos || second == page.npos)
    return Error{Code::kBadRequest, "`page` must be the nextPage of an earlier answer"};
  MPIM_TRY(const UserId user, parse_user_id(page.substr(0, first)));
  MPIM_TRY(const uint64_t device,
           parse_number(page.substr(first + 1, second - first - 1), "page", 1, INT64_MAX));
  MPIM_TRY(const ConversationId conversation, parse_conversation_id(page.substr(second + 1)));
  return std::optional(OfflineRow{.user = user,
                                  .device = DeviceId(device),
                                  .conversation = conversation,
                                  .group = {},
                                  .peer = {},
                                  .delivered = {},
                                  .head = {},
                                  .pending = 0});
}

Result<void> get_offline_stats(const AdminContext& context,
                               const admin::v1::GetOfflineStatsRequest&, AdminAnswer& out) {
  context.service.offline_stats(out.reply<OfflineStats>([](const OfflineStats& stats) {
    admin::v1::GetOfflineStatsResponse told;
    told.set_users(stats.users);
    told.set_devices(stats.devices);
    told.set_conversations(stats.conversations);
    told.set_pending(stats.pending);
    told.set_users_without_device(stats.users_without_device);
    return told;
  }));
  return {};
}

Result<void> list_offline(const AdminContext& context, const admin::v1::ListOfflineRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(OfflineChoice which, choice_from(in.filter()));
  MPIM_TRY(const std::optional<OfflineRow> after, row_from_page(in.page()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.list_offline(std::move(which), after, limit,
                               out.reply<Listing<OfflineRow>>([](const Listing<OfflineRow>& page) {
                                 admin::v1::ListOfflineResponse told;
                                 for (const OfflineRow& row : page.items)
                                   *told.add_rows() = to_wire(row, page.names);
                                 if (page.more) told.set_next_page(page_after(page.items.back()));
                                 return told;
                               }));
  return {};
}

Result<void> read_offline(const AdminContext& context, const admin::v1::ReadOfflineRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(UserChoice user, user_from(in.user()));
  MPIM_TRY(const DeviceName device,
           in.device_name().empty() ? Result(DeviceName{}) : device_name(in.device_name()));
  MPIM_TRY(const ConversationId conversation, conversation_if_given(in.conversation()));
  MPIM_TRY(const Seq after, seq_from(in.after()));
  MPIM_TRY(const uint32_t limit, limit_from(in.limit()));
  context.service.read_offline(std::move(user), device.text, conversation, after, limit,
                               out.reply<Listing<EntryPtr>>([](const Listing<EntryPtr>& found) {
                                 admin::v1::ReadOfflineResponse told;
                                 for (const EntryPtr& entry : found.items)
                                   *told.add_entries() = to_wire(*entry, found.names);
                                 told.set_more(found.more);
                                 return told;
                               }));
  return {};
}

Result<void> move_offline(const AdminContext& context, const admin::v1::MoveOfflineRequest& in,
                          AdminAnswer& out) {
  MPIM_TRY(OfflineChoice which, choice_from(in.filter()));
  MPIM_TRY(const Seq to, seq_from(in.to()));
  const MoveOrder order{.purge = in.purge(), .to = to, .last = in.last()};
  context.service.move_offline(
      context.by, std::move(which), order, in.dry_run(),
      out.reply<Listing<MovedCursor>>([](const Listing<MovedCursor>& plan) {
        admin::v1::MoveOfflineResponse told;
        for (const MovedCursor& moved : plan.items) {
          admin::v1::MovedCursor& shown = *told.add_moved();
          *shown.mutable_row() = to_wire(moved.row, plan.names);
          shown.set_to(moved.to.value);
        }
        return told;
      }));
  return {};
}

Result<OperatorDraft> draft_from(const admin::v1::NewMessage& wire, uint32_t text_bytes_max) {
  MPIM_TRY(UserChoice from, user_from(wire.from()));
  if (wire.has_to() == (wire.group() != 0))
    return Error{Code::kBadRequest,
                 "a message goes to a user or to a group: give one of `to` and `group`"};
  MPIM_TRY(std::string text, text_body(wire.text(), text_bytes_max));
  MPIM_TRY(std::string cid,
           wire.client_id().empty() ? Result(std::string()) : client_id(wire.client_id()));
  if (wire.has_to()) {
    MPIM_TRY(UserChoice to, user_from(wire.to()));
    return OperatorDraft{std::move(from), std::move(to), std::move(text), std::move(cid)};
  }
  MPIM_TRY(const GroupId group, group_id_from(wire.group()));
  return OperatorDraft{std::move(from), group, std::move(text), std::move(cid)};
}

admin::v1::SendMessagesResponse to_wire(const std::vector<SendOutcome>& outcomes) {
  admin::v1::SendMessagesResponse told;
  for (const SendOutcome& outcome : outcomes) *told.add_outcomes() = mpim::to_wire(outcome);
  return told;
}

Result<void> send_messages(const AdminContext& context, const admin::v1::SendMessagesRequest& in,
                           AdminAnswer& out) {
  MPIM_CHECKED(check_batch(in.messages_size(), "messages"));
  std::vector<Result<OperatorDraft>> drafts;
  for (const admin::v1::NewMessage& wire : in.messages())
    drafts.push_back(draft_from(wire, context.text_bytes_max));
  context.service.send_messages(
      context.by, std::move(drafts),
      out.reply<std::vector<SendOutcome>>(
          [](const std::vector<SendOutcome>& outcomes) { return to_wire(outcomes); }));
  return {};
}

Result<void> get_message(const AdminContext& context, const admin::v1::GetMessageRequest& in,
                         AdminAnswer& out) {
  MPIM_TRY(const MessageId id, message_id_from(in.id()));
  context.service.get_message(id, out.reply<MessageDetail>([](const MessageDetail& found) {
    admin::v1::GetMessageResponse told;
    *told.mutable_entry() = to_wire(*found.entry, found.deliveries.names);
    for (const Delivery& delivery : found.deliveries.items) {
      admin::v1::Delivery& shown = *told.add_deliveries();
      *shown.mutable_user() = user_ref_of(delivery.user, found.deliveries.names);
      shown.set_device(delivery.device.value);
      shown.set_device_name(device_name_of(delivery.device, found.deliveries.names));
      shown.set_delivered(delivery.delivered);
      shown.set_read(delivery.read);
      shown.set_own(delivery.own);
    }
    told.set_more(found.deliveries.more);
    return told;
  }));
  return {};
}

constexpr std::array<AdminMethod, 6> kMethods{{
    {"GetMessage", run_admin_method<admin::v1::GetMessageRequest, get_message>},
    {"GetOfflineStats", run_admin_method<admin::v1::GetOfflineStatsRequest, get_offline_stats>},
    {"ListOffline", run_admin_method<admin::v1::ListOfflineRequest, list_offline>},
    {"MoveOffline", run_admin_method<admin::v1::MoveOfflineRequest, move_offline>},
    {"ReadOffline", run_admin_method<admin::v1::ReadOfflineRequest, read_offline>},
    {"SendMessages", run_admin_method<admin::v1::SendMessagesRequest, send_messages>},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &AdminMethod::name));

}  // namespace

admin::v1::SendOutcome to_wire(const SendOutcome& outcome) {
  admin::v1::SendOutcome told;
  if (outcome.ok()) {
    told.set_id(outcome->id.value);
    told.set_seq(outcome->id.seq().value);
    told.set_duplicate(outcome->duplicate);
  } else {
    told.set_code(std::string(name_of(outcome.error().code)));
    told.set_message(outcome.error().message);
  }
  return told;
}

std::span<const AdminMethod> admin_message_methods() { return kMethods; }

}  // namespace mpim
