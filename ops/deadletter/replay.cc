#include "ops/deadletter/chosen_letters.h"
#include "ops/deadletter/commands.h"
#include "ops/progress.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kAllLetters, kDryRun});
constexpr auto kExamples = std::to_array<std::string_view>({
    "deadletter replay 3",
    "deadletter replay --all --dry-run",
});
constexpr auto kColumns = std::to_array<Column>({
    {"LETTER", "letter.id", Cell::kNumber},
    {"FROM", "letter.from", Cell::kUser},
    {"TO", "letter.to", Cell::kUser},
    {"GROUP", "letter.group", Cell::kNumber},
    {"OUTCOME", "outcome"},
    {"ID", "id", Cell::kNumber},
    {"CODE", "code"},
    {"WHY", "message"},
});

Value row_of(const v1::DeadLetter& letter, std::string_view outcome, uint64_t id,
             std::string_view code, std::string_view why) {
  return Value::object({{"letter", Value::message(letter)},
                        {"outcome", Value::text(outcome)},
                        {"id", Value::id(id)},
                        {"code", Value::text(code)},
                        {"message", Value::text(why)}});
}

Value told(const v1::DeadLetter& letter, const v1::SendOutcome& outcome) {
  if (!outcome.code().empty()) return row_of(letter, "dead", 0, outcome.code(), outcome.message());
  return row_of(letter, outcome.duplicate() ? "stored before" : "stored", outcome.id(), "", "");
}

Value foreseen(const v1::DeadLetter& letter) {
  if (!letter.unreadable().empty())
    return row_of(letter, "dead", 0, entry_of(Code::kBadRequest).name, letter.unreadable());
  return row_of(letter, "to be tried", 0, "", "");
}

// What became of those that were tried, before the server could not be asked any more.
struct Replayed {
  Value::List rows;
  size_t stored = 0;
  std::vector<std::string> warnings;
};

Result<Replayed> replay_all(Call& call, const std::vector<v1::DeadLetter>& letters) {
  Replayed replayed;
  Progress progress(call.terminal(), "letters", letters.size());
  for (const v1::DeadLetter& letter : letters) {
    v1::ReplayDeadLetterRequest request;
    request.set_id(letter.id());
    const auto done = call.ask<v1::ReplayDeadLetterResponse>("ReplayDeadLetter", request);
    if (!done && replayed.rows.empty()) return done.error();
    if (!done) {
      replayed.warnings.push_back("stopped at " + std::to_string(letter.id()) + ": " +
                                  done.error().message);
      return replayed;
    }
    replayed.rows.push_back(told(letter, done->outcome()));
    if (done->outcome().code().empty()) ++replayed.stored;
    progress.advance(1);
  }
  return replayed;
}

Result<int> replay(Call& call) {
  MPIM_TRY(const std::vector<v1::DeadLetter> letters, letters_chosen(call));
  if (call.arguments().has("dry-run")) {
    Value::List plan;
    for (const v1::DeadLetter& letter : letters) plan.push_back(foreseen(letter));
    call.show_list(std::move(plan), kColumns, {"dry run: nothing was done"});
    return kDone;
  }
  MPIM_TRY(Replayed replayed, replay_all(call, letters));
  const size_t stored = replayed.stored;
  call.show_list(std::move(replayed.rows), kColumns, std::move(replayed.warnings));
  if (stored == letters.size()) return kDone;
  return stored > 0 ? kPartial : kFailed;
}

}  // namespace

const CommandForm kDeadletterReplayForm{
    .detail =
        "Each is stored as if it were sent now, under the client id or ticket it has had from the\n"
        "beginning, and is gone from here in the same transaction: a replay that broke off, or is\n"
        "run again, stores nothing twice. What is refused stays, with the reason; the exit code "
        "is\n"
        "then 3, or 1 when nothing was stored. A letter that failed after it was stored is known\n"
        "by its client id for store.client_id_days.",
    .arguments = kLetterIds,
    .flags = kFlags,
    .examples = kExamples,
    .kind = "DeadLetterReplayList",
    .run = replay,
};

}  // namespace mpim::ops
