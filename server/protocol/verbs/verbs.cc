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

constexpr std::array<VerbRow, 61> kVerbs{{
    {"ACCEPT", "ACCEPT <uid>|@<name>", "Say yes to who asks to be your friend",
     "He hears of it as a CHANGE.", kSession, kBarrier, line::parse_accept},
    {"ACK", "ACK <msg_id>... | ACK *", "Say what has arrived",
     "An id stands for everything up to it in its conversation; * for all that was sent here.\n"
     "One for every 32 messages or 50 ms is enough. Needed with ack=client only.",
     kSession, kOverlaps, line::parse_ack},
    {"ADDFRIEND", "ADDFRIEND <uid>|@<name>", "Ask somebody to be your friend",
     "Who asked you already becomes your friend at once. Answers the state: asked or friends.",
     kSession, kBarrier, line::parse_add_friend},
    {"APPROVE", "APPROVE <gid> <uid>", "Let somebody in who asks to join",
     "For admins. Everybody in the group hears of it as an EVENT kind=join.", kSession, kBarrier,
     line::parse_approve},
    {"AUTH", "AUTH <token> [device=<name>] [sync=auto|manual] [ack=auto|client] [since=<version>]",
     "Log in with a resume token",
     "The token is the one that LOGIN or REGISTER answered. Options as in LOGIN.", kNoSession,
     kBarrier, line::parse_auth},
    {"AWAY", "AWAY", "Show this device as away",
     "Until BACK, or the end of the session. You are shown as the most present of your devices.",
     kSession, kBarrier, line::parse_away},
    {"BACK", "BACK", "Show this device as online again", "After AWAY.", kSession, kBarrier,
     line::parse_back},
    {"BLOCK", "BLOCK <uid>|@<name>", "Let somebody write to you no more",
     "Neither of you can write to the other; a friendship ends, and so do requests.", kSession,
     kBarrier, line::parse_block},
    {"BLOCKS", "BLOCKS [after=<uid>] [limit=<n>]", "List whom you blocked",
     "A BLOCKED line for each, at most limit (1 to 1000, default 100), ascending by uid.", kSession,
     kBarrier, line::parse_blocks},
    {"CONVERSATIONS", "CONVERSATIONS [before=<msg_id>] [limit=<n>]",
     "List your conversations, the newest first",
     "A CONVERSATION line for each, with its last message and what is unread.\n"
     "more=1: go on with before= the last= of the last row.",
     kSession, kBarrier, line::parse_conversations},
    {"CREATEGROUP", "CREATEGROUP <name> [description]", "Make a group and join it",
     "A name with spaces is written in double quotes. The rest of the line is the description.",
     kSession, kBarrier, line::parse_create_group},
    {"DECLINE", "DECLINE <gid>", "Do not take an invitation", "INVITES lists them.", kSession,
     kBarrier, line::parse_decline},
    {"DELETE", "DELETE <msg_id>", "Take a message out of your own sight",
     "Out of your history, search and lists, on all your devices; others keep it. See RECALL.",
     kSession, kBarrier, line::parse_delete},
    {"DEVICES", "DEVICES", "List your devices",
     "A DEVICE line for each: times in milliseconds since 1970, whether it is online now, and\n"
     "whether it is this one.",
     kSession, kBarrier, line::parse_devices},
    {"DISSOLVE", "DISSOLVE <gid>", "End a group for good",
     "For its owner. Nobody sends or joins any more; what was written stays readable.", kSession,
     kBarrier, line::parse_dissolve},
    {"EDIT", "EDIT <msg_id> <text>", "Change a message of yours",
     "For two minutes after it was sent, unless the operator says otherwise. Everybody is told.",
     kSession, kBarrier, line::parse_edit},
    {"GETFRIENDS", "GETFRIENDS [state=friends|asked|requested] [after=<uid>] [limit=<n>]",
     "List your friends, and requests",
     "asked: you wait for the answer; requested: you owe it. At most limit (1 to 1000, default\n"
     "100), ascending by uid; more=1: go on after the last uid.",
     kSession, kBarrier, line::parse_friends},
    {"GROUPINFO", "GROUPINFO <gid>", "Look at a group",
     "Name, description, notice, how one joins, owner, members, and what you are in it.\n"
     "muted_until= and you_muted_until=: until then only admins, or not you, may send.",
     kSession, kBarrier, line::parse_group_info},
    {"GROUPNOTICE", "GROUPNOTICE <gid> <text>", "Set what everybody in a group should read",
     "For admins. At most 2048 bytes; \"\" takes it away.", kSession, kBarrier,
     line::parse_group_notice},
    {"GROUPPOLICY", "GROUPPOLICY <gid> open|approval|closed", "Set how a group is joined",
     "For admins. approval: an admin must let in who asks; closed: only who is invited comes in.",
     kSession, kBarrier, line::parse_group_policy},
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
     "[limit=<n>] [order=seq|time]",
     "Read back in a conversation",
     "ENTRY lines, oldest first; at most limit (1 to 1000, default 100). Moves no cursor.\n"
     "Without a place: the newest. before= and after= need no conv=; more=1: go on at next=.\n"
     "order=time sorts a page by when its entries were written; pages go by seq all the same.",
     kSession, kBarrier, line::parse_history},
    {"INVITE", "INVITE <gid> <uid>|@<name>", "Invite somebody into a group",
     "For admins. He comes in with JOINGROUP, whatever the policy, or says no with DECLINE.",
     kSession, kBarrier, line::parse_invite},
    {"INVITES", "INVITES", "List your invitations", "An INVITE line for each.", kSession, kBarrier,
     line::parse_invites},
    {"JOINGROUP", "JOINGROUP <gid>", "Join a group",
     "Its members hear of it as an EVENT. pending=1: an admin must let you in first.", kSession,
     kBarrier, line::parse_join_group},
    {"KICK", "KICK <gid> <uid>", "Remove somebody from a group",
     "For admins, of lower roles. He receives nothing more, and keeps what he may read already.",
     kSession, kBarrier, line::parse_kick},
    {"LEAVEGROUP", "LEAVEGROUP <gid>", "Leave a group",
     "Its members hear of it as an EVENT; what came before stays readable for you.", kSession,
     kBarrier, line::parse_leave_group},
    {"LOGIN",
     "LOGIN <name> <password> [device=<name>] [sync=auto|manual] [ack=auto|client] "
     "[since=<version>]",
     "Log in",
     "device= tells your devices apart; the same one logging in again takes over.\n"
     "sync=manual keeps the backlog until PULL. ack=client: send ACK, or it comes again.\n"
     "since= tells what changed outside the conversations after that version: CHANGE lines.\n"
     "A password with spaces is written in double quotes.",
     kNoSession, kBarrier, line::parse_login},
    {"LOGOUT", "LOGOUT", "End the session for good",
     "The resume token is worth nothing afterwards; the connection closes.", kSession, kBarrier,
     line::parse_logout},
    {"MEMBERS", "MEMBERS <gid> [after=<uid>] [limit=<n>]", "List a group's members",
     "At most limit (1 to 1000, default 100), ascending by uid; more=1: go on after the last uid.",
     kSession, kBarrier, line::parse_members},
    {"MUTE", "MUTE <gid> <uid>|* [seconds]", "Let somebody, or all but admins, not send",
     "For admins, of lower roles. Without seconds (1 to 315360000) until UNMUTE.", kSession,
     kBarrier, line::parse_mute},
    {"PASSWD", "PASSWD <old> <new>", "Choose another password",
     "Your other devices are logged out and their resume tokens are worth nothing afterwards.\n"
     "Answers a new token for this one. Passwords with spaces are written in double quotes.",
     kSession, kBarrier, line::parse_password},
    {"PING", "PING", "Ask for a sign of life", "Answers +OK pong.", kNoSession, kOverlaps,
     line::parse_ping},
    {"PRESENCE", "PRESENCE [<uid>...]", "Ask who is there",
     "Without ids: your friends. A PRESENT line for each: online, away or offline, and since "
     "when.\n"
     "Only friends and people of your groups are told, and nobody who blocked you.\n"
     "Who leaves counts as there for some seconds, so that a short break is no news.",
     kSession, kBarrier, line::parse_presence},
    {"PROFILE", "PROFILE [<uid>|@<name>]", "Show what somebody tells about himself",
     "Your own when nobody is named, with who may write to you and the version of your settings.",
     kSession, kBarrier, line::parse_profile},
    {"PULL", "PULL [limit] [read=1] [conv=<cid> after=<seq>]", "Get what waits for you",
     "At most limit lines (1 to 1000, default 100), then +OK pull_done, or pull_more.\n"
     "read=1: what it gives is read once it is acknowledged, as if by READ.\n"
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
    {"REFUSE", "REFUSE <gid> <uid>", "Do not let somebody in who asks to join",
     "For admins. He may ask again.", kSession, kBarrier, line::parse_refuse},
    {"REGISTER", "REGISTER <name> <password>", "Make an account and log in",
     "A name has 1 to 32 bytes of letters, digits, '.', '_', '-', and not only digits.", kNoSession,
     kBarrier, line::parse_register},
    {"REJECT", "REJECT <uid>|@<name>", "Say no to who asks to be your friend",
     "He may ask again; BLOCK makes an end of it.", kSession, kBarrier, line::parse_reject},
    {"REMOVEFRIEND", "REMOVEFRIEND <uid>|@<name>", "End a friendship, or take your request back",
     "The other one hears of it as a CHANGE.", kSession, kBarrier, line::parse_remove_friend},
    {"RENAMEGROUP", "RENAMEGROUP <gid> <name>", "Give a group another name",
     "For admins. 1 to 64 bytes.", kSession, kBarrier, line::parse_rename_group},
    {"REQUESTS", "REQUESTS <gid> [after=<uid>] [limit=<n>]", "List who asks to join a group",
     "For admins. At most limit (1 to 1000, default 100), ascending by uid.", kSession, kBarrier,
     line::parse_requests},
    {"REVOKE", "REVOKE <device>", "Log one of your other devices out",
     "Its session ends, its resume token is worth nothing, and what it had received is forgotten.",
     kSession, kBarrier, line::parse_revoke},
    {"ROLE", "ROLE <gid> <uid> member|admin", "Make somebody an admin, or a member again",
     "For the owner.", kSession, kBarrier, line::parse_role},
    {"SEARCH",
     "SEARCH <words> | SEARCH \"<words>\" [conv=<cid> | user=<uid>|@<name> | group=<gid>] "
     "[from=<uid>|@<name>] [since=<ms>] [until=<ms>] [before=<msg_id>] [limit=<n>]",
     "Find your messages by words",
     "A FOUND line for each message that has all the words, newest first. word* is the beginning\n"
     "of a word; in Chinese, Japanese, Korean and Thai any part of a text is found.\n"
     "At most limit (1 to 1000, default 20); more=1: go on with before=<next>.\n"
     "since= and until= are milliseconds since 1970 by the server's clock. complete=0: the index\n"
     "lags, and older messages may be missing.",
     kSession, kBarrier, line::parse_search},
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
    {"SETPROFILE",
     "SETPROFILE [display=<text>] [about=<text>] [avatar=<file id>] "
     "[direct_messages=anyone|friends]",
     "Change what you tell about yourself, and who may write to you",
     "What is not named stays. avatar= is an upload of yours, 0 takes the picture away.\n"
     "direct_messages=friends: only friends may write to you.",
     kSession, kBarrier, line::parse_set_profile},
    {"TRANSFER", "TRANSFER <gid> <uid>", "Hand a group over",
     "For the owner, who becomes an admin.", kSession, kBarrier, line::parse_transfer},
    {"TYPING", "TYPING <uid>|@<name> | TYPING group=<gid>", "Say that you are typing",
     "Whoever is there sees a TYPING line; nothing is stored. One every 2 seconds is enough.",
     kSession, kBarrier, line::parse_typing},
    {"UNBLOCK", "UNBLOCK <uid>|@<name>", "Let somebody write to you again",
     "A friendship that BLOCK ended stays ended.", kSession, kBarrier, line::parse_unblock},
    {"UNMUTE", "UNMUTE <gid> <uid>|*", "Let somebody, or all, send again", "For admins.", kSession,
     kBarrier, line::parse_unmute},
    {"UNREAD", "UNREAD", "Count what you have not read", "An UNREAD line for each conversation.",
     kSession, kBarrier, line::parse_unread},
    {"UNWATCH", "UNWATCH <uid>... | UNWATCH *", "Follow somebody's presence no more",
     "* for everybody. Answers how many are still followed.", kSession, kBarrier,
     line::parse_unwatch},
    {"WATCH", "WATCH <uid>... | WATCH friends", "Follow people's presence",
     "Answers how they are, as PRESENCE does; then each change comes as a PRESENCE line,\n"
     "until UNWATCH or the end of the session. friends: those you have now.",
     kSession, kBarrier, line::parse_watch},
}};
static_assert(std::ranges::is_sorted(kVerbs, {}, &VerbRow::name));

