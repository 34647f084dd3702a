#include "server/protocol/line_encoding.h"

#include "server/protocol/line_answers.h"
#include "server/protocol/line_fields.h"

namespace mpim::line {
namespace {

// Whose text says what is new.
bool has_text(EntryKind kind) {
  return kind >= EntryKind::kEdit && kind != EntryKind::kUnmute && kind != EntryKind::kDissolve;
}

void append_message(std::string_view word, const Entry& entry, bool to_sender, std::string& out) {
  out += word;
  append_field(out, " id=", entry.id().value);
  append_field(out, " from=", entry.sender.value);
  if (to_sender && entry.subject) append_field(out, " to=", entry.subject.value);
  if (entry.group) append_field(out, " group=", entry.group.value);
  append_field(out, " ts=", static_cast<uint64_t>(time_of(entry).ms));
  if (entry.client_at.ms != 0)
    append_field(out, " client_ts=", static_cast<uint64_t>(entry.client_at.ms));
  append_field(out, " conv=", entry.conversation.value);
  append_field(out, " seq=", entry.seq.value);
  if (entry.type != ContentType::kText) append_field(out, " type=", name_of(entry.type));
  if (entry.file) append_field(out, " file=", entry.file.value);
  if (entry.state != EntryState::kAsSent) append_field(out, " state=", name_of(entry.state));
  if (to_sender && !entry.client_id.empty()) append_word(out, " cid=", entry.client_id);
  if (!entry.ext.empty()) append_quoted(out, " ext=", entry.ext);
  append_quoted(out, " text=", entry.text);
}

void append_event(std::string_view word, const Entry& entry, std::string& out) {
  out += word;
  append_field(out, " id=", entry.id().value);
  append_field(out, " conv=", entry.conversation.value);
  append_field(out, " seq=", entry.seq.value);
  append_field(out, " kind=", name_of(entry.kind));
  if (entry.group) append_field(out, " group=", entry.group.value);
  if (entry.ref != Seq())
    append_field(out, " ref=", MessageId(entry.conversation, entry.ref).value);
  if (entry.subject) append_field(out, " user=", entry.subject.value);
  append_field(out, " by=", entry.sender.value);
  append_field(out, " ts=", static_cast<uint64_t>(entry.at.ms));
  if (has_text(entry.kind) || !entry.text.empty()) append_quoted(out, " text=", entry.text);
}

// One overload for each alternative of NoticeLine.
struct NoticeWriter {
  std::string& out;

  void operator()(const GapNotice& gap) const {
    append_field(out, "NOTICE kind=gap conv=", gap.conversation.value);
    append_field(out, " from=", gap.from.value);
    append_field(out, " to=", gap.to.value);
    append_quoted(out, " text=", gap.text);
  }
  void operator()(const PendingNotice& pending) const {
    append_field(out, "NOTICE kind=pending conv=", pending.conversation.value);
    append_field(out, " count=", pending.count);
  }
  void operator()(const ClosingNotice& closing) const {
    append_field(out, "NOTICE kind=closing code=", name_of(closing.code));
    if (closing.window_ms != 0) append_field(out, " window_ms=", closing.window_ms);
    append_quoted(out, " text=", closing.text);
  }
};

// One overload for each alternative of Signal.
struct SignalWriter {
  std::string& out;

  void operator()(const ReceiptSignal& receipt) const {
    append_field(out, "RECEIPT conv=", receipt.conversation.value);
    if (receipt.group) append_field(out, " group=", receipt.group.value);
    append_field(out, " user=", receipt.by.value);
    append_field(out, " kind=", name_of(receipt.kind));
    append_field(out, " msg_id=", MessageId(receipt.conversation, receipt.through).value);
    append_field(out, " seq=", receipt.through.value);
    append_field(out, " ts=", static_cast<uint64_t>(receipt.at.ms));
  }
  void operator()(const PresenceSignal& presence) const {
    append_field(out, "PRESENCE user=", presence.user.value);
    append_field(out, " state=", name_of(presence.state));
    append_field(out, " since=", static_cast<uint64_t>(presence.since.ms));
  }
  void operator()(const TypingSignal& typing) const {
    append_field(out, "TYPING conv=", typing.conversation.value);
    if (typing.group) append_field(out, " group=", typing.group.value);
    append_field(out, " from=", typing.by.value);
  }
  void operator()(const ChangeSignal& change) const {
    append_field(out, "CHANGE version=", change.version);
    append_field(out, " kind=", name_of(change.kind));
    if (change.group) append_field(out, " group=", change.group.value);
    if (change.user) append_field(out, " user=", change.user.value);
    if (change.conversation) {
      append_field(out, " conv=", change.conversation.value);
      append_field(out, " seq=", change.through.value);
    }
    if (!change.state.empty()) append_field(out, " state=", change.state);
  }
  void operator()(const RefusedSignal& refused) const {
    append_field(out, "NOTICE kind=refused queued=", refused.ticket);
    append_word(out, " cid=", refused.client_id);
    append_field(out, " code=", name_of(refused.why.code));
    append_quoted(out, " text=", refused.why.message);
  }
};

}  // namespace

void encode_greeting(std::string& out) {
  out += "+OK welcome mpim/" MPIM_VERSION " protocol=line/1\n";
}

void encode(const Response& response, std::string& out) {
  std::visit(AnswerWriter{out}, response);
  out += '\n';
}

void encode_entry(const Entry& entry, bool to_sender, std::string& out) {
  out.reserve(out.size() + entry.text.size() + 160);
  append_entry(entry.kind == EntryKind::kMessage ? "MSG" : "EVENT", entry, to_sender, out);
  out += '\n';
}

void append_entry(std::string_view word, const Entry& entry, bool to_sender, std::string& out) {
  if (entry.kind == EntryKind::kMessage)
    append_message(word, entry, to_sender, out);
  else
    append_event(word, entry, out);
}

void encode_notice(const NoticeLine& notice, std::string& out) {
  std::visit(NoticeWriter{out}, notice);
  out += '\n';
}

void encode_signal(const Signal& signal, std::string& out) {
  std::visit(SignalWriter{out}, signal);
  out += '\n';
}

}  // namespace mpim::line
