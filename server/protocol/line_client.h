// The other end of the line protocol: what a server says, one line at a time.
//
// Threads  any: everything here is a function of its arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/core/errors.h"
#include "server/core/message.h"
#include "server/core/signal.h"
#include "server/protocol/codec.h"

namespace mpim {

// The key=value pairs of a line, in its order. Unknown keys are kept and harm nobody.
class Fields {
 public:
  void add(std::string key, std::string value) {
    pairs_.emplace_back(std::move(key), std::move(value));
  }
  const std::string* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  std::string text(std::string_view key) const;                // empty when absent
  std::optional<uint64_t> number(std::string_view key) const;  // "1000+" is 1001
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// +OK: its bare words ("pull_done"), then its fields.
struct ReplyOk {
  std::vector<std::string> words;
  Fields fields;

  // The first bare word, empty if there is none: welcome, pull_done, groups, pong, bye.
  std::string_view head() const { return words.empty() ? std::string_view() : words.front(); }
  // How many rows follow this line: `groups`, `members`, `unread` and `help` are lists.
  uint64_t rows() const;
};
// -ERR: a code this program does not know is kInternal, with the code's name left in the message.
struct ReplyError {
  Error error;
};
// MSG or EVENT. `device` is not on the wire.
struct EntryPush {
  Entry entry;
};
struct NoticePush {
  NoticeLine notice;
};
// RECEIPT, PRESENCE, TYPING or CHANGE
struct SignalPush {
  Signal signal;
};
// A row of a list: GROUP, MEMBER, UNREAD, .., or HELP, whose text is in the field `text`. An ENTRY
// or a FOUND has the fields of MSG or EVENT: entry_of() reads them.
struct ListLine {
  std::string kind;
  Fields fields;
};
// What is new to this program, or damaged: to be skipped.
struct UnknownLine {
  std::string line;
};
using ServerLine =
    std::variant<ReplyOk, ReplyError, EntryPush, NoticePush, SignalPush, ListLine, UnknownLine>;

// A row that is an entry of a log; nothing when it is damaged or of a new kind.
std::optional<Entry> entry_of(const Fields& fields);

// One line without its LF; a CR at its end is dropped.
ServerLine parse_server_line(std::string_view line);

// `text` as a request carries it whatever is in it: a JSON string.
std::string quote(std::string_view text);

}  // namespace mpim
