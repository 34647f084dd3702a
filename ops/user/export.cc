#include <array>
#include <filesystem>

#include "ops/progress.h"
#include "ops/user/commands.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kPage = 1'000;

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({
    {.name = "all", .help = "also what others wrote, as far as they may read it"},
    {.name = "force", .help = "replace a file that is there"},
    {"out", FlagType::kText, "FILE", "write it there instead of to stdout"},
});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"user export dora --out dora.jsonl", "user export dora --all"});

// One JSON object a line, each with its `record`. To stdout as it comes, or gathered for a file.
class Lines {
 public:
  Lines(Terminal& terminal, bool to_file) : terminal_(terminal), to_file_(to_file) {}

  void add(std::string_view record, const Value& what) {
    Value::Object line{{"record", Value::text(record)}};
    Value row = Value::object(std::move(line));
    row.set(record, what);
    const std::string text = row.json(JsonLayout::kOneLine) + "\n";
    ++count_;
    if (to_file_)
      text_ += text;
    else
      terminal_.out(text);
  }
  const std::string& text() const { return text_; }
  uint64_t count() const { return count_; }

 private:
  Terminal& terminal_;
  const bool to_file_;
  std::string text_;
  uint64_t count_ = 0;
};

Result<v1::UserRef> add_person(Call& call, Lines& lines) {
  v1::GetUserRequest request;
  *request.mutable_user() = user_ref(call.arguments().word(0));
  MPIM_TRY(const auto found, call.ask<v1::GetUserResponse>("GetUser", request));
  const Value answer = Value::message(found);
  lines.add("user", answer.at("user"));
  lines.add("profile", answer.at("profile"));
  for (const Value& device : answer.at("devices").items()) lines.add("device", device);
  for (const Value& group : answer.at("groups").items()) lines.add("group", group);
  v1::UserRef user;
  user.set_id(found.user().id());
  return user;
}

Result<void> add_friends(Call& call, const v1::UserRef& user, Lines& lines) {
  v1::ListFriendsRequest request;
  *request.mutable_user() = user;
  request.set_limit(kPage);
  for (bool more = true; more;) {
    MPIM_TRY(const auto page, call.ask<v1::ListFriendsResponse>("ListFriends", request));
    for (const v1::Friend& one : page.friends()) {
      lines.add("friend", Value::message(one));
      request.set_after(one.user().id());
    }
    more = page.more();
  }
  return {};
}

Result<void> add_blocks(Call& call, const v1::UserRef& user, Lines& lines) {
  v1::ListBlocksRequest request;
  *request.mutable_user() = user;
  request.set_limit(kPage);
  for (bool more = true; more;) {
    MPIM_TRY(const auto page, call.ask<v1::ListBlocksResponse>("ListBlocks", request));
    for (const v1::UserRef& one : page.blocked()) {
      lines.add("blocked", Value::message(one));
      request.set_after(one.id());
    }
    more = page.more();
  }
  return {};
}

Result<void> add_uploads(Call& call, const v1::UserRef& user, Lines& lines) {
  v1::ListUploadsRequest request;
  *request.mutable_user() = user;
  request.set_limit(kPage);
  for (bool more = true; more;) {
    MPIM_TRY(const auto page, call.ask<v1::ListUploadsResponse>("ListUploads", request));
    for (const v1::Upload& one : page.uploads()) {
      lines.add("upload", Value::message(one));
      request.set_after(one.id());
    }
    more = page.more();
  }
  return {};
}

Result<void> add_messages(Call& call, const v1::UserRef& user, Lines& lines) {
  v1::ExportMessagesRequest request;
  *request.mutable_user() = user;
  request.set_all(call.arguments().has("all"));
  request.set_limit(kPage);
  for (bool more = true; more;) {
    MPIM_TRY(const auto page, call.ask<v1::ExportMessagesResponse>("ExportMessages", request));
    for (const v1::Entry& entry : page.entries()) lines.add("message", Value::message(entry));
    request.set_conversation(page.next_conversation());
    request.set_seq(page.next_seq());
    more = page.more();
  }
  return {};
}

Result<int> export_person(Call& call) {
  const std::string file = call.arguments().text("out");
  std::error_code failed;
  if (!file.empty() && !call.arguments().has("force") && std::filesystem::exists(file, failed))
    return call.failing({Code::kExists, file + " is there already"}, "--force replaces it");
  Lines lines(call.terminal(), !file.empty());
  MPIM_TRY(const v1::UserRef user, add_person(call, lines));
  MPIM_CHECKED(add_friends(call, user, lines));
  MPIM_CHECKED(add_blocks(call, user, lines));
  MPIM_CHECKED(add_uploads(call, user, lines));
  MPIM_CHECKED(add_messages(call, user, lines));
  if (file.empty()) return kDone;
  MPIM_CHECKED(call.write(file, lines.text(), Readers::kOwner));
  call.terminal().note(std::to_string(lines.count()) + " records written to " + file);
  return kDone;
}

}  // namespace

const CommandForm kUserExportForm{
    .detail =
        "Everything that is kept of a person, as JSON lines: user, profile, devices, groups, "
        "friends,\n"
        "whom they blocked, uploads, messages. `record` says what a line is. Of uploads it is what "
        "is\n"
        "known of them, not their bytes. FILE is for its owner's eyes alone (0600).",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "PersonRecord",
    .run = export_person,
};

}  // namespace mpim::ops
