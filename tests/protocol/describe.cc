#include "tests/protocol/describe.h"

#include <fmt/format.h>

#include "server/protocol/line_encoding.h"
#include "server/protocol/verbs/verbs.h"

namespace mpim {
namespace {

std::string described(const SessionChoice& choice) {
  std::string out;
  if (choice.device) out += " device=" + choice.device->text;
  if (choice.sync) out += *choice.sync == SyncMode::kAuto ? " sync=auto" : " sync=manual";
  if (choice.ack) out += *choice.ack == AckMode::kAuto ? " ack=auto" : " ack=client";
  if (choice.since) out += fmt::format(" since={}", *choice.since);
  return out;
}

std::string described(const UserName& name) {
  return fmt::format("name={} key={}", name.shown, name.key);
}

std::string described(const Recipient& to) {
  if (const auto* user = std::get_if<UserId>(&to)) return fmt::format("user:{}", user->value);
  if (const auto* name = std::get_if<UserName>(&to)) return "name:" + name->key;
  return fmt::format("group:{}", std::get<GroupId>(to).value);
}

std::string described(const std::vector<UserId>& users, std::string_view none) {
  if (users.empty()) return std::string(none);
  std::string out = "users=";
  for (const UserId user : users) out += fmt::format("{},", user.value);
  out.pop_back();
  return out;
}

std::string described(const UserChoice& who) {
  const auto* const id = std::get_if<UserId>(&who);
  return id != nullptr ? fmt::format("user:{}", id->value) : "name:" + std::get<UserName>(who).key;
}
// One overload for each alternative of GroupChange.
struct ChangeWords {
  std::string operator()(const RenameGroup& it) const { return " name=" + quote(it.name); }
  std::string operator()(const DescribeGroup& it) const {
    return " description=" + quote(it.description);
  }
  std::string operator()(const SetGroupNotice& it) const { return " notice=" + quote(it.notice); }
  std::string operator()(const SetJoinPolicy& it) const {
    return fmt::format(" join={}", name_of(it.join));
  }
  std::string operator()(const ApproveMember& it) const { return of(it.user); }
  std::string operator()(const KickMember& it) const { return of(it.user); }
  std::string operator()(const SetMemberRole& it) const {
    return of(it.user) + fmt::format(" role={}", name_of(it.role));
  }
  std::string operator()(const TransferGroup& it) const { return of(it.to); }
  std::string operator()(const MuteMember& it) const {
    return of(it.user) + (it.lasts ? fmt::format(" ms={}", it.lasts->count()) : "");
  }
  std::string operator()(const DissolveGroup&) const { return {}; }

