#include "server/protocol/line_client.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "server/contract/convert.h"
#include "server/protocol/json_text.h"
#include "server/protocol/line_words.h"

namespace mpim {
namespace {

// The rest of a line as words and key=value fields. A damaged value is left out: the reader then
// misses a field and says so, if it needs it.
struct Parts {
  std::vector<std::string> words;
  Fields fields;
};

// Takes `key=` off the front; empty if what comes next is a bare word.
std::string_view take_key(std::string_view& rest) {
  const size_t end = rest.find_first_of(" =");
  if (end == std::string_view::npos || rest[end] == ' ') return {};
  const std::string_view key = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return key;
}

std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

Parts parts_of(std::string_view rest) {
  Parts parts;
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return parts;
    const std::string_view key = take_key(rest);
    if (!rest.starts_with('"')) {
      const std::string_view word = take_word(rest);
      if (key.empty())
        parts.words.emplace_back(word);
      else
        parts.fields.add(std::string(key), std::string(word));
      continue;
    }
    auto text = take_json_string(rest);
    if (!text.ok()) return parts;
    if (key.empty())
      parts.words.push_back(std::move(*text));
    else
      parts.fields.add(std::string(key), std::move(*text));
  }
}

// A trailing " retry_ms=<n>" off `sentence`.
uint32_t take_retry(std::string_view& sentence) {
  constexpr std::string_view kKey = " retry_ms=";
  const size_t at = sentence.rfind(kKey);
  if (at == std::string_view::npos) return 0;
  const auto value = parse_count(sentence.substr(at + kKey.size()), "retry_ms", 0, UINT32_MAX);
  if (!value.ok()) return 0;
  sentence = sentence.substr(0, at);
  return *value;
}

ServerLine error_line(std::string_view rest) {
  const std::string_view name = rest.substr(0, rest.find(' '));
  std::string_view sentence = rest.substr(std::min(name.size() + 1, rest.size()));
  const uint32_t retry_ms = take_retry(sentence);
  if (const auto code = code_named(name))
    return ReplyError{{*code, std::string(sentence), retry_ms}};
  return ReplyError{{Code::kInternal, std::string(name) + " " + std::string(sentence), retry_ms}};
}

template <class Name, size_t kCount>
std::optional<Name> named(const std::array<Name, kCount>& all, std::string_view typed) {
  const auto found = std::ranges::find_if(all, [&](Name one) { return name_of(one) == typed; });
  return found == all.end() ? std::nullopt : std::optional<Name>(*found);
}

// The fields that MSG and EVENT share; false when one is missing or out of range.
bool read_place(const Fields& fields, std::string_view by, Entry& entry) {
  const auto id = parse_message_id(fields.text("id"));
  const auto sender = parse_user_id(fields.text(by));
  const auto at = fields.number("ts");
  if (!id.ok() || !sender.ok() || !at) return false;
  entry.conversation = id->conversation();
  entry.seq = id->seq();
  entry.sender = *sender;
  entry.group = GroupId(fields.number("group").value_or(0));
  entry.at = Timestamp{static_cast<int64_t>(*at)};
  return true;
}

std::optional<ServerLine> message_line(const Fields& fields) {
  Entry entry;
  if (!fields.has("text") || !read_place(fields, "from", entry)) return std::nullopt;
  // A type that is new to this program is shown as text.
  if (fields.has("type"))
    entry.type = content_type(fields.text("type")).ok() ? *content_type(fields.text("type"))
                                                        : ContentType::kText;
  constexpr std::array kStates{EntryState::kEdited, EntryState::kRecalled};
  entry.state = named(kStates, fields.text("state")).value_or(EntryState::kAsSent);
  entry.subject = UserId(fields.number("to").value_or(0));
  entry.client_id = fields.text("cid");
  entry.client_at = {static_cast<int64_t>(fields.number("client_ts").value_or(0))};
  entry.file = FileId(fields.number("file").value_or(0));
  entry.ext = fields.text("ext");
  entry.text = fields.text("text");
  return EntryPush{std::move(entry)};
}

std::optional<ServerLine> event_line(const Fields& fields) {
  constexpr std::array kKinds{EntryKind::kJoin,   EntryKind::kLeave,    EntryKind::kKick,
                              EntryKind::kRecall, EntryKind::kEdit,     EntryKind::kRename,
                              EntryKind::kNotice, EntryKind::kRole,     EntryKind::kMute,
                              EntryKind::kUnmute, EntryKind::kDissolve, EntryKind::kSettings};
  Entry entry;
  const auto kind = named(kKinds, fields.text("kind"));
  if (!kind || !read_place(fields, "by", entry)) return std::nullopt;
  entry.kind = *kind;
  entry.subject = UserId(fields.number("user").value_or(0));
  entry.ref = MessageId(fields.number("ref").value_or(0)).seq();
  entry.text = fields.text("text");
  return EntryPush{std::move(entry)};
}

std::optional<ServerLine> notice_line(const Fields& fields) {
  const std::string kind = fields.text("kind");
  const ConversationId conversation(fields.number("conv").value_or(0));
  if (kind == "gap")
    return NoticePush{GapNotice{conversation, Seq(fields.number("from").value_or(0)),
                                Seq(fields.number("to").value_or(0)), fields.text("text")}};
  if (kind == "pending")
    return NoticePush{PendingNotice{conversation, fields.number("count").value_or(0)}};
  if (kind == "closing")
    return NoticePush{ClosingNotice{code_named(fields.text("code")).value_or(Code::kInternal),
                                    fields.text("text"),
                                    static_cast<uint32_t>(std::min<uint64_t>(
                                        fields.number("window_ms").value_or(0), UINT32_MAX))}};
  if (kind == "refused")
    return SignalPush{RefusedSignal{
        fields.text("queued"), fields.text("cid"),
        Error{code_named(fields.text("code")).value_or(Code::kInternal), fields.text("text")}}};
  return std::nullopt;
}

ConversationId conversation_in(const Fields& fields) {
  return ConversationId(fields.number("conv").value_or(0));
}
Timestamp time_in(const Fields& fields, std::string_view key) {
  return {static_cast<int64_t>(fields.number(key).value_or(0))};
}

std::optional<ServerLine> receipt_line(const Fields& fields) {
  constexpr std::array kKinds{ReceiptKind::kDelivered, ReceiptKind::kRead};
  const auto kind = named(kKinds, fields.text("kind"));
  if (!kind) return std::nullopt;
  return SignalPush{ReceiptSignal{conversation_in(fields),
                                  GroupId(fields.number("group").value_or(0)),
                                  UserId(fields.number("user").value_or(0)), *kind,
                                  Seq(fields.number("seq").value_or(0)), time_in(fields, "ts")}};
}

std::optional<ServerLine> presence_line(const Fields& fields) {
  constexpr std::array kStates{PresenceState::kOffline, PresenceState::kAway,
                               PresenceState::kOnline};
  const auto state = named(kStates, fields.text("state"));
  if (!state) return std::nullopt;
  return SignalPush{
      PresenceSignal{UserId(fields.number("user").value_or(0)), *state, time_in(fields, "since")}};
}

std::optional<ServerLine> typing_line(const Fields& fields) {
  return SignalPush{TypingSignal{conversation_in(fields),
                                 GroupId(fields.number("group").value_or(0)),
                                 UserId(fields.number("from").value_or(0))}};
}

std::optional<ServerLine> change_line(const Fields& fields) {
  constexpr std::array kKinds{ChangeKind::kFriend,  ChangeKind::kBlock,  ChangeKind::kRead,
                              ChangeKind::kProfile, ChangeKind::kInvite, ChangeKind::kJoinRequest};
  const auto kind = named(kKinds, fields.text("kind"));
  if (!kind) return std::nullopt;
  return SignalPush{ChangeSignal{
      fields.number("version").value_or(0), *kind, UserId(fields.number("user").value_or(0)),
      GroupId(fields.number("group").value_or(0)), conversation_in(fields),
      Seq(fields.number("seq").value_or(0)), fields.text("state")}};
}

struct PushRow {
  std::string_view name;
  std::optional<ServerLine> (*read)(const Fields& fields);
};
constexpr std::array<PushRow, 7> kPushes{{{"CHANGE", change_line},
                                          {"EVENT", event_line},
                                          {"MSG", message_line},
                                          {"NOTICE", notice_line},
                                          {"PRESENCE", presence_line},
                                          {"RECEIPT", receipt_line},
                                          {"TYPING", typing_line}}};
static_assert(std::ranges::is_sorted(kPushes, {}, &PushRow::name));
// Their names are no pushes', so that a row is never taken for one.
constexpr std::array<std::string_view, 13> kListKinds{
    "BLOCKED", "CONVERSATION", "DEVICE", "ENTRY",   "FOUND",   "FRIEND", "GROUP",
    "INVITE",  "MEMBER",       "MARK",   "PRESENT", "REQUEST", "UNREAD"};

ServerLine help_line(std::string_view text) {
  ListLine help{"HELP", {}};
  help.fields.add("text", std::string(text));
  return help;
}

}  // namespace

