#include "server/protocol/json/json_pushes.h"

#include "server/protocol/json/json_members.h"

namespace mpim {
namespace {

void begin_push(std::string_view type, std::string& out) {
  out += "{\"type\":\"";
  out += type;
  out += "\",\"payload\":";
}

// One overload for each alternative of NoticeLine.
struct NoticeWriter {
  std::string& out;

  void operator()(const GapNotice& gap) const {
    JsonMembers members(out);
    members.word("kind", "gap");
    members.id("sessionId", gap.conversation.value);
    members.number("afterSeq", gap.from.value);
    members.number("throughSeq", gap.to.value);
    members.text("message", gap.text);
    members.end();
  }
  void operator()(const PendingNotice& pending) const {
    JsonMembers members(out);
    members.word("kind", "pending");
    members.id("sessionId", pending.conversation.value);
    members.number("count", pending.count);
    members.end();
  }
  void operator()(const ClosingNotice& closing) const {
    JsonMembers members(out);
    members.word("kind", "closing");
    members.word("code", name_of(closing.code));
    members.text("message", closing.text);
    if (closing.window_ms != 0) members.number("windowMs", closing.window_ms);
    members.end();
  }
};

// One overload for each alternative of Signal; each appends all but the last brace.
struct SignalWriter {
  std::string& out;

  void operator()(const ReceiptSignal& receipt) const {
    begin_push("receipt", out);
    JsonMembers members(out);
    members.word("kind", name_of(receipt.kind));
    members.id("messageId", MessageId(receipt.conversation, receipt.through).value);
    members.id("sessionId", receipt.conversation.value);
    members.number("seq", receipt.through.value);
    members.id("groupId", receipt.group.value);
    members.id("userId", receipt.by.value);
    members.time("timestamp", receipt.at);
    members.end();
  }
  void operator()(const PresenceSignal& presence) const {
    begin_push("presence", out);
    write_presence(presence, out);
  }
  void operator()(const TypingSignal& typing) const {
    begin_push("typing", out);
    JsonMembers members(out);
    members.id("sessionId", typing.conversation.value);
    members.id("groupId", typing.group.value);
    members.id("userId", typing.by.value);
    members.end();
  }
  void operator()(const ChangeSignal& change) const {
    begin_push("change", out);
    write_change(change, out);
  }
  void operator()(const RefusedSignal& refused) const {
    begin_push("notice", out);
    JsonMembers members(out);
    members.word("kind", "refused");
    members.text("queued", refused.ticket);
    members.text("clientMessageId", refused.client_id);
    members.word("code", name_of(refused.why.code));
    members.text("message", refused.why.message);
    members.end();
  }
};

}  // namespace

void write_message(const Entry& entry, bool to_sender, std::string& out) {
  const bool message = entry.kind == EntryKind::kMessage;
  JsonMembers members(out);
  members.id("messageId", entry.id().value);
  members.id("sessionId", entry.conversation.value);
  members.number("seq", entry.seq.value);
  members.word("kind", name_of(entry.kind));
  if (message) members.word("messageType", name_of(entry.type));
  members.id("fromUserId", entry.sender.value);
  members.id(message ? "toUserId" : "userId", entry.subject.value);
  members.id("groupId", entry.group.value);
  members.text("content", entry.text);
  members.id("fileId", entry.file.value);
  members.text("ext", entry.ext);
  members.time("timestamp", entry.at);
  if (entry.client_at.ms != 0) members.time("clientTimestamp", time_of(entry));
  if (to_sender) members.text("clientMessageId", entry.client_id);
  if (entry.state != EntryState::kAsSent) members.word("state", name_of(entry.state));
  if (message) members.time("changedAt", entry.changed_at);
  if (!message && entry.ref != Seq())
    members.id("ref", MessageId(entry.conversation, entry.ref).value);
  members.end();
}

void write_presence(const PresenceSignal& presence, std::string& out) {
  JsonMembers members(out);
  members.id("userId", presence.user.value);
  members.word("state", name_of(presence.state));
  members.time("since", presence.since);
  members.end();
}

void write_change(const ChangeSignal& change, std::string& out) {
  JsonMembers members(out);
  members.id("version", change.version);
  members.word("kind", name_of(change.kind));
  members.id("userId", change.user.value);
  members.id("groupId", change.group.value);
  members.id("sessionId", change.conversation.value);
  members.number("seq", change.through.value);
  members.text("state", change.state);
  members.end();
}

void write_entry(const Entry& entry, bool to_sender, std::string& out) {
  out.reserve(out.size() + entry.text.size() + entry.ext.size() + 320);
  begin_push(entry.kind == EntryKind::kMessage ? "message" : "event", out);
  write_message(entry, to_sender, out);
  out += '}';
}

void write_notice(const NoticeLine& notice, std::string& out) {
  begin_push("notice", out);
  std::visit(NoticeWriter{out}, notice);
  out += '}';
}

void write_signal(const Signal& signal, std::string& out) {
  std::visit(SignalWriter{out}, signal);
  out += '}';
}

}  // namespace mpim
