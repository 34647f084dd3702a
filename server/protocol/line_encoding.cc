#include "server/protocol/line_encoding.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "server/core/check.h"
#include "server/protocol/json_text.h"
#include "server/protocol/verbs.h"

namespace mpim::line {
namespace {

constexpr size_t kDigitsMax = 20;

// `key` comes with its blank and its '=': " id=".
void append_field(std::string& out, std::string_view key, uint64_t value) {
  constexpr size_t kKeyBytesMax = 40;
  std::array<char, kKeyBytesMax + kDigitsMax> field;
  MPIM_CHECK(key.size() <= kKeyBytesMax, "a key is longer than keys are");
  char* const digits = std::copy(key.begin(), key.end(), field.data());
  const auto [end, error] = std::to_chars(digits, digits + kDigitsMax, value);
  out.append(field.data(), end);
}

void append_field(std::string& out, std::string_view key, std::string_view word) {
  out += key;
  out += word;
}

void append_quoted(std::string& out, std::string_view key, std::string_view text) {
  out += key;
  append_json_string(out, text);
}

// A count that was only counted up to kCountedMax.
void append_counted(std::string& out, std::string_view key, uint64_t count) {
  append_field(out, key, count > kCountedMax ? kCountedMax : count);
  if (count > kCountedMax) out += '+';
}

// A word that begins with a quote would be read as a JSON string: then it is written as one.
void append_word(std::string& out, std::string_view key, std::string_view word) {
  if (word.starts_with('"')) return append_quoted(out, key, word);
  append_field(out, key, word);
}

void append_sentence(std::string& out, std::string_view sentence) {
  for (const char c : sentence) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
}

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

// One overload for each alternative of Response; each writes everything but the last LF.
struct Writer {
  std::string& out;

  void operator()(const LoggedInResponse& login) const {
    append_field(out, "+OK uid=", login.user.value);
    append_counted(out, " pending=", login.pending);
    append_counted(out, " unread=", login.unread);
    append_field(out, " token=", login.token);
    append_field(out, " epoch=", login.epoch);
  }
  void operator()(const SentResponse& sent) const {
    entry(sent.committed.id);
    if (sent.committed.duplicate) out += " dup=1";
  }
  void operator()(const PullResponse& pull) const {
    append_field(out, pull.level ? "+OK pull_done count=" : "+OK pull_more count=", pull.count);
  }
  void operator()(const AckedResponse&) const { out += "+OK"; }
  void operator()(const ReadResponse& read) const {
    append_field(out, "+OK read=", read.through.value);
  }
  void operator()(const UnreadResponse& unread) const {
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
  void operator()(const GroupCreatedResponse& created) const {
    append_field(out, "+OK group_id=", created.group.id.value);
    append_field(out, " conv=", created.group.conversation.value);
  }
  void operator()(const MembershipResponse& membership) const { entry(membership.entry); }
  void operator()(const GroupsResponse& groups) const {
    append_field(out, "+OK groups count=", groups.rows.size());
    for (const Group& group : groups.rows) {
      append_field(out, "\nGROUP id=", group.id.value);
      append_field(out, " conv=", group.conversation.value);
      append_field(out, " members=", group.members);
      append_quoted(out, " name=", group.name);
    }
  }
  void operator()(const MembersResponse& members) const {
    append_field(out, "+OK members count=", members.rows.size());
    out += members.more ? " more=1" : " more=0";
    for (const Member& member : members.rows) {
      append_field(out, "\nMEMBER uid=", member.user.value);
      append_field(out, " role=", name_of(member.role));
      append_quoted(out, " name=", member.name);
    }
  }
  void operator()(const PongResponse&) const { out += "+OK pong"; }
  void operator()(const HelpResponse& help) const {
    const VerbRow* const row = find_verb(help.verb);
    std::string lines = row != nullptr ? help_of(*row) : help_of_all();
    append_field(out, "+OK help count=", count_lines(lines));
    lines.pop_back();
    out += '\n';
    out += lines;
  }
  void operator()(const ByeResponse&) const { out += "+OK bye"; }
  void operator()(const Error& error) const {
    append_field(out, "-ERR ", name_of(error.code));
    out += ' ';
    append_sentence(out, error.message);
    if (error.retry_ms != 0) append_field(out, " retry_ms=", error.retry_ms);
  }
  void entry(MessageId id) const {
    append_field(out, "+OK msg_id=", id.value);
    append_field(out, " seq=", id.seq().value);
  }
};

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
  std::visit(Writer{out}, response);
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
