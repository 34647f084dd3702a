#include "ops/smoke/checks.h"

#include <array>
#include <random>

#include "ops/contract.h"

namespace mpim::ops {
namespace {

constexpr uint64_t kCatchUpEntries = 20;
constexpr uint64_t kTakenBeforeCut = 5;
constexpr size_t kShortPasswordBytes = 64;
constexpr size_t kLongPasswordBytes = 1'024;

char random_letter() {
  constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
  static std::random_device random;
  return kLetters[random() % kLetters.size()];
}

Error wrong(std::string sentence) { return {Code::kUnknown, std::move(sentence)}; }

Result<void> expect(bool holds, std::string_view sentence) {
  if (holds) return {};
  return wrong(std::string(sentence));
}

Result<void> log_in(SmokeTalk& talk, SmokeUser& user) {
  user.taken_before = user.taken;
  MPIM_TRY(user.link, LineLink::open(talk.line, talk.deadline));
  MPIM_TRY(const ReplyOk reply,
           user.link->ask("LOGIN " + user.name + " " + talk.password + " device=smoke ack=client"));
  return expect(reply.fields.number("uid") == user.id, "LOGIN answered another user's id");
}

Result<uint64_t> send(SmokeTalk& talk, const std::string& text, const std::string& options = "") {
  MPIM_TRY(const ReplyOk reply, talk.one.link->ask("SEND " + std::to_string(talk.other.id) + " " +
                                                   quote(text) + options));
  const auto id = reply.fields.number("msg_id");
  if (!id) return wrong("SEND answered no msg_id");
  talk.last_id = *id;
  return *id;
}

Result<void> acknowledge(SmokeUser& user, const Entry& entry) {
  MPIM_CHECKED(user.link->ask("ACK " + std::to_string(entry.id().value)));
  return {};
}

// Takes the next message of the other, which must be this one, and acknowledges it.
Result<void> receive(SmokeTalk& talk, uint64_t id, const std::string& text) {
  MPIM_TRY(const Entry entry, talk.other.next_message());
  MPIM_CHECKED(expect(entry.id().value == id, "the message came under another id"));
  MPIM_CHECKED(expect(entry.text == text, "the message came with another text"));
  MPIM_CHECKED(expect(entry.sender.value == talk.one.id, "the message came from another sender"));
  return acknowledge(talk.other, entry);
}

Result<void> check_health(SmokeTalk& talk) {
  MPIM_TRY(TimedSocket socket, TimedSocket::connect(talk.http, talk.deadline));
  MPIM_CHECKED(socket.write("GET /healthz HTTP/1.1\r\nHost: smoke\r\nConnection: close\r\n\r\n",
                            talk.deadline));
  std::string answer;
  while (answer.find('\n') == std::string::npos) {
    MPIM_TRY(const std::string more, socket.read(talk.deadline));
    if (more.empty()) break;
    answer += more;
  }
  return expect(answer.starts_with("HTTP/1.1 200"), "/healthz does not answer 200");
}

// With a password that every line can hold; where that is too short, with the longest there is.
Result<v1::AddUsersResponse> add_users(SmokeTalk& talk, v1::AddUsersRequest& request) {
  const auto with = [&](size_t length) {
    while (talk.password.size() < length) talk.password += random_letter();
    request.set_password(talk.password);
    return talk.call.ask<v1::AddUsersResponse>("AddUsers", request);
  };
  auto response = with(kShortPasswordBytes);
  if (!response && response.error().code == Code::kBadRequest) response = with(kLongPasswordBytes);
  return response;
}

Result<void> check_accounts(SmokeTalk& talk) {
  v1::AddUsersRequest request;
  request.add_names(talk.one.name);
  request.add_names(talk.other.name);
  MPIM_TRY(const auto response, add_users(talk, request));
  MPIM_CHECKED(expect(response.users_size() == 2, "the server did not answer two users"));
  talk.one.id = response.users(0).user().id();
  talk.other.id = response.users(1).user().id();
  return {};
}

Result<void> check_log_in(SmokeTalk& talk) {
  MPIM_CHECKED(log_in(talk, talk.one));
  return log_in(talk, talk.other);
}

Result<void> check_live(SmokeTalk& talk) {
  const std::string text = "\"\u4f60 =";
  MPIM_TRY(const uint64_t id, send(talk, text));
  return receive(talk, id, text);
}

Result<void> check_offline(SmokeTalk& talk) {
  MPIM_CHECKED(talk.other.link->ask("QUIT"));
  talk.other.link.reset();
  MPIM_TRY(const uint64_t id, send(talk, "later"));
  MPIM_CHECKED(log_in(talk, talk.other));
  return receive(talk, id, "later");
}

Result<void> check_group(SmokeTalk& talk) {
  MPIM_TRY(const ReplyOk made, talk.one.link->ask("CREATEGROUP " + talk.one.name));
  const std::string group = made.fields.text("group_id");
  talk.group = made.fields.number("group_id").value_or(0);
  MPIM_CHECKED(talk.other.link->ask("JOINGROUP " + group));
  MPIM_TRY(const ReplyOk sent, talk.one.link->ask("SENDGROUP " + group + " \"all\""));
  MPIM_TRY(const Entry entry, talk.other.next_message());
  MPIM_CHECKED(expect(entry.id().value == sent.fields.number("msg_id"),
                      "the group message came under another id"));
  MPIM_CHECKED(expect(std::to_string(entry.group.value) == group, "it came from another group"));
  return acknowledge(talk.other, entry);
}

// A client that has acknowledged some of what it got is cut off without a word, misses more, and
// comes back: it must get each of the rest once and in order, but for those that the server says
// lie below its window.
Result<void> check_restart(SmokeTalk& talk) {
  uint64_t first = 0;
  for (uint64_t i = 0; i < kCatchUpEntries; ++i) {
    if (i == kCatchUpEntries / 2) talk.other.link.reset();
    MPIM_TRY(const uint64_t id, send(talk, std::to_string(i)));
    if (i == 0) first = MessageId(id).seq().value;
    if (i >= kTakenBeforeCut) continue;
    MPIM_TRY(const Entry entry, talk.other.next_message());
    MPIM_CHECKED(acknowledge(talk.other, entry));
  }
  MPIM_CHECKED(log_in(talk, talk.other));
  for (uint64_t id = 0; id != talk.last_id;) {
    MPIM_TRY(const Entry entry, talk.other.next_message());
    id = entry.id().value;
    MPIM_CHECKED(expect(entry.text == std::to_string(entry.seq.value - first),
                        "messages changed their order"));
    MPIM_CHECKED(acknowledge(talk.other, entry));
  }
  MPIM_TRY(const bool empty, talk.other.nothing_new());
  return expect(empty, "more came than was sent");
}

Result<void> check_retry(SmokeTalk& talk) {
  MPIM_TRY(const uint64_t first, send(talk, "once", " cid=smoke-retry"));
  MPIM_TRY(const uint64_t again, send(talk, "once", " cid=smoke-retry"));
  MPIM_CHECKED(expect(first == again, "a repeated client id got another message id"));
  const auto other_text = send(talk, "twice", " cid=smoke-retry");
  MPIM_CHECKED(expect(!other_text.ok() && other_text.error().code == Code::kConflict,
                      "the same client id with another text is no CONFLICT"));
  MPIM_CHECKED(receive(talk, first, "once"));
  MPIM_TRY(const bool empty, talk.other.nothing_new());
  return expect(empty, "a repeated send was delivered twice");
}

// What the other has not read in the conversation with the one.
Result<uint64_t> unread_count(SmokeTalk& talk) {
  MPIM_TRY(const ReplyOk reply, talk.other.link->ask("UNREAD"));
  uint64_t count = 0;
  for (uint64_t i = 0; i < reply.rows(); ++i) {
    MPIM_TRY(const ListLine row, talk.other.link->next_row());
    if (row.fields.number("from") == talk.one.id) count = row.fields.number("count").value_or(0);
  }
  return count;
}

Result<void> check_unread(SmokeTalk& talk) {
  MPIM_TRY(const uint64_t before, unread_count(talk));
  // One live, one offline, those of the restart, one retried.
  MPIM_CHECKED(expect(before == kCatchUpEntries + 3,
                      "UNREAD counts " + std::to_string(before) + " instead of 23 messages"));
  MPIM_CHECKED(talk.other.link->ask("READ " + std::to_string(talk.last_id)));
  MPIM_TRY(const uint64_t after, unread_count(talk));
  return expect(after == 0, "messages stay unread after READ");
}

Result<void> check_clean_up(SmokeTalk& talk) {
  talk.one.link.reset();
  talk.other.link.reset();
  if (talk.group != 0) {
    v1::DissolveGroupRequest request;
    request.set_id(talk.group);
    request.set_if_exists(true);
    MPIM_CHECKED(talk.call.ask<v1::DissolveGroupResponse>("DissolveGroup", request));
  }
  for (const SmokeUser* user : {&talk.one, &talk.other}) {
    v1::RemoveUserRequest request;
    request.mutable_user()->set_name(user->name);
    const auto removed = talk.call.ask<v1::RemoveUserResponse>("RemoveUser", request);
    if (!removed && removed.error().code != Code::kNotFound) return removed.error();
  }
  return {};
}

constexpr auto kChecks = std::to_array<SmokeCheck>({
    {"health answers", check_health},
    {"two users", check_accounts},
    {"log in", check_log_in},
    {"live message", check_live},
    {"offline message", check_offline},
    {"group message", check_group},
    {"client restart", check_restart},
    {"client id retry", check_retry},
    {"unread and read", check_unread},
    {"clean up", check_clean_up, true},
});

}  // namespace

Result<void> SmokeUser::accept(const Entry& entry) {
  Seq& last = taken[entry.conversation];
  if (entry.seq <= last)
    return wrong("entry " + std::to_string(entry.id().value) + " came twice in one session");
  const bool told = link && link->told_missing(entry.conversation, last.next(), entry.seq);
  if (last.value != 0 && entry.seq != last.next() && !told)
    return wrong("entries are missing before " + std::to_string(entry.id().value));
  last = entry.seq;
  return {};
}

Result<Entry> SmokeUser::next_message() {
  while (true) {
    MPIM_TRY(Entry entry, link->next_entry());
    if (entry.seq <= taken_before[entry.conversation]) continue;
    MPIM_CHECKED(accept(entry));
    if (entry.kind == EntryKind::kMessage) return entry;
  }
}

Result<bool> SmokeUser::nothing_new() {
  MPIM_TRY(const auto waiting, link->settle());
  for (const Entry& entry : waiting)
    if (entry.seq > taken_before[entry.conversation]) return false;
  return true;
}

std::span<const SmokeCheck> smoke_checks() { return kChecks; }

}  // namespace mpim::ops