const std::string* Fields::find(std::string_view key) const {
  const auto found = std::ranges::find(pairs_, key, &std::pair<std::string, std::string>::first);
  return found == pairs_.end() ? nullptr : &found->second;
}

std::string Fields::text(std::string_view key) const {
  const std::string* const found = find(key);
  return found == nullptr ? std::string() : *found;
}

std::optional<uint64_t> Fields::number(std::string_view key) const {
  const std::string* const found = find(key);
  if (found == nullptr) return std::nullopt;
  uint64_t value = 0;
  const char* const end = found->data() + found->size();
  const auto [stopped, error] = std::from_chars(found->data(), end, value);
  if (error != std::errc{}) return std::nullopt;
  if (stopped == end) return value;
  return std::string_view(stopped, end) == "+" ? std::optional(value + 1) : std::nullopt;
}

uint64_t ReplyOk::rows() const {
  // Every answer that counts something lists it, but for PULL's, whose entries came before.
  if (words.empty() || head().starts_with("pull_")) return 0;
  return fields.number("count").value_or(0);
}

std::optional<Entry> entry_of(const Fields& fields) {
  const auto read = fields.has("kind") ? event_line(fields) : message_line(fields);
  if (!read) return std::nullopt;
  return std::get<EntryPush>(*read).entry;
}

ServerLine parse_server_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("  ")) return help_line(line.substr(2));
  const std::string_view head = line.substr(0, line.find(' '));
  const std::string_view rest = line.substr(std::min(head.size() + 1, line.size()));
  if (head == "-ERR") return error_line(rest);
  Parts parts = parts_of(rest);
  if (head == "+OK") return ReplyOk{std::move(parts.words), std::move(parts.fields)};
  if (std::ranges::find(kListKinds, head) != kListKinds.end())
    return ListLine{std::string(head), std::move(parts.fields)};
  const auto push = std::ranges::find(kPushes, head, &PushRow::name);
  if (push != kPushes.end())
    if (auto read = push->read(parts.fields)) return std::move(*read);
  return UnknownLine{std::string(line)};
}

std::string quote(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace mpim
