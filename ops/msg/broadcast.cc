#include <array>

#include "ops/msg/commands.h"
#include "ops/paging.h"
#include "ops/progress.h"
#include "ops/user/user_ref.h"
#include "server/contract/names.h"
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
constexpr auto kRefusals = std::to_array<Column>({
    {"USER", "user", Cell::kUser},
    {"CODE", "code"},
    {"WHY", "message"},
});
constexpr auto kSections = std::to_array<Section>({{"Refused", "refusals", kRefusals}});
constexpr size_t kRefusalsShown = 1'000;
constexpr uint32_t kBatch = 500;  // of one transaction: others write between two of them

// What became of the notice, or of a dry run what can be foreseen.
struct Tally {
  uint64_t users = 0;
  uint64_t stored = 0;
  uint64_t repeated = 0;
  uint64_t refused = 0;
  Value::List refusals = {};  // the first kRefusalsShown

  void refuse(const v1::UserRef& user, std::string_view code, std::string_view why) {
    if (++refused > kRefusalsShown) return;
    refusals.push_back(Value::object({{"user", Value::message(user)},
                                      {"code", Value::text(code)},
                                      {"message", Value::text(why)}}));
  }
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
      v1::UserRef& one = all.emplace_back();
      one.set_id(user.id());
      one.set_name(user.name());
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
  for (int i = 0; i < response.outcomes_size(); ++i) {
    const v1::SendOutcome& outcome = response.outcomes(i);
    if (!outcome.code().empty())
      tally.refuse(to[static_cast<size_t>(i)], outcome.code(), outcome.message());
    else
      ++(outcome.duplicate() ? tally.repeated : tally.stored);
  }
  return {};
}

// Whom the server would refuse, as far as it can be known before: who is named and not there, or
// disabled. Nobody can block the system's user.
Result<void> foresee(Call& call, std::span<const v1::UserRef> to, Tally& tally) {
  Progress progress(call.terminal(), "looking", to.size());
  for (const v1::UserRef& user : to) {
    v1::GetUserRequest request;
    *request.mutable_user() = user;
    const auto found = call.ask<v1::GetUserResponse>("GetUser", request);
    progress.advance(1);
    if (!found && !entry_of(found.error().code).retryable)
      tally.refuse(user, entry_of(found.error().code).name, found.error().message);
    else if (!found)
      return found.error();
    else if (found->user().disabled())
      tally.refuse(user, entry_of(Code::kDisabled).name, found->user().name() + " is disabled");
  }
  return {};
}

Result<void> check_notice(Call& call) {
  const Arguments& arguments = call.arguments();
  if (!arguments.has("client-id"))
    return call.usage("`--client-id` is missing: it lets a broadcast that broke off go on");
  if (const auto id = client_id(arguments.text("client-id")); !id)
    return call.usage("`--client-id`: " + id.error().message);
  if (arguments.word(0).empty()) return call.usage("TEXT is empty: there is nothing to send");
  if (arguments.has("to") && named(arguments.text("to")).empty())
    return call.usage("`--to` names nobody");
  return {};
}

int show_tally(Call& call, Tally tally, bool dry_run) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  if (dry_run) document.warnings.emplace_back("dry run: nothing was done");
  if (tally.refused > kRefusalsShown)
    document.warnings.emplace_back("only the first 1,000 who were refused are shown");
  document.items.push_back(Value::object({{"users", Value::number(tally.users)},
                                          {"stored", Value::number(tally.stored)},
                                          {"repeated", Value::number(tally.repeated)},
                                          {"refused", Value::number(tally.refused)},
                                          {"refusals", Value::list(std::move(tally.refusals))}}));
  document.columns = kColumns;
  document.sections = kSections;
  call.show(document);
  return tally.refused > 0 ? kPartial : kDone;
}

Result<int> broadcast(Call& call) {
  const Arguments& arguments = call.arguments();
  MPIM_CHECKED(check_notice(call));
  MPIM_TRY(const std::vector<v1::UserRef> to,
           arguments.has("to") ? Result(named(arguments.text("to"))) : everybody(call));
  Tally tally{.users = to.size()};
  if (arguments.has("dry-run")) {
    // Who is disabled is not among everybody.
    if (arguments.has("to")) MPIM_CHECKED(foresee(call, to, tally));
    return show_tally(call, std::move(tally), true);
  }
  MPIM_TRY(const bool sure,
           call.may_destroy("send this to " + std::to_string(to.size()) + " user(s)?"));
  if (!sure) return kFailed;
  {
    Progress progress(call.terminal(), "sending", to.size());
    for (size_t i = 0; i < to.size(); i += kBatch) {
      const size_t count = std::min<size_t>(kBatch, to.size() - i);
      MPIM_CHECKED(send_batch(call, std::span(to).subspan(i, count), tally));
      progress.advance(count);
    }
  }
  return show_tally(call, std::move(tally), false);
}

}  // namespace

const CommandForm kMsgBroadcastForm{
    .detail =
        "From the system's user, stored for everybody and delivered like any message. A notice is "
        "stored once for a user and client id, so that a broadcast that broke off is run again.\n"
        "Who is refused is listed with the reason, and the exit code is 3. --dry-run finds those "
        "of\n"
        "--to who do not exist or are disabled; who has the notice already is known only when it "
        "is\n"
        "sent.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Broadcast",
    .run = broadcast,
};

}  // namespace mpim::ops
