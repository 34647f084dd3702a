// Answers about messages.
#include "server/protocol/wire/wire_answers.h"

namespace mpim::wire {
namespace {

void write_content(const Entry& entry, bool to_sender, v1::Message& out) {
  out.set_message_type(std::string(name_of(entry.type)));
  if (entry.subject && !entry.group) out.set_to_user_id(entry.subject.value);
  out.set_content(entry.text);
  out.set_file_id(entry.file.value);
  out.set_ext(entry.ext);
  if (entry.client_at.ms != 0) out.set_client_timestamp(time_of(entry).ms);
  if (to_sender) out.set_client_message_id(entry.client_id);
  if (entry.state != EntryState::kAsSent) out.set_state(std::string(name_of(entry.state)));
  out.set_changed_at(entry.changed_at.ms);
}

// What an entry says that is no message.
void write_event(const Entry& entry, v1::Message& out) {
  out.set_user_id(entry.subject.value);
  out.set_content(entry.text);
  if (entry.ref != Seq()) out.set_ref(MessageId(entry.conversation, entry.ref).value);
}

template <class Out>
void write_entries(const std::vector<EntryPtr>& entries, UserId reader, Out& out) {
  for (const EntryPtr& entry : entries) write(*entry, entry->sender == reader, *out.add_messages());
}

}  // namespace

void write(const Entry& entry, bool to_sender, v1::Message& out) {
  out.set_message_id(entry.id().value);
  out.set_session_id(entry.conversation.value);
  out.set_seq(static_cast<uint32_t>(entry.seq.value));
  out.set_kind(std::string(name_of(entry.kind)));
  out.set_from_user_id(entry.sender.value);
  out.set_group_id(entry.group.value);
  out.set_timestamp(entry.at.ms);
  if (entry.kind == EntryKind::kMessage)
    write_content(entry, to_sender, out);
  else
    write_event(entry, out);
}

void answer(const AckedResponse&, v1::HideMessageResponse&) {}

void answer(const ConfirmedResponse& from, v1::ConfirmMessagesResponse& out) {
  out.set_confirmed(from.conversations);
}

void answer(const ConversationsResponse& from, v1::ListConversationsResponse& out) {
  for (const ConversationRow& row : from.rows) {
    v1::Conversation& told = *out.add_conversations();
    told.set_session_id(row.conversation.value);
    told.set_group_id(row.group.value);
    told.set_user_id(row.peer.value);
    told.set_name(row.name);
    if (row.last) write(*row.last, false, *told.mutable_last());
    told.set_timestamp(row.at.ms);
    told.set_unread(row.unread);
    told.set_member(row.member);
  }
  out.set_has_more(from.more);
}

void answer(const FoundResponse& from, v1::SearchMessagesResponse& out) {
  write_entries(from.rows, UserId(), out);
  out.set_has_more(from.more);
  out.set_complete(from.complete);
  out.set_next(from.next.value);
}

void answer(const HistoryResponse& from, v1::ReadHistoryResponse& out) {
  out.set_session_id(from.page.conversation.value);
  write_entries(from.page.entries, from.reader, out);
  out.set_has_more(from.page.more);
  out.set_next(MessageId(from.page.conversation, from.page.reached).value);
}

void answer(const InboxResponse& from, v1::ReadInboxResponse& out) {
  write_entries(from.entries, from.reader, out);
  out.set_has_more(from.more);
}

void answer(const ReadResponse& from, v1::MarkReadResponse& out) {
  out.set_message_id(from.through.value);
}

void answer(const ReceiptsResponse& from, v1::ListReceiptsResponse& out) {
  const Receipts& receipts = from.receipts;
  out.set_recipients(receipts.recipients);
  out.set_delivered(receipts.delivered);
  out.set_read(receipts.read);
  for (const ReceiptMark& mark : receipts.marks) {
    v1::ReceiptMark& told = *out.add_receipts();
    told.set_user_id(mark.user.value);
    told.set_delivered_at(mark.delivered.ms);
    told.set_read_at(mark.read.ms);
  }
  out.set_has_more(receipts.more);
}

void answer(const SentResponse& from, v1::SendMessageResponse& out) {
  const Committed& committed = from.committed;
  out.set_message_id(committed.id.value);
  out.set_session_id(committed.id.conversation().value);
  out.set_seq(static_cast<uint32_t>(committed.id.seq().value));
  out.set_timestamp(committed.at.ms);
  out.set_duplicate(committed.duplicate);
  out.set_client_message_id(from.client_id);
  out.set_queued(committed.ticket);
}

void answer(const UnreadResponse& from, v1::ListUnreadResponse& out) {
  uint64_t total = 0;
  for (const Unread& row : from.rows) {
    v1::UnreadCount& told = *out.add_conversations();
    told.set_session_id(row.conversation.value);
    told.set_group_id(row.group.value);
    told.set_user_id(row.peer.value);
    told.set_unread(row.count);
    total += row.count;
  }
  out.set_total(static_cast<uint32_t>(std::min<uint64_t>(total, kCountedMax + 1)));
}

}  // namespace mpim::wire
