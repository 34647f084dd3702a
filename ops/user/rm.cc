#include <array>

#include "ops/user/commands.h"
#include "ops/user/each_user.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"USER", "name or id", true, true}});
constexpr auto kFlags = std::to_array<Flag>({
    kDryRun,
    {.name = "if-exists", .help = "users who do not exist are passed over"},
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "user rm dora --dry-run",
    "user rm bot1 bot2 --if-exists --yes",
});
constexpr auto kColumns = std::to_array<Column>({
    {"ID", "user.id", Cell::kNumber},
    {"NAME", "user.name"},
    {"DEVICES", "devices", Cell::kNumber},
    {"GROUPS", "groups", Cell::kNumber},
});

Result<v1::RemoveUserResponse> remove_one(Call& call, uint64_t id, const std::string& typed,
                                          bool dry_run) {
  v1::RemoveUserRequest request;
  if (id != 0)
    request.mutable_user()->set_id(id);
  else
    *request.mutable_user() = user_ref(typed);
  request.set_dry_run(dry_run);
  return call.ask<v1::RemoveUserResponse>("RemoveUser", request);
}

// Everybody once, by id. With --if-exists a warning for each who is not there.
Result<std::vector<v1::RemoveUserResponse>> plan_of(Call& call,
                                                    std::vector<std::string>& warnings) {
  const bool tolerant = call.arguments().has("if-exists");
  std::map<uint64_t, v1::RemoveUserResponse> plan;
  for (const std::string& typed : call.arguments().words()) {
    auto step = remove_one(call, 0, typed, true);
    if (!step && tolerant && step.error().code == Code::kNotFound) {
      warnings.push_back("passed over: " + step.error().message);
      continue;
    }
    if (!step && step.error().code == Code::kNotFound)
      return call.failing(step.error(),
                          "nobody was removed; --if-exists passes over who is not "
                          "there, `mpimctl user ls` lists who is");
    if (!step) return step.error();
    plan.insert_or_assign(step->user().id(), std::move(*step));
  }
  std::vector<v1::RemoveUserResponse> steps;
  for (auto& [id, step] : plan) steps.push_back(std::move(step));
  return steps;
}

Result<int> remove_users(Call& call) {
  std::vector<std::string> warnings;
  MPIM_TRY(const auto plan, plan_of(call, warnings));
  const bool dry_run = call.arguments().has("dry-run");
  if (!dry_run && !plan.empty()) {
    MPIM_TRY(const bool sure, call.may_destroy("remove " + std::to_string(plan.size()) +
                                               " user(s) with all their devices?"));
    if (!sure) return kFailed;
  }
  Value::List shown;
  if (dry_run) warnings.emplace_back("dry run: nothing was done");
  for (const auto& step : plan) {
    const auto done = dry_run ? Result<v1::RemoveUserResponse>(step)
                              : remove_one(call, step.user().id(), "", false);
    if (!done && shown.empty()) return done.error();
    if (!done) {
      warnings.push_back("stopped at `" + step.user().name() + "`: " + done.error().message);
      call.show_list(std::move(shown), kColumns, std::move(warnings));
      return kPartial;
    }
    shown.push_back(Value::message(*done));
  }
  call.show_list(std::move(shown), kColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kUserRmForm{
    .detail =
        "Their devices and memberships go, and the name is free again; what they wrote stays in "
        "the\n"
        "conversations. --dry-run shows exactly what a real run removes.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "UserRemovalList",
    .run = remove_users,
};

}  // namespace mpim::ops
