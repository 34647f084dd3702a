#include "tests/support/transcript_player.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

namespace mpim::testing {
namespace {

using Captures = std::map<std::string, std::string>;
using Kind = TranscriptStep::Kind;

constexpr std::string_view kEnd = "(closed)";
constexpr size_t kShownBefore = 12;

bool is_name_char(char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// A placeholder at the front of `text`: "*", "...", a name in capitals; nothing when there is none.
std::optional<std::string_view> placeholder(std::string_view text) {
  if (!text.starts_with('<')) return std::nullopt;
  const size_t end = text.find('>');
  if (end == std::string_view::npos || end == 1) return std::nullopt;
  const std::string_view name = text.substr(1, end - 1);
  if (name == "*" || name == "..." || std::ranges::all_of(name, is_name_char)) return name;
  return std::nullopt;
}

bool matches_from(std::string_view expected, std::string_view line, Captures& captures);

// Every length that `name` may stand for is tried, the longest first.
bool matches_placeholder(std::string_view name, std::string_view expected, std::string_view line,
                         Captures& captures) {
  const std::string_view after = expected.substr(name.size() + 2);
  const bool anything = name == "...";
  const auto known = captures.find(std::string(name));
  if (known != captures.end())
    return line.starts_with(known->second) &&
           matches_from(after, line.substr(known->second.size()), captures);
  const size_t end = anything ? line.size() : std::min(line.find(' '), line.size());
  for (size_t length = end + 1; length-- > (anything ? 0 : 1);) {
    Captures tried = captures;
    if (!anything && name != "*") tried.emplace(name, line.substr(0, length));
    if (!matches_from(after, line.substr(length), tried)) continue;
    captures = std::move(tried);
    return true;
  }
  return false;
}

bool matches_from(std::string_view expected, std::string_view line, Captures& captures) {
  while (!expected.empty()) {
    if (const auto name = placeholder(expected))
      return matches_placeholder(*name, expected, line, captures);
    if (line.empty() || line.front() != expected.front()) return false;
    expected.remove_prefix(1);
    line.remove_prefix(1);
  }
  return line.empty();
}

bool is_answer(std::string_view line) {
  return line.starts_with("+OK") || line.starts_with("-ERR");
}

// The id of an entry that was pushed, or was made by the one who is answered.
std::string entry_id(const std::string& line) {
  return field(line, is_answer(line) ? "msg_id" : "id");
}

// alice' and alice'' are further connections of alice.
std::string person(const std::string& who) { return who.substr(0, who.find('\'')); }

int hex_digit(char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const size_t at = kDigits.find(c);
  return at == std::string_view::npos ? 0 : static_cast<int>(at);
}

// \r \n \t \0 \\ and \xNN become bytes; \*N repeats the byte before it N times in all.
std::string unescaped(std::string_view typed) {
  std::string bytes;
  for (size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] != '\\' || i + 1 == typed.size()) {
      bytes += typed[i];
      continue;
    }
    const char what = typed[++i];
    constexpr std::string_view kTyped = "rnt0\\";
    const size_t plain = kTyped.find(what);
    if (plain != std::string_view::npos) {
      bytes += std::string_view("\r\n\t\0\\", 5)[plain];
    } else if (what == 'x' && i + 2 < typed.size()) {
      bytes += static_cast<char>(hex_digit(typed[i + 1]) * 16 + hex_digit(typed[i + 2]));
      i += 2;
    } else if (what == '*' && !bytes.empty()) {
      size_t digits = 0;
      const size_t count = std::stoul(std::string(typed.substr(i + 1, 7)), &digits);
      bytes.append(count - 1, bytes.back());
      i += digits;
    }
  }
  return bytes;
}

// "* restart", "* kill", "* reconnect alice", "* set auth.register_open = false".
bool read_directive(std::string_view text, size_t number, Transcript& into) {
  std::istringstream words{std::string(text)};
  std::string verb;
  std::string who;
  words >> verb >> who;
  if (verb == "restart") return into.steps.push_back({Kind::kRestart, number, "", ""}), true;
  if (verb == "kill") return into.steps.push_back({Kind::kKill, number, "", ""}), true;
  if (verb == "reconnect" && !who.empty())
    return into.steps.push_back({Kind::kReconnect, number, who, ""}), true;
  const size_t equals = text.find(" = ");
  if (verb != "set" || equals == std::string_view::npos || !into.steps.empty()) return false;
  into.settings[who] = text.substr(equals + 3);
  return true;
}

// "alice> ...", "alice>~ ...", "alice< ...".
bool read_talk(std::string_view line, size_t number, Transcript& into) {
  const size_t mark = line.find_first_of("<> ");
  if (mark == std::string_view::npos || mark == 0 || line[mark] == ' ') return false;
  TranscriptStep step{line[mark] == '>' ? Kind::kSend : Kind::kExpect, number,
                      std::string(line.substr(0, mark)), ""};
  std::string_view text = line.substr(mark + 1);
  if (text.starts_with('~') && step.kind == Kind::kSend) {
    step.kind = Kind::kSendRaw;
    text.remove_prefix(1);
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  step.text = text;
  if (step.kind == Kind::kExpect && text == kEnd) step.kind = Kind::kExpectEnd;
  into.steps.push_back(std::move(step));
  return true;
}

// A transcript while it is played.
class Playing {
 public:
  Playing(const Transcript& transcript, Stage& stage) : transcript_(transcript), stage_(stage) {}

  std::string to_the_end() {
    for (const TranscriptStep& step : transcript_.steps) {
      std::string fault = take(step);
      if (!fault.empty()) return fault;
    }
    return nothing_is_left();
  }

 private:
  std::string take(const TranscriptStep& step) {
    switch (step.kind) {
      case Kind::kSend: return send(step, filled_in(step.text, captures_) + "\n");
      case Kind::kSendRaw: return send(step, unescaped(filled_in(step.text, captures_)));
      case Kind::kExpect: return expect(step);
      case Kind::kExpectEnd: return expect_end(step);
      case Kind::kReconnect: return people_.erase(step.who), connect(step);
      case Kind::kRestart: return people_.clear(), stage_.restart(), "";
      case Kind::kKill: return people_.clear(), stage_.kill_and_start(), "";
    }
    return {};
  }

  // Whoever speaks or is spoken to for the first time connects, and is welcomed.
  std::string connect(const TranscriptStep& step) {
    if (people_.contains(step.who)) return {};
    LineConnection& made =
        people_.emplace(step.who, LineConnection(stage_.address())).first->second;
    made.show_receipts();
    known_[person(step.who)].merge(new_[person(step.who)]);
    const auto welcome = made.next_line();
    if (welcome && welcome->starts_with("+OK welcome mpim/")) return {};
    return fault(step, "+OK welcome mpim/<...>", welcome);
  }

  std::string send(const TranscriptStep& step, const std::string& bytes) {
    std::string fault = connect(step);
    if (!fault.empty()) return fault;
    seen_.push_back(step.who + "> " + step.text);
    people_.at(step.who).send_raw(bytes);
    return {};
  }

  std::string expect(const TranscriptStep& step) {
    std::string refused = connect(step);
    if (!refused.empty()) return refused;
    while (true) {
      const auto line = people_.at(step.who).next_line();
      const bool as_written = line && matches(step.text, *line, captures_);
      if (!as_written && is_repeat(step.who, line)) continue;
      if (!as_written && is_unasked_receipt(step.text, line)) continue;
      if (!as_written) return fault(step, filled_in(step.text, captures_), line);
      seen_.push_back(step.who + "< " + *line);
      remember(step.who, entry_id(*line));
      return {};
    }
  }

  void remember(const std::string& who, const std::string& id) {
    if (!id.empty()) new_[person(who)].insert(id);
  }

  // An entry that this person knows from an earlier connection: it may come again.
  bool is_repeat(const std::string& who, const std::optional<std::string>& line) {
    return line && !is_answer(*line) && known_[person(who)].contains(entry_id(*line));
  }

  // It comes when a cursor is stored, between any lines: only who expects one looks at them.
  static bool is_unasked_receipt(std::string_view expected,
                                 const std::optional<std::string>& line) {
    constexpr std::string_view kReceipt = "RECEIPT ";
    return line && line->starts_with(kReceipt) && !expected.starts_with(kReceipt);
  }

  std::string expect_end(const TranscriptStep& step) {
    const auto found = people_.find(step.who);
    if (found == people_.end()) return fault(step, std::string(kEnd), std::nullopt);
    auto line = found->second.next_line();
    while (is_unasked_receipt("", line)) line = found->second.next_line();
    if (line || !found->second.at_end()) return fault(step, std::string(kEnd), line);
    people_.erase(found);
    return {};
  }

  // Everybody who is still there leaves: the farewell is the next thing he sees.
  std::string nothing_is_left() {
    for (auto& [who, connection] : people_) {
      connection.send("QUIT");
      auto line = connection.next_line();
      while (is_repeat(who, line) || is_unasked_receipt("", line)) line = connection.next_line();
      if (line != "+OK bye") return fault({Kind::kExpect, 0, who, ""}, "nothing more", line);
    }
    return {};
  }

  std::string fault(const TranscriptStep& step, const std::string& expected,
                    const std::optional<std::string>& line) const {
    std::ostringstream told;
    const size_t from = seen_.size() - std::min(seen_.size(), kShownBefore);
    for (size_t i = from; i < seen_.size(); ++i) told << "   " << seen_[i] << "\n";
    if (step.line_number == 0)
      told << "at the end";
    else
      told << "at line " << step.line_number;
    told << " for " << step.who << "\n";
    told << " - " << expected << "\n";
    told << " + " << line.value_or("(nothing came)") << "\n";
    return told.str();
  }

  const Transcript& transcript_;
  Stage& stage_;
  std::map<std::string, LineConnection> people_;
  Captures captures_;
  std::vector<std::string> seen_;
  // By person: the entries of earlier connections, and of this one.
  std::map<std::string, std::set<std::string>> known_;
  std::map<std::string, std::set<std::string>> new_;
};

}  // namespace

Transcript read_transcript(std::string_view text) {
  Transcript transcript;
  std::istringstream lines{std::string(text)};
  size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const bool known = line.starts_with("* ")
                           ? read_directive(std::string_view(line).substr(2), number, transcript)
                           : read_talk(line, number, transcript);
    if (known) continue;
    transcript.fault = "line " + std::to_string(number) + " says nothing: " + line;
    break;
  }
  return transcript;
}

std::string play(const Transcript& transcript, Stage& stage) {
  if (!transcript.fault.empty()) return transcript.fault;
  return Playing(transcript, stage).to_the_end();
}

bool matches(std::string_view expected, std::string_view line, Captures& captures) {
  return matches_from(expected, line, captures);
}

std::string filled_in(std::string_view text, const Captures& captures) {
  std::string out;
  while (!text.empty()) {
    const auto name = placeholder(text);
    const auto known = name ? captures.find(std::string(*name)) : captures.end();
    if (known == captures.end()) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    out += known->second;
    text.remove_prefix(name->size() + 2);
  }
  return out;
}

}  // namespace mpim::testing
