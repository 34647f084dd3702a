#include "tests/protocol/samples.h"

#include "server/protocol/line_encoding.h"

namespace mpim {
namespace {

constexpr Timestamp kThen{1'767'225'600'123};

Entry message(std::string text) {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(42);
  entry.sender = UserId(1001);
  entry.subject = UserId(1002);
  entry.at = kThen;
  entry.client_id = "c-17";
  entry.text = std::move(text);
  return entry;
}

Entry group_message(ContentType type) {
  Entry entry = message("pic.png");
  entry.group = GroupId(1005);
  entry.subject = {};
  entry.type = type;
  return entry;
}

Entry largest() {
  Entry entry = message("the end");
  entry.conversation = kConversationMax;
  entry.seq = kSeqMax;
  entry.sender = UserId(kPersonIdMax);
  return entry;
}

Entry odd_client_id() {
  Entry entry = message("hi");
  entry.client_id = "\"odd\\";
  return entry;
}

Entry change(EntryKind kind, UserId subject, UserId by) {
  Entry entry = message("");
  entry.kind = kind;
  entry.group = GroupId(1005);
  entry.subject = subject;
  entry.sender = by;
  return entry;
}

Entry edit(std::string text) {
  Entry entry = message(std::move(text));
  entry.kind = EntryKind::kEdit;
  entry.seq = Seq(43);
  entry.subject = {};
  entry.ref = Seq(42);
  return entry;
}

Committed committed(bool duplicate) {
  return {MessageId(ConversationId(7), Seq(42)), Timestamp{}, duplicate};
}

Group group(uint64_t id, std::string name) {
  Group made;
  made.id = GroupId(id);
  made.conversation = ConversationId(id + 8);
  made.name = std::move(name);
  made.members = 3;
  return made;
}

Sample answer(std::string_view name, Response response) { return {name, std::move(response)}; }
Sample push(std::string_view name, Entry entry, bool to_sender = false) {
  return {name, SampleEntry{std::move(entry), to_sender}};
}
Sample signal(std::string_view name, Signal said) { return {name, std::move(said)}; }
Sample notice(std::string_view name, NoticeLine line) { return {name, std::move(line)}; }

void add_group_answers(std::vector<Sample>& all) {
  const Timestamp then{1'767'225'600'123};
  Group tea = group(1005, "tea");
  tea.owner = UserId(1001);
  tea.created_at = then;
  tea.description = "every day";
  Group muted = tea;
  muted.notice = "bring a \"cup\"";
  muted.join = JoinPolicy::kClosed;
  muted.muted_until = then;
  Group ended = tea;
  ended.dissolved_at = then;
  const WaitingRow asks{GroupId(1005), UserId(1003), UserId(1003), "Carol", then};
  const WaitingRow invited{GroupId(1005), UserId(1002), UserId(1001), "tea", then};
  all.push_back(answer("join pending", JoinPendingResponse{}));
  all.push_back(answer("a group, as an outsider sees it",
                       GroupLookResponse{tea, false, false, Role::kMember, {}}));
  all.push_back(answer("a group that is muted, as an admin who is too sees it",
                       GroupLookResponse{muted, true, false, Role::kAdmin, then}));
  all.push_back(answer("a dissolved group, to somebody invited",
                       GroupLookResponse{ended, false, true, Role::kMember, {}}));
  all.push_back(answer("groups with a notice", GroupsResponse{{muted}}));
  all.push_back(
      answer("a muted member", MembersResponse{{{UserId(1002), "bob", Role::kMember, {}, then}}}));
  all.push_back(answer("requests", JoinRequestsResponse{{asks}, true}));
  all.push_back(answer("no requests", JoinRequestsResponse{}));
  all.push_back(answer("invites", InvitesResponse{{invited}}));
  all.push_back(answer("refused to let in", RefusedResponse{UserId(1003)}));
  all.push_back(answer("invited", InvitedResponse{UserId(1003)}));
  all.push_back(answer("declined", DeclinedResponse{GroupId(1005)}));
}

void add_answers(std::vector<Sample>& all) {
  const Unread from_group{ConversationId(7), GroupId(1005), UserId(), 1001};
  const Unread from_user{ConversationId(9), GroupId(), UserId(1002), 2};
  const Member owner{UserId(1001), "Alice", Role::kOwner, {}};
  const Member member{UserId(1002), "李雷", Role::kMember, {}};
  const auto plenty = kCountedMax + 1;
  all.push_back(answer("log-in", LoggedInResponse{UserId(1001), 3, 2, "mt1.AbC", "e1"}));
  all.push_back(answer("log-in after a long absence",
                       LoggedInResponse{UserId(1001), plenty, kCountedMax, "mt1.AbC", "e1"}));
  all.push_back(answer("sent", SentResponse{committed(false)}));
  Committed waiting;
  waiting.ticket = "q3-1767225600123-0";
  all.push_back(answer("queued", SentResponse{waiting}));
  all.push_back(answer("sent again", SentResponse{committed(true)}));
  all.push_back(answer("pulled all", PullResponse{true, 2}));
  all.push_back(answer("pulled some", PullResponse{false, 100}));
  all.push_back(answer("acknowledged", AckedResponse{}));
  all.push_back(answer("read", ReadResponse{MessageId(ConversationId(7), Seq(42))}));
  all.push_back(answer("unread", UnreadResponse{{from_group, from_user}}));
  all.push_back(answer("nothing unread", UnreadResponse{}));
  all.push_back(answer("group made", GroupCreatedResponse{group(1005, "tea")}));
  all.push_back(answer("joined", MembershipResponse{MessageId(ConversationId(7), Seq(43))}));
  all.push_back(answer("groups", GroupsResponse{{group(1005, "tea"), group(1006, "a \"b\"")}}));
  all.push_back(answer("no groups", GroupsResponse{}));
  all.push_back(answer("members", MembersResponse{{owner, member}, true}));
  all.push_back(answer("last members", MembersResponse{{member}, false}));
  const auto shared = [](Entry entry) { return std::make_shared<const Entry>(std::move(entry)); };
  all.push_back(answer("found", FoundResponse{{shared(message("see you at 8")),
                                               shared(group_message(ContentType::kImage))},
                                              true,
                                              false,
                                              MessageId(ConversationId(7), Seq(42))}));
  all.push_back(answer("nothing found", FoundResponse{}));
  add_group_answers(all);
  all.push_back(answer("pong", PongResponse{}));
  all.push_back(answer("help", HelpResponse{}));
  all.push_back(answer("help about SEND", HelpResponse{"SEND"}));
  all.push_back(answer("bye", ByeResponse{}));
  const PresenceSignal there{UserId(1001), PresenceState::kAway, Timestamp{1'767'225'600'123}};
  const PresenceSignal gone{UserId(1002), PresenceState::kOffline, Timestamp{}};
  all.push_back(answer("presence", PresenceResponse{{there, gone}}));
  all.push_back(answer("nobody's presence", PresenceResponse{}));
  all.push_back(answer("watched", WatchResponse{3, {there}}));
  all.push_back(answer("watched no more", WatchResponse{}));
  all.push_back(answer("away", AwayResponse{true}));
  all.push_back(answer("back", AwayResponse{false}));
  all.push_back(answer("typing", TypingResponse{}));
  all.push_back(
      answer("refused", Error{Code::kNotMember, "you are not in group 1005; JOINGROUP first"}));
  all.push_back(answer("locked out", Error{Code::kLockedOut, "too many failed log-ins", 1500}));
  all.push_back(answer("error of two lines", Error{Code::kInternal, "one\r\ntwo\x1B[2J"}));
}

void add_history(std::vector<Sample>& all) {
  const auto shown = [](Entry entry) { return std::make_shared<const Entry>(std::move(entry)); };
  const ConversationId talk(7);
  all.push_back(answer("history", HistoryResponse{{.conversation = talk,
                                                   .entries = {shown(message("see you at 8")),
                                                               shown(edit("see you at 9"))},
                                                   .more = true,
                                                   .reached = Seq(42)},
                                                  UserId(1001)}));
  ConversationRow row;
  row.conversation = talk;
  row.peer = UserId(1002);
  row.name = "bob";
  row.last = shown(message("see you at 8"));
  row.at = kThen;
  row.unread = 2;
  ConversationRow empty;
  empty.conversation = ConversationId(8);
  empty.group = GroupId(1005);
  empty.name = "tea \"time\"";
  empty.at = kThen;
  all.push_back(answer("conversations", ConversationsResponse{{row, empty}, true}));
  all.push_back(answer("receipts", ReceiptsResponse{{.recipients = 2,
                                                     .delivered = 1,
                                                     .read = 0,
                                                     .marks = {{UserId(1002), kThen, {}}},
                                                     .more = true}}));
}

void add_changes(std::vector<Sample>& all) {
  all.push_back(push("edit", edit("see you at 9")));
  Entry recall = change(EntryKind::kRecall, UserId(), UserId(1001));
  recall.ref = Seq(41);
  all.push_back(push("recall", recall));
  Entry recalled = message("");
  recalled.state = EntryState::kRecalled;
  all.push_back(push("a recalled message", recalled));
  Entry rich = message("a picture");
  rich.type = ContentType::kImage;
  rich.file = FileId(12);
  rich.client_at = rich.sent_at = Timestamp{kThen.ms - 1};
  rich.ext = "{\"w\": 3}";
  all.push_back(push("a message with all its fields", rich));
  all.push_back(signal(
      "delivered",
      ReceiptSignal{ConversationId(7), {}, UserId(1002), ReceiptKind::kDelivered, Seq(42), kThen}));
  all.push_back(signal("presence", PresenceSignal{UserId(1002), PresenceState::kAway, kThen}));
  all.push_back(
      signal("refused later",
             RefusedSignal{
                 "q3-1767225600123-0", "c-17", {Code::kNotMember, "not a member of this group"}}));
  all.push_back(signal("typing", TypingSignal{ConversationId(7), GroupId(1005), UserId(1002)}));
  all.push_back(
      signal("friend", ChangeSignal{5, ChangeKind::kFriend, UserId(1002), {}, {}, {}, "friends"}));
}

ChangeSignal friend_change(uint64_t version, FriendState state) {
  ChangeSignal change;
  change.version = version;
  change.kind = ChangeKind::kFriend;
  change.user = UserId(1002);
  change.state = name_of(state);
  return change;
}

void add_people_answers(std::vector<Sample>& all) {
  ChangeSignal read;
  read.version = 8;
  read.kind = ChangeKind::kRead;
  read.conversation = ConversationId(7);
  read.through = Seq(42);
  LoggedInResponse told{UserId(1001), 0, 0, "mt1.AbC", "e1"};
  told.own = {9, {friend_change(7, FriendState::kRequested), read}, false};
  all.push_back(answer("log-in with what changed meanwhile", told));
  told.own = {7, {friend_change(7, FriendState::kNone)}, true};
  all.push_back(answer("log-in with more changes than it tells", told));
  const Profile alice{UserId(1001), "Alice", "Alice \"A\" L.", "likes tea", FileId(5), true, 12};
  all.push_back(answer("one's own profile", ProfileResponse{alice, true}));
  all.push_back(answer("somebody's profile", ProfileResponse{alice, false}));
  all.push_back(answer("asked a friend", FriendResponse{UserId(1002), FriendState::kAsked, 3}));
  const Friend bob{UserId(1002), "bob", FriendState::kFriend};
  const Friend carol{UserId(1003), "李雷", FriendState::kRequested};
  all.push_back(answer("friends", FriendsResponse{{bob, carol}, true}));
  all.push_back(answer("no friends", FriendsResponse{}));
  all.push_back(answer("blocked", BlockResponse{UserId(1002), true, 4}));
  all.push_back(answer("unblocked", BlockResponse{UserId(1002), false, 5}));
  all.push_back(answer("blocks", BlocksResponse{{{UserId(1002), "bob"}}, false}));
  all.push_back(answer("another password", PasswordResponse{"mt1.New"}));
  const Timestamp at{1'767'225'600'123};
  all.push_back(answer("devices", DevicesResponse{{{"default", at, at, true, true},
                                                   {"phone", at, at, false, false}}}));
  all.push_back(answer("revoked", RevokedResponse{{"phone"}}));
}

void add_events(std::vector<Sample>& all) {
  all.push_back(push("message", message("see you at 8")));
  all.push_back(push("message to his other device", message("see you at 8"), true));
  all.push_back(push("message with an odd client id", odd_client_id(), true));
  all.push_back(push("message in a group", group_message(ContentType::kImage)));
  all.push_back(
      push("quotes, control characters, emoji", message("\"a\\b\"\n\t\x01 é 😀 text=\"x\"")));
  all.push_back(push("the largest ids", largest()));
  all.push_back(push("join", change(EntryKind::kJoin, UserId(1003), UserId(1003))));
  all.push_back(push("kick", change(EntryKind::kKick, UserId(1003), UserId(1001))));
  Entry many = change(EntryKind::kJoin, {}, UserId(1));
  many.text = "500";
  all.push_back(push("many joined at once", many));
  Entry muted = change(EntryKind::kMute, UserId(1003), UserId(1001));
  muted.text = "1767225600123";
  all.push_back(push("mute", muted));
  all.push_back(push("unmute all", change(EntryKind::kUnmute, {}, UserId(1001))));
  all.push_back(push("dissolve", change(EntryKind::kDissolve, {}, UserId(1001))));
  all.push_back(notice(
      "gap", GapNotice{ConversationId(7), Seq(0), Seq(1200), "older messages: see history"}));
  all.push_back(notice("pending", PendingNotice{ConversationId(7), 12}));
  all.push_back(notice("closing", ClosingNotice{Code::kReplaced, "this device logged in again"}));
  all.push_back(
      notice("sent away",
             ClosingNotice{Code::kDraining, "this node is going down; connect again", 5'000}));
}

}  // namespace

std::vector<Sample> all_samples() {
  std::vector<Sample> all;
  add_answers(all);
  add_people_answers(all);
  add_events(all);
  add_history(all);
  add_changes(all);
  return all;
}

std::string encoded(const SampleEvent& event) {
  std::string out;
  if (const auto* response = std::get_if<Response>(&event)) line::encode(*response, out);
  if (const auto* one = std::get_if<SampleEntry>(&event))
    line::encode_entry(one->entry, one->to_sender, out);
  if (const auto* said = std::get_if<NoticeLine>(&event)) line::encode_notice(*said, out);
  if (const auto* told = std::get_if<Signal>(&event)) line::encode_signal(*told, out);
  return out;
}

}  // namespace mpim
