#include <algorithm>

#include "ops/deadletter/chosen_letters.h"
#include "ops/deadletter/commands.h"
#include "ops/paging.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    kAllLetters,
    kDryRun,
    {"older-than", FlagType::kDuration, "TIME", "those put aside longer ago"},
    kYes,
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "deadletter purge 3 4 --dry-run",
    "deadletter purge --older-than 720h --yes",
});

Result<int> show(Call& call, const std::vector<v1::DeadLetter>& letters,
                 std::vector<std::string> warnings, int exit_code) {
  Value::List items;
  for (const v1::DeadLetter& letter : letters) items.push_back(Value::message(letter));
  call.show_list(std::move(items), kLetterColumns, std::move(warnings));
  return exit_code;
}

Result<int> purge(Call& call) {
  MPIM_TRY(const std::vector<v1::DeadLetter> plan, letters_chosen(call));
  if (call.arguments().has("dry-run"))
    return show(call, plan, {"dry run: nothing was done"}, kDone);
  if (plan.empty()) return show(call, plan, {}, kDone);
  MPIM_TRY(const bool sure,
           call.may_destroy("drop " + std::to_string(plan.size()) + " message(s) for ever?"));
  if (!sure) return kFailed;
  std::vector<v1::DeadLetter> gone;
  for (size_t from = 0; from < plan.size(); from += kPageMax) {
    const std::span<const v1::DeadLetter> batch =
        std::span(plan).subspan(from, std::min<size_t>(kPageMax, plan.size() - from));
    v1::PurgeDeadLettersRequest request;
    for (const v1::DeadLetter& letter : batch) request.add_ids(letter.id());
    const auto done = call.ask<v1::PurgeDeadLettersResponse>("PurgeDeadLetters", request);
    if (!done && gone.empty()) return done.error();
    if (!done) return show(call, gone, {"stopped: " + done.error().message}, kPartial);
    for (const v1::DeadLetter& letter : batch)
      if (std::ranges::find(done->purged(), letter.id()) != done->purged().end())
        gone.push_back(letter);
  }
  return show(call, gone, {}, kDone);
}

}  // namespace

const CommandForm kDeadletterPurgeForm{
    .detail =
        "Shows what it drops; --dry-run shows exactly what a real run drops. Their senders are "
        "not\n"
        "told: what they were answered with a ticket is lost.",
    .arguments = kLetterIds,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DeadLetterList",
    .run = purge,
};

}  // namespace mpim::ops
