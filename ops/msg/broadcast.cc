#include <array>

#include "ops/msg/commands.h"
#include "ops/paging.h"
#include "ops/progress.h"
#include "ops/user/user_ref.h"
#include "server/core/ids.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments =
    std::to_array<Argument>({{"TEXT", "the notice, as one word of the shell"}});
constexpr auto kFlags = std::to_array<Flag>({
    {"client-id", FlagType::kText, "ID", "names the notice (needed): who has it gets it no more"},
    kDryRun,
    {"to", FlagType::kText, "USER,...", "to these users alone"},
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "msg broadcast 'maintenance at noon' --client-id noon-1 --yes",
    "msg broadcast 'your account moves' --client-id move-7 --to alice,bob --yes",
});
constexpr auto kColumns = std::to_array<Column>({
    {"USERS", "users", Cell::kNumber},
    {"STORED", "stored", Cell::kNumber},
    {"REPEATED", "repeated", Cell::kNumber},
    {"REFUSED", "refused", Cell::kNumber},
});
constexpr uint32_t kBatch = 500;  // of one transaction: others write between two of them

struct Tally {
  uint64_t users = 0;
  uint64_t stored = 0;
  uint64_t repeated = 0;
  uint64_t refused = 0;
};

// Everybody the notice is for, ascending. Who is disabled could not read it.
Result<std::vector<v1::UserRef>> everybody(Call& call) {
  std::vector<v1::UserRef> all;
  v1::ListUsersRequest request;
  request.set_limit(kPageMax);
  while (true) {
    MPIM_TRY(const auto page, call.ask<v1::ListUsersResponse>("ListUsers", request));
    for (const v1::User& user : page.users()) {
      request.set_after(user.id());
      if (user.disabled()) continue;
      all.emplace_back().set_id(user.id());
    }
    if (!page.more()) return all;
  }
}

std::vector<v1::UserRef> named(std::string_view list) {
  std::vector<v1::UserRef> all;
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (end > 0) all.push_back(user_ref(std::string(list.substr(0, end))));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return all;
}

Result<void> send_batch(Call& call, std::span<const v1::UserRef> to, Tally& tally) {
  v1::SendMessagesRequest request;
  for (const v1::UserRef& user : to) {
    v1::NewMessage& message = *request.add_messages();
    message.mutable_from()->set_id(kSystemUser.value);
    *message.mutable_to() = user;
    message.set_text(call.arguments().word(0));
    message.set_client_id(call.arguments().text("client-id"));
  }
  MPIM_TRY(const auto response, call.ask<v1::SendMessagesResponse>("SendMessages", request));
  for (const v1::SendOutcome& outcome : response.outcomes())
    ++(!outcome.code().empty() ? tally.refused
       : outcome.duplicate()   ? tally.repeated
                               : tally.stored);
  return {};
}

Result<int> broadcast(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("client-id"))
    return call.usage("`--client-id` is missing: it lets a broadcast that broke off go on");
  MPIM_TRY(const std::vector<v1::UserRef> to,
           arguments.has("to") ? Result(named(arguments.text("to"))) : everybody(call));
  Tally tally{.users = to.size()};
  if (!arguments.has("dry-run")) {
    MPIM_TRY(const bool sure,
             call.may_destroy("send this to " + std::to_string(to.size()) + " user(s)?"));
    if (!sure) return kFailed;
    Progress progress(call.terminal(), "sending", to.size());
    for (size_t i = 0; i < to.size(); i += kBatch) {
      const size_t count = std::min<size_t>(kBatch, to.size() - i);
      MPIM_CHECKED(send_batch(call, std::span(to).subspan(i, count), tally));
      progress.advance(count);
    }
  }
  Value item = Value::object({});
  item.set("users", Value::number(tally.users));
  item.set("stored", Value::number(tally.stored));
  item.set("repeated", Value::number(tally.repeated));
  item.set("refused", Value::number(tally.refused));
  call.show_item(std::move(item), kColumns);
  return tally.refused > 0 ? kPartial : kDone;
}

}  // namespace

const CommandForm kMsgBroadcastForm{
    .detail =
        "From the system's user, stored for everybody and delivered like any message. A notice is "
        "stored once for a user and client id, so that a broadcast that broke off is run again.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Broadcast",
    .run = broadcast,
};

}  // namespace mpim::ops
