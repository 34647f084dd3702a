#include "server/protocol/line_answers.h"

#include <algorithm>

#include "server/protocol/line_encoding.h"
#include "server/protocol/line_fields.h"
#include "server/protocol/verbs/verbs.h"

namespace mpim::line {
namespace {

void append_help_lines(std::string& out, std::string_view lines) {
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    out += "  ";
    out += lines.substr(0, end);
    out += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

uint64_t count_lines(std::string_view lines) {
  return static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
}

std::string help_of_all() {
  std::string lines;
  for (const VerbRow& row : all_verbs()) {
    lines += "  ";
    lines += row.usage;
    lines += "  - ";
    lines += row.help;
    lines += '\n';
  }
  return lines;
}

std::string help_of(const VerbRow& row) {
  std::string lines;
  append_help_lines(lines, row.usage);
  append_help_lines(lines, row.help);
  append_help_lines(lines, row.detail);
  return lines;
}

}  // namespace

void AnswerWriter::operator()(const LoggedInResponse& login) const {
  append_field(out, "+OK uid=", login.user.value);
  append_counted(out, " pending=", login.pending);
  append_counted(out, " unread=", login.unread);
  append_field(out, " token=", login.token);
  append_field(out, " epoch=", login.epoch);
  append_field(out, " version=", login.own.version);
  if (login.own.more) out += " more=1";
  for (const ChangeSignal& change : login.own.changes) {
    out += '\n';
    encode_signal(change, out);
    out.pop_back();  // the last LF is the answer's
  }
}

void AnswerWriter::operator()(const SentResponse& sent) const {
  if (!sent.committed.ticket.empty())
    return append_field(out, "+OK queued=", sent.committed.ticket);
  entry(sent.committed.id);
  if (sent.committed.duplicate) out += " dup=1";
}

void AnswerWriter::operator()(const PullResponse& pull) const {
  append_field(out, pull.level ? "+OK pull_done count=" : "+OK pull_more count=", pull.count);
}

void AnswerWriter::operator()(const AckedResponse&) const { out += "+OK"; }

void AnswerWriter::operator()(const ReadResponse& read) const {
  append_field(out, "+OK read=", read.through.value);
}

void AnswerWriter::operator()(const UnreadResponse& unread) const {
  uint64_t total = 0;
  for (const Unread& row : unread.rows) total += row.count;
  append_counted(out, "+OK unread total=", total);
  append_field(out, " count=", unread.rows.size());
  for (const Unread& row : unread.rows) {
    append_field(out, "\nUNREAD conv=", row.conversation.value);
    if (row.group)
      append_field(out, " group=", row.group.value);
    else
      append_field(out, " from=", row.peer.value);
    append_counted(out, " count=", row.count);
  }
}

void AnswerWriter::operator()(const PongResponse&) const { out += "+OK pong"; }

void AnswerWriter::operator()(const HelpResponse& help) const {
  const VerbRow* const row = find_verb(help.verb);
  std::string lines = row != nullptr ? help_of(*row) : help_of_all();
  append_field(out, "+OK help count=", count_lines(lines));
  lines.pop_back();
  out += '\n';
  out += lines;
}

void AnswerWriter::operator()(const ByeResponse&) const { out += "+OK bye"; }

void AnswerWriter::operator()(const Error& error) const {
  append_field(out, "-ERR ", name_of(error.code));
  out += ' ';
  append_sentence(out, error.message);
  if (error.retry_ms != 0) append_field(out, " retry_ms=", error.retry_ms);
}

void AnswerWriter::entry(MessageId id) const {
  append_field(out, "+OK msg_id=", id.value);
  append_field(out, " seq=", id.seq().value);
}

}  // namespace mpim::line
