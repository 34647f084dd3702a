#include "server/protocol/verbs/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "server/contract/names.h"
#include "server/protocol/nearest.h"
#include "server/protocol/verbs/parse.h"

namespace mpim {
namespace {

constexpr bool kSession = true;
constexpr bool kNoSession = false;
constexpr bool kOverlaps = true;
constexpr bool kBarrier = false;

constexpr std::array<VerbRow, 25> kVerbs{{
    {"ACK", "ACK <msg_id>... | ACK *", "Say what has arrived",
     "An id stands for everything up to it in its conversation; * for all that was sent here.\n"
     "One for every 32 messages or 50 ms is enough. Needed with ack=client only.",
     kSession, kOverlaps, line::parse_ack},
    {"AUTH", "AUTH <token> [device=<name>] [sync=auto|manual] [ack=auto|client]",
     "Log in with a resume token",
     "The token is the one that LOGIN or REGISTER answered. Options as in LOGIN.", kNoSession,
     kBarrier, line::parse_auth},
    {"CONVERSATIONS", "CONVERSATIONS [before=<msg_id>] [limit=<n>]",
     "List your conversations, the newest first",
     "A CONVERSATION line for each, with its last message and what is unread.\n"
     "more=1: go on with before= the last= of the last row.",
     kSession, kBarrier, line::parse_conversations},
    {"CREATEGROUP", "CREATEGROUP <name> [description]", "Make a group and join it",
     "A name with spaces is written in double quotes. The rest of the line is the description.",
     kSession, kBarrier, line::parse_create_group},
    {"DELETE", "DELETE <msg_id>", "Take a message out of your own sight",
     "Out of your history, search and lists, on all your devices; others keep it. See RECALL.",
     kSession, kBarrier, line::parse_delete},
    {"EDIT", "EDIT <msg_id> <text>", "Change a message of yours",
     "For two minutes after it was sent, unless the operator says otherwise. Everybody is told.",
     kSession, kBarrier, line::parse_edit},
    {"GROUPS", "GROUPS", "List your groups", "A GROUP line for each.", kSession, kBarrier,
     line::parse_groups},
    {"GSEND",
     "GSEND <gid> <text> [cid=<client id>] [type=text|image|file|voice] "
     "[file=<id>] [ts=<ms>] [ext=<json>]",
     "Short for SENDGROUP", "As SENDGROUP.", kSession, kOverlaps, line::parse_send_group},
    {"HELP", "HELP [verb]", "This list, or all about one verb",
     "Lines of help begin with two spaces.", kNoSession, kBarrier, line::parse_help},
    {"HISTORY",
     "HISTORY conv=<cid>|user=<uid>|group=<gid> [before=<msg_id>|after=<msg_id>|since=<ms>] "
     "[limit=<n>]",
     "Read back in a conversation",
     "ENTRY lines, oldest first; at most limit (1 to 1000, default 100). Moves no cursor.\n"
     "Without a place: the newest. before= and after= need no conv=; more=1: go on at next=.",
     kSession, kBarrier, line::parse_history},
    {"JOINGROUP", "JOINGROUP <gid>", "Join a group", "Its members hear of it as an EVENT.",
     kSession, kBarrier, line::parse_join_group},
    {"LEAVEGROUP", "LEAVEGROUP <gid>", "Leave a group",
     "Its members hear of it as an EVENT; what came before stays readable for you.", kSession,
     kBarrier, line::parse_leave_group},
    {"LOGIN",
     "LOGIN <name> <password> [device=<name>] [sync=auto|manual] [ack=auto|client] "
     "[since=<version>]",
     "Log in",
     "device= tells your devices apart; the same one logging in again takes over.\n"
     "sync=manual keeps the backlog until PULL. ack=client: send ACK, or it comes again.\n"
     "A password with spaces is written in double quotes.",
     kNoSession, kBarrier, line::parse_login},
    {"LOGOUT", "LOGOUT", "End the session for good",
     "The resume token is worth nothing afterwards; the connection closes.", kSession, kBarrier,
     line::parse_logout},
    {"MEMBERS", "MEMBERS <gid> [after=<uid>] [limit=<n>]", "List a group's members",
     "At most limit (1 to 1000, default 100), ascending by uid; more=1: go on after the last uid.",
     kSession, kBarrier, line::parse_members},
    {"PING", "PING", "Ask for a sign of life", "Answers +OK pong.", kNoSession, kOverlaps,
     line::parse_ping},
    {"PULL", "PULL [limit] [conv=<cid> after=<seq>]", "Get what waits for you",
     "At most limit lines (1 to 1000, default 100), then +OK pull_done, or pull_more.\n"
     "conv= and after= read one conversation from a place of your choice.",
     kSession, kBarrier, line::parse_pull},
    {"QUIT", "QUIT", "Close the connection", "The resume token stays good.", kNoSession, kBarrier,
     line::parse_quit},
    {"READ", "READ <msg_id>", "Mark as read up to a message",
     "For all your devices. Answers where the read cursor is now; it never moves back.", kSession,
     kBarrier, line::parse_read},
    {"RECALL", "RECALL <msg_id>", "Take a message back",
     "For two minutes after it was sent; admins of a group at any time. Everybody is told, and "
     "its\n"
     "text is gone.",
     kSession, kBarrier, line::parse_recall},
    {"RECEIPTS", "RECEIPTS <msg_id> [after=<uid>] [limit=<n>]",
     "See who has received and read your message",
     "Counts, and a MARK line for each recipient with the times in ms; 0: not yet.", kSession,
     kBarrier, line::parse_receipts},
    {"REGISTER", "REGISTER <name> <password>", "Make an account and log in",
     "A name has 1 to 32 bytes of letters, digits, '.', '_', '-', and not only digits.", kNoSession,
     kBarrier, line::parse_register},
    {"SEND",
     "SEND <uid>|@<name> <text> [cid=<client id>] [type=text|image|file|voice] "
     "[file=<id>] [ts=<ms>] [ext=<json>]",
     "Send to a user",
     "Unquoted, the text is the rest of the line; in double quotes a JSON string, and options "
     "follow.\n"
     "cid= makes a retry safe: the same cid is stored once, and answers the first id with dup=1.\n"
     "ts= is your clock's time, ext= JSON of your own, file= an upload (POST /api/files).",
     kSession, kOverlaps, line::parse_send},
    {"SENDGROUP",
     "SENDGROUP <gid> <text> [cid=<client id>] [type=text|image|file|voice] "
     "[file=<id>] [ts=<ms>] [ext=<json>]",
     "Send to a group", "Text and options as in SEND.", kSession, kOverlaps,
     line::parse_send_group},
    {"UNREAD", "UNREAD", "Count what you have not read", "An UNREAD line for each conversation.",
     kSession, kBarrier, line::parse_unread},
}};
static_assert(std::ranges::is_sorted(kVerbs, {}, &VerbRow::name));

constexpr size_t kVerbBytesMax =
    std::ranges::max(kVerbs, {}, [](const VerbRow& row) { return row.name.size(); }).name.size();

consteval size_t row_named(std::string_view name) {
  for (size_t i = 0; i < kVerbs.size(); ++i)
    if (kVerbs[i].name == name) return i;
  throw "there is no such verb";
}

// The row of each alternative of Request, in its order.
constexpr std::array kRowOf{
    row_named("REGISTER"),      row_named("LOGIN"),      row_named("AUTH"),
    row_named("SEND"),          row_named("PULL"),       row_named("ACK"),
    row_named("READ"),          row_named("UNREAD"),     row_named("CREATEGROUP"),
    row_named("JOINGROUP"),     row_named("LEAVEGROUP"), row_named("GROUPS"),
    row_named("MEMBERS"),       row_named("PING"),       row_named("HELP"),
    row_named("QUIT"),          row_named("LOGOUT"),     row_named("EDIT"),
    row_named("RECALL"),        row_named("DELETE"),     row_named("HISTORY"),
    row_named("CONVERSATIONS"), row_named("RECEIPTS")};
static_assert(kRowOf.size() == std::variant_size_v<Request>);

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::span<const VerbRow> all_verbs() { return kVerbs; }

const VerbRow* find_verb(std::string_view name) {
  std::array<char, kVerbBytesMax> buffer{};
  if (name.size() > buffer.size()) return nullptr;
  std::ranges::transform(name, buffer.begin(), upper);
  const std::string_view wanted(buffer.data(), name.size());
  const auto* const found = std::ranges::lower_bound(kVerbs, wanted, {}, &VerbRow::name);
  return found != kVerbs.end() && found->name == wanted ? &*found : nullptr;
}

Error unknown_verb(std::string_view typed) {
  std::string wanted(typed);
  std::ranges::transform(wanted, wanted.begin(), upper);
  std::array<std::string_view, kVerbs.size()> names;
  std::ranges::transform(kVerbs, names.begin(), &VerbRow::name);
  const std::string_view near = nearest(wanted, names);
  const std::string hint = near.empty() ? "HELP lists them" : fmt::format("did you mean {}?", near);
  return {Code::kUnknownCommand, fmt::format("there is no verb '{}'; {}", shown(typed), hint)};
}

const VerbRow& row_of(const Request& request) {
  const auto* const send = std::get_if<SendRequest>(&request);
  if (send != nullptr && std::holds_alternative<GroupId>(send->to))
    return kVerbs[row_named("SENDGROUP")];
  return kVerbs[kRowOf[request.index()]];
}

bool needs_session(const Request& request) { return row_of(request).needs_session; }

bool may_overlap(const Request& request) { return row_of(request).may_overlap; }

Parsed parse_line(std::string_view line, const LineLimits& limits) {
  if (!is_text(line))
    return Error{Code::kBadText, "the line is not valid UTF-8, or has a NUL in it"};
  LineWords words(line);
  const std::string_view typed = words.word();
  const VerbRow* const row = find_verb(typed);
  if (row == nullptr) return unknown_verb(typed);
  Parsed parsed = row->parse(words, limits);
  if (parsed.ok() || parsed.error().code != Code::kBadRequest) return parsed;
  return Error{Code::kBadRequest, fmt::format("{}; usage: {}", parsed.error().message, row->usage)};
}

}  // namespace mpim