constexpr size_t kVerbBytesMax =
    std::ranges::max(kVerbs, {}, [](const VerbRow& row) { return row.name.size(); }).name.size();

consteval size_t row_named(std::string_view name) {
  for (size_t i = 0; i < kVerbs.size(); ++i)
    if (kVerbs[i].name == name) return i;
  throw "there is no such verb";
}

// The row of each alternative of Request, in its order. Those that no verb asks for are treated as
// their like: what lies in the inbox as PULL, what was received as ACK.
constexpr std::array kRowOf{
    row_named("REGISTER"),      row_named("LOGIN"),        row_named("AUTH"),
    row_named("SEND"),          row_named("PULL"),         row_named("ACK"),
    row_named("READ"),          row_named("UNREAD"),       row_named("CREATEGROUP"),
    row_named("JOINGROUP"),     row_named("LEAVEGROUP"),   row_named("GROUPS"),
    row_named("MEMBERS"),       row_named("PING"),         row_named("HELP"),
    row_named("QUIT"),          row_named("LOGOUT"),       row_named("EDIT"),
    row_named("RECALL"),        row_named("DELETE"),       row_named("HISTORY"),
    row_named("CONVERSATIONS"), row_named("RECEIPTS"),     row_named("PRESENCE"),
    row_named("WATCH"),         row_named("UNWATCH"),      row_named("AWAY"),
    row_named("TYPING"),        row_named("SEARCH"),       row_named("PROFILE"),
    row_named("SETPROFILE"),    row_named("ADDFRIEND"),    row_named("ACCEPT"),
    row_named("REJECT"),        row_named("REMOVEFRIEND"), row_named("GETFRIENDS"),
    row_named("BLOCK"),         row_named("UNBLOCK"),      row_named("BLOCKS"),
    row_named("PASSWD"),        row_named("DEVICES"),      row_named("REVOKE"),
    row_named("GROUPINFO"),     row_named("RENAMEGROUP"),  row_named("REQUESTS"),
    row_named("REFUSE"),        row_named("INVITE"),       row_named("INVITES"),
    row_named("DECLINE"),       row_named("PULL"),         row_named("ACK")};
static_assert(kRowOf.size() == std::variant_size_v<Request>);

// The row of each alternative of GroupChange; a group is described by operators alone.
constexpr std::array kRowOfChange{row_named("RENAMEGROUP"), row_named("RENAMEGROUP"),
                                  row_named("GROUPNOTICE"), row_named("GROUPPOLICY"),
                                  row_named("APPROVE"),     row_named("KICK"),
                                  row_named("ROLE"),        row_named("TRANSFER"),
                                  row_named("MUTE"),        row_named("DISSOLVE")};
static_assert(kRowOfChange.size() == std::variant_size_v<GroupChange>);

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
  const auto* const away = std::get_if<AwayRequest>(&request);
  if (away != nullptr && !away->away) return kVerbs[row_named("BACK")];
  if (const auto* const group = std::get_if<GroupChangeRequest>(&request)) {
    const auto* const mute = std::get_if<MuteMember>(&group->change);
    if (mute != nullptr && mute->lasts == Millis(0)) return kVerbs[row_named("UNMUTE")];
    return kVerbs[kRowOfChange[group->change.index()]];
  }
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
