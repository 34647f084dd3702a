#include <array>
#include <chrono>
#include <thread>

#include "ops/progress.h"
#include "ops/user/commands.h"
#include "ops/user/erasure_check.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};
constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id"}});
constexpr auto kFlags = std::to_array<Flag>({
    kDryRun,
    {.name = "verify", .help = "afterwards read everything again, and say what is left"},
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>(
    {"user erase dora --dry-run", "user erase dora --yes --verify"});
constexpr auto kPlanColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"DEVICES", "devices", Cell::kNumber},
    {"GROUPS", "groups", Cell::kNumber},
    {"CONVERSATIONS", "conversations", Cell::kNumber},
    {"MESSAGES", "messages", Cell::kNumber},
    {"FILES", "files", Cell::kNumber},
});

Result<v1::EraseUserResponse> ask(Call& call, const v1::UserRef& user, bool dry_run) {
  v1::EraseUserRequest request;
  *request.mutable_user() = user;
  request.set_dry_run(dry_run);
  return call.ask<v1::EraseUserResponse>("EraseUser", request);
}

// Until the last message is done, or the time is over: the node goes on by itself.
Result<v1::Erasure> wait_for(Call& call, v1::Erasure erasure, uint64_t messages) {
  Progress progress(call.terminal(), "messages", messages);
  const auto until = std::chrono::steady_clock::now() + call.timeout();
  v1::ListErasuresRequest request;
  request.set_user(erasure.user());
  while (erasure.finished_at_ms() == 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(kLookAgain);
    MPIM_TRY(const auto now, call.ask<v1::ListErasuresResponse>("ListErasures", request));
    progress.advance(now.erasures(0).messages() - erasure.messages());
    erasure = now.erasures(0);
  }
  return erasure;
}

void show(Call& call, const v1::Erasure& erasure, std::vector<std::string> left) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::message(erasure));
  document.columns = kErasureColumns;
  document.warnings = std::move(left);
  call.show(document);
}

Result<int> erase(Call& call) {
  const std::string typed = call.arguments().word(0);
  const auto plan = ask(call, user_ref(typed), true);
  if (!plan && plan.error().code == Code::kNotFound)
    return call.failing(plan.error(),
                        "`mpimctl user ls` lists who is there; who was erased has no name any "
                        "more: `mpimctl user erased` lists the ids");
  if (!plan) return plan.error();
  if (call.arguments().has("dry-run")) {
    call.terminal().note("dry run: nothing was done");
    call.show_item(Value::message(plan->plan()), kPlanColumns);
    return kDone;
  }
  MPIM_TRY(const bool sure,
           call.may_destroy("erase " + plan->plan().user().name() + " and the texts of " +
                            std::to_string(plan->plan().messages()) + " message(s) for ever?"));
  if (!sure) return kFailed;
  v1::UserRef user;
  user.set_id(plan->plan().user().id());
  MPIM_TRY(const auto begun, ask(call, user, false));
  MPIM_TRY(const v1::Erasure done, wait_for(call, begun.erasure(), plan->plan().messages()));
  if (done.finished_at_ms() != 0 && call.arguments().has("verify")) {
    MPIM_TRY(const auto left, left_of(call, done.user()));
    show(call, done, left);
    return left.empty() ? kDone : kFailed;
  }
  show(call, done, {});
  if (done.finished_at_ms() != 0) return kDone;
  call.terminal().note("it is under way: `mpimctl user erased " + std::to_string(done.user()) +
                       "` shows when it is done");
  return kPartial;
}

}  // namespace

const CommandForm kUserEraseForm{
    .detail =
        "Removes the user as `user rm` does, and then every text, file and client id of theirs, "
        "their\n"
        "profile, receipts and name. The places of their messages stay, marked as recalled, so "
        "that "
        "seqs\n"
        "have no gap. What others wrote stays; so does what is on other people's devices, and the "
        "audit\n"
        "log. What is shown is the receipt, which names nobody: `user erased` shows it again.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Erasure",
    .run = erase,
};

}  // namespace mpim::ops
