#include "server/protocol/line_encoding.h"

#include "server/protocol/line_answers.h"
#include "server/protocol/line_fields.h"

namespace mpim::line {
namespace {

void append_message(const Entry& entry, bool to_sender, std::string& out) {
  append_field(out, "MSG id=", entry.id().value);
  append_field(out, " from=", entry.sender.value);
  if (to_sender && entry.subject) append_field(out, " to=", entry.subject.value);
  if (entry.group) append_field(out, " group=", entry.group.value);
  append_field(out, " ts=", static_cast<uint64_t>(entry.at.ms));
  append_field(out, " conv=", entry.conversation.value);
  append_field(out, " seq=", entry.seq.value);
  if (entry.type != ContentType::kText) append_field(out, " type=", name_of(entry.type));
  if (to_sender && !entry.client_id.empty()) append_word(out, " cid=", entry.client_id);
  append_quoted(out, " text=", entry.text);
}

void append_event(const Entry& entry, std::string& out) {
  append_field(out, "EVENT id=", entry.id().value);
  append_field(out, " conv=", entry.conversation.value);
  append_field(out, " seq=", entry.seq.value);
  append_field(out, " kind=", name_of(entry.kind));
  if (entry.group) append_field(out, " group=", entry.group.value);
  append_field(out, " user=", entry.subject.value);
  append_field(out, " by=", entry.sender.value);
  append_field(out, " ts=", static_cast<uint64_t>(entry.at.ms));
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
    append_quoted(out, " text=", closing.text);
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
  if (entry.kind == EntryKind::kMessage)
    append_message(entry, to_sender, out);
  else
    append_event(entry, out);
  out += '\n';
}

void encode_notice(const NoticeLine& notice, std::string& out) {
  std::visit(NoticeWriter{out}, notice);
  out += '\n';
}

}  // namespace mpim::line