 private:
  static std::string of(UserId user) { return fmt::format(" user={}", user.value); }
};

struct RequestWords {
  std::string operator()(const RegisterRequest& it) const {
    return described(it.name) + " password=" + quote(it.password);
  }
  std::string operator()(const LoginRequest& it) const {
    return described(it.name) + " password=" + quote(it.password) + described(it.choice);
  }
  std::string operator()(const AuthRequest& it) const {
    return "token=" + it.token + described(it.choice);
  }
  std::string operator()(const SendRequest& it) const {
    const std::string to = described(it.to);
    const std::string cid = it.client_id.empty() ? "" : " cid=" + it.client_id;
    std::string more = cid;
    if (it.file) more += fmt::format(" file={}", it.file.value);
    if (it.client_at.ms != 0) more += fmt::format(" ts={}", it.client_at.ms);
    if (!it.ext.empty()) more += " ext=" + quote(it.ext);
    return fmt::format("to={} type={}{} text={}", to, name_of(it.type), more, quote(it.text));
  }
  std::string operator()(const EditRequest& it) const {
    return fmt::format("message={} text={}", it.message.value, quote(it.text));
  }
  std::string operator()(const RecallRequest& it) const {
    return fmt::format("message={}", it.message.value);
  }
  std::string operator()(const HideRequest& it) const {
    return fmt::format("message={}", it.message.value);
  }
  std::string operator()(const HistoryRequest& it) const {
    std::string of;
    if (const auto* conversation = std::get_if<ConversationId>(&it.of))
      of = fmt::format("conv:{}", conversation->value);
    else
      of = described(std::get<Recipient>(it.of));
    if (it.bound) of += fmt::format(" bound={}", it.bound->value);
    if (it.since) of += fmt::format(" since={}", it.since->ms);
    return fmt::format("of={} {} limit={}{}", of, it.forwards ? "forwards" : "backwards",
                       it.count_max, it.by_time ? " by_time" : "");
  }
  std::string operator()(const ConversationsRequest& it) const {
    return fmt::format("before={} limit={}", it.before.value, it.count_max);
  }
  std::string operator()(const ReceiptsRequest& it) const {
    return fmt::format("message={} after={} limit={}", it.message.value, it.after.value,
                       it.count_max);
  }
  std::string operator()(const PullRequest& it) const {
    std::string out = fmt::format("limit={}", it.count_max);
    if (it.reads) out += " reads";
    if (it.from)
      out += fmt::format(" conv={} after={}", it.from->conversation.value, it.from->after.value);
    return out;
  }
  std::string operator()(const AckRequest& it) const {
    std::string out = it.ids.empty() ? "all" : "ids=";
    for (const MessageId id : it.ids)
      out += fmt::format("{}:{} ", id.conversation().value, id.seq().value);
    if (!it.ids.empty()) out.pop_back();
    return out;
  }
  std::string operator()(const InboxRequest& it) const {
    return fmt::format(" after={} limit={}", it.after.value, it.count_max);
  }
  std::string operator()(const ConfirmRequest& it) const {
    std::string ids;
    for (const MessageId id : it.ids) ids += fmt::format(" {}", id.value);
    return ids;
  }
  std::string operator()(const ReadRequest& it) const {
    return fmt::format("conv={} seq={}", it.through.conversation().value, it.through.seq().value);
  }
  std::string operator()(const CreateGroupRequest& it) const {
    return fmt::format("name={} description={}", quote(it.name), quote(it.description));
  }
  std::string operator()(const JoinGroupRequest& it) const {
    return fmt::format("group={}", it.group.value);
  }
  std::string operator()(const LeaveGroupRequest& it) const {
    return fmt::format("group={}", it.group.value);
  }
  std::string operator()(const GroupLookRequest& it) const {
    return fmt::format("group={}", it.group.value);
  }
  std::string operator()(const GroupChangeRequest& it) const {
    return fmt::format("group={}", it.group.value) + std::visit(ChangeWords{}, it.change);
  }
  std::string operator()(const JoinRequestsRequest& it) const {
    return fmt::format("group={} after={} limit={}", it.group.value, it.after.value, it.count_max);
  }
  std::string operator()(const RefuseRequest& it) const {
    return fmt::format("group={} user={}", it.group.value, it.user.value);
  }
  std::string operator()(const InviteRequest& it) const {
    const auto* const id = std::get_if<UserId>(&it.whom);
    return fmt::format(
        "group={} whom={}", it.group.value,
        id != nullptr ? std::to_string(id->value) : "@" + std::get<UserName>(it.whom).key);
  }
  std::string operator()(const InvitesRequest&) const { return {}; }
  std::string operator()(const DeclineRequest& it) const {
    return fmt::format("group={}", it.group.value);
  }
  std::string operator()(const MembersRequest& it) const {
    return fmt::format("group={} after={} limit={}", it.group.value, it.after.value, it.count_max);
  }
  std::string operator()(const SearchRequest& it) const {
    std::string out = "words=" + quote(it.words);
    if (it.conversation) out += fmt::format(" conv={}", it.conversation.value);
    if (it.with) out += " user=" + described(*it.with);
    if (it.group) out += fmt::format(" group={}", it.group.value);
    if (it.from) out += " from=" + described(*it.from);
    if (it.since.ms != 0) out += fmt::format(" since={}", it.since.ms);
    if (it.until.ms != 0) out += fmt::format(" until={}", it.until.ms);
    if (it.before != MessageId())
      out += fmt::format(" before={}:{}", it.before.conversation().value, it.before.seq().value);
    return out + fmt::format(" limit={}", it.count_max);
  }
  std::string operator()(const HelpRequest& it) const { return it.verb; }
  std::string operator()(const UnreadRequest&) const { return {}; }
  std::string operator()(const GroupsRequest&) const { return {}; }
  std::string operator()(const PingRequest&) const { return {}; }
  std::string operator()(const ProfileRequest& it) const { return it.of ? described(*it.of) : ""; }
  std::string operator()(const SetProfileRequest& it) const {
    const ProfileChange& change = it.change;
    std::string out;
    if (change.display_name) out += " display=" + quote(*change.display_name);
    if (change.about) out += " about=" + quote(*change.about);
    if (change.avatar) out += fmt::format(" avatar={}", change.avatar->value);
    if (change.friends_only) out += *change.friends_only ? " from=friends" : " from=anyone";
    return out.substr(1);
  }
  std::string operator()(const AddFriendRequest& it) const { return described(it.whom); }
  std::string operator()(const AcceptRequest& it) const { return described(it.whom); }
  std::string operator()(const RejectRequest& it) const { return described(it.whom); }
  std::string operator()(const RemoveFriendRequest& it) const { return described(it.whom); }
  std::string operator()(const FriendsRequest& it) const {
    return fmt::format("state={} after={} limit={}", it.state ? name_of(*it.state) : "all",
                       it.after.value, it.count_max);
  }
  std::string operator()(const BlockRequest& it) const { return described(it.whom); }
  std::string operator()(const UnblockRequest& it) const { return described(it.whom); }
  std::string operator()(const BlocksRequest& it) const {
    return fmt::format("after={} limit={}", it.after.value, it.count_max);
  }
  std::string operator()(const PasswordRequest& it) const {
    return "old=" + quote(it.old_password) + " new=" + quote(it.new_password);
  }
  std::string operator()(const DevicesRequest&) const { return {}; }
  std::string operator()(const RevokeRequest& it) const { return "device=" + it.device.text; }
  std::string operator()(const QuitRequest&) const { return {}; }
  std::string operator()(const LogoutRequest&) const { return {}; }
  std::string operator()(const PresenceRequest& it) const { return described(it.users, "friends"); }
  std::string operator()(const WatchRequest& it) const { return described(it.users, "friends"); }
  std::string operator()(const UnwatchRequest& it) const { return described(it.users, "all"); }
  std::string operator()(const AwayRequest&) const { return {}; }
  std::string operator()(const TypingRequest& it) const { return "to=" + described(it.to); }
};

std::string described(const Fields& fields) {
  std::string out;
  for (const auto& [key, value] : fields.pairs()) out += " " + key + "=" + quote(value);
  return out;
}

struct LineWordsOf {
  std::string operator()(const ReplyOk& it) const {
    std::string out = "ok";
    for (const std::string& word : it.words) out += " " + word;
    return out + described(it.fields) +
           (it.rows() > 0 ? fmt::format(" ({} rows follow)", it.rows()) : "");
  }
  std::string operator()(const ReplyError& it) const {
    return fmt::format("error {} retry_ms={} {}", name_of(it.error.code), it.error.retry_ms,
                       quote(it.error.message));
  }
  std::string operator()(const EntryPush& it) const {
    const Entry& entry = it.entry;
    return fmt::format(
        "entry conv={} seq={} kind={} type={} sender={} group={} subject={} at={} cid={} text={}",
        entry.conversation.value, entry.seq.value, name_of(entry.kind), name_of(entry.type),
        entry.sender.value, entry.group.value, entry.subject.value, entry.at.ms,
        quote(entry.client_id), quote(entry.text));
  }
  std::string operator()(const NoticePush& it) const {
    if (const auto* gap = std::get_if<GapNotice>(&it.notice))
      return fmt::format("notice gap conv={} ({}, {}] {}", gap->conversation.value, gap->from.value,
                         gap->to.value, quote(gap->text));
    if (const auto* pending = std::get_if<PendingNotice>(&it.notice))
      return fmt::format("notice pending conv={} count={}", pending->conversation.value,
                         pending->count);
    const auto& closing = std::get<ClosingNotice>(it.notice);
    const std::string within =
        closing.window_ms == 0 ? "" : fmt::format(" within {} ms", closing.window_ms);
    return fmt::format("notice closing {} {}{}", name_of(closing.code), quote(closing.text),
                       within);
  }
  std::string operator()(const SignalPush& it) const {
    std::string line;
    line::encode_signal(it.signal, line);
    line.pop_back();
    return "signal " + line;
  }
  std::string operator()(const ListLine& it) const {
    return "row " + it.kind + described(it.fields);
  }
  std::string operator()(const UnknownLine& it) const { return "unknown " + quote(it.line); }
};

}  // namespace

std::string describe(const Request& request) {
  const std::string words = std::visit(RequestWords{}, request);
  return std::string(row_of(request).name) + (words.empty() ? "" : " ") + words;
}

std::string describe(const ServerLine& line) { return std::visit(LineWordsOf{}, line); }

}  // namespace mpim
