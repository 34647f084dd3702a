// Answers about what was said, and who has seen it.
#include "server/protocol/line_answers.h"
#include "server/protocol/line_encoding.h"
#include "server/protocol/line_fields.h"

namespace mpim::line {
namespace {

uint64_t wire(Timestamp at) { return static_cast<uint64_t>(at.ms); }

}  // namespace

void AnswerWriter::operator()(const HistoryResponse& history) const {
  const HistoryPage& page = history.page;
  append_field(out, "+OK history conv=", page.conversation.value);
  append_field(out, " count=", page.entries.size());
  out += page.more ? " more=1" : " more=0";
  append_field(out, " next=", MessageId(page.conversation, page.reached).value);
  for (const EntryPtr& entry : page.entries) {
    out += '\n';
    append_entry("ENTRY", *entry, entry->sender == history.reader, out);
  }
}

void AnswerWriter::operator()(const ConversationsResponse& conversations) const {
  append_field(out, "+OK conversations count=", conversations.rows.size());
  out += conversations.more ? " more=1" : " more=0";
  for (const ConversationRow& row : conversations.rows) {
    append_field(out, "\nCONVERSATION conv=", row.conversation.value);
    if (row.group)
      append_field(out, " group=", row.group.value);
    else
      append_field(out, " user=", row.peer.value);
    append_quoted(out, " name=", row.name);
    append_counted(out, " unread=", row.unread);
    append_field(out, " member=", uint64_t{row.member});
    append_field(out, " ts=", wire(row.at));
    if (!row.last) continue;
    append_field(out, " last=", row.last->id().value);
    if (row.last->kind != EntryKind::kMessage) continue;
    append_field(out, " from=", row.last->sender.value);
    if (row.last->state != EntryState::kAsSent)
      append_field(out, " state=", name_of(row.last->state));
    append_quoted(out, " text=", row.last->text);
  }
}

void AnswerWriter::operator()(const InboxResponse& inbox) const {
  append_field(out, "+OK inbox count=", inbox.entries.size());
  out += inbox.more ? " more=1" : " more=0";
  for (const EntryPtr& entry : inbox.entries) {
    out += '\n';
    append_entry("ENTRY", *entry, entry->sender == inbox.reader, out);
  }
}

void AnswerWriter::operator()(const ConfirmedResponse& confirmed) const {
  append_field(out, "+OK confirmed=", confirmed.conversations);
}

void AnswerWriter::operator()(const ReceiptsResponse& response) const {
  const Receipts& receipts = response.receipts;
  append_field(out, "+OK receipts count=", receipts.marks.size());
  out += receipts.more ? " more=1" : " more=0";
  append_field(out, " recipients=", receipts.recipients);
  append_field(out, " delivered=", receipts.delivered);
  append_field(out, " read=", receipts.read);
  for (const ReceiptMark& mark : receipts.marks) {
    append_field(out, "\nMARK user=", mark.user.value);
    append_field(out, " delivered=", wire(mark.delivered));
    append_field(out, " read=", wire(mark.read));
  }
}

}  // namespace mpim::line
