#include <array>

#include "ops/msg/commands.h"
#include "ops/msg/entry_columns.h"
#include "ops/msg/entry_text.h"
#include "ops/user/user_ref.h"

namespace mpim::ops {
namespace {

constexpr auto kArguments = std::to_array<Argument>({{"ID", "message id", true, true}});
constexpr auto kFlags = std::to_array<Flag>({kDryRun, kYes});
constexpr auto kExamples = std::to_array<std::string_view>({
    "msg recall 7516192769 --dry-run",
    "msg recall 7516192769 7516192770 --yes",
});

Result<v1::Entry> recall_one(Call& call, uint64_t id, bool dry_run) {
  v1::RecallMessageRequest request;
  request.set_id(id);
  request.set_dry_run(dry_run);
  auto response = call.ask<v1::RecallMessageResponse>("RecallMessage", request);
  if (!response && response.error().code == Code::kConflict)
    return call.failing(response.error(), "nothing is left to take back; name the others alone");
  if (!response) return response.error();
  return std::move(*response->mutable_entry());
}

// Each once, by id; refused as a whole when one of them cannot be recalled.
Result<std::map<uint64_t, v1::Entry>> plan_of(Call& call) {
  std::map<uint64_t, v1::Entry> plan;
  for (const std::string& typed : call.arguments().words()) {
    MPIM_TRY(const uint64_t id, id_typed(call, "message", typed));
    MPIM_TRY(plan[id], recall_one(call, id, true));
  }
  return plan;
}

Result<int> recall(Call& call) {
  MPIM_TRY(const auto plan, plan_of(call));
  const bool dry_run = call.arguments().has("dry-run");
  if (!dry_run) {
    MPIM_TRY(const bool sure,
             call.may_destroy("take back " + std::to_string(plan.size()) + " message(s)?"));
    if (!sure) return kFailed;
  }
  Value::List shown;
  std::vector<std::string> warnings;
  if (dry_run) warnings.emplace_back("dry run: nothing was done");
  for (const auto& [id, entry] : plan) {
    const auto done = dry_run ? Result<v1::Entry>(entry) : recall_one(call, id, false);
    if (!done && shown.empty()) return done.error();
    if (!done) {
      warnings.push_back("stopped at " + std::to_string(id) + ": " + done.error().message);
      call.show_list(std::move(shown), kHistoryColumns, std::move(warnings));
      return kPartial;
    }
    const Value taken = Value::message(*done);
    shown.push_back(with_text(call, taken, taken));
  }
  call.show_list(std::move(shown), kHistoryColumns, std::move(warnings));
  return kDone;
}

}  // namespace

const CommandForm kMsgRecallForm{
    .detail =
        "At any time, whoever wrote them. Everybody in the conversation is told, and the texts "
        "are\n"
        "gone. Shows what was taken back; --dry-run shows exactly what a real run takes.",
    .arguments = kArguments,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "EntryList",
    .run = recall,
};

}  // namespace mpim::ops
