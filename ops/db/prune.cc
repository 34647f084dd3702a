#include <array>
#include <chrono>
#include <thread>

#include "ops/call.h"
#include "ops/contract.h"
#include "ops/db/commands.h"
#include "ops/db/database.h"
#include "ops/progress.h"
#include "server/store/sql/partitions/month_parts.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({kDryRun, kYes});
constexpr auto kExamples =
    std::to_array<std::string_view>({"db prune --dry-run", "db prune --yes"});
constexpr auto kPlanColumns = std::to_array<Column>({
    {"EXPIRED", "expired", Cell::kNumber},
    {"DROPPED", "dropped", Cell::kNumber},
});
constexpr auto kColumns = std::to_array<Column>({
    {"EXPIRED", "expired", Cell::kNumber},
    {"DROPPED", "dropped", Cell::kNumber},
    {"FINISHED", "finished"},
});
constexpr auto kParts =
    std::to_array<Column>({{"NAME", "name"}, {"ENTRIES", "entries", Cell::kNumber}});
constexpr auto kSections = std::to_array<Section>({{"Months to be dropped", "parts", kParts}});
constexpr std::chrono::milliseconds kLookAgain{100};
constexpr std::string_view kGoesOn =
    "the node goes on by itself: `mpimctl db prune --yes` joins the run and waits for its end";

uint64_t entries_of(const v1::PruneResponse& run) { return run.expired() + run.dropped(); }

Result<v1::PruneResponse> plan_of(Call& call) {
  v1::PruneRequest request;
  request.set_dry_run(true);
  return call.ask<v1::PruneResponse>("Prune", request);
}

// Until it is done, however long that takes; with --timeout at most so long.
Result<v1::PruneResponse> wait_for(Call& call, v1::PruneResponse run, uint64_t entries) {
  Progress progress(call.terminal(), "entries", entries);
  const bool bounded = call.arguments().has("timeout");
  const auto until = std::chrono::steady_clock::now() + call.timeout();
  const bool joined = run.joined();
  v1::PruneRequest request;
  request.set_run(run.run());
  while (!run.finished() && (!bounded || std::chrono::steady_clock::now() < until)) {
    std::this_thread::sleep_for(kLookAgain);
    const auto now = call.ask<v1::PruneResponse>("Prune", request);
    if (!now) return call.failing(now.error(), std::string(kGoesOn));
    progress.advance(entries_of(*now) - entries_of(run));
    run = *now;
  }
  run.set_joined(joined);
  return run;
}

void show_run(Call& call, const v1::PruneResponse& run) {
  Document document{.kind = call.path().command->form->kind, .list = false};
  document.items.push_back(Value::message(run));
  document.columns = kColumns;
  if (run.joined())
    document.warnings.emplace_back(
        "a run was under way already, and was joined: the counts are those of all of it");
  call.show(document);
}

// What is older than this is too old; nothing where it is kept for ever, or the log has no parts.
std::optional<Timestamp> too_old(const Settings& settings) {
  if (settings.store.url.empty() || settings.retention.history_days == 0) return std::nullopt;
  const auto now =
      std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch());
  return Timestamp{now.count()} - std::chrono::hours(24) * settings.retention.history_days;
}

Result<Value> parts_planned(Call& call, const Settings& settings) {
  Value::List parts;
  const std::optional<Timestamp> before = too_old(settings);
  if (!before) return Value::list(std::move(parts));
  MPIM_TRY(const Database database, open_database(call, true));
  MPIM_TRY(const auto old, parts_older_than(*database.driver, *before));
  for (const LogPart& part : old) {
    MPIM_TRY(const uint64_t entries, entries_in(*database.driver, part));
    parts.push_back(
        Value::object({{"name", Value::text(part.name)}, {"entries", Value::number(entries)}}));
  }
  return Value::list(std::move(parts));
}

// Before the node is asked, which deletes entry by entry.
Result<void> drop_parts(Call& call, const Settings& settings) {
  const std::optional<Timestamp> before = too_old(settings);
  if (!before) return {};
  MPIM_TRY(const Database database, open_database(call, false));
  MPIM_TRY(const auto dropped, drop_parts_older_than(*database.driver, *before));
  for (const std::string& name : dropped)
    call.terminal().note("dropped " + name + ", a whole month");
  return {};
}

Result<int> show_plan(Call& call, const Settings& settings) {
  MPIM_TRY(Value parts, parts_planned(call, settings));
  MPIM_TRY(const v1::PruneResponse plan, plan_of(call));
  call.terminal().note("dry run: nothing was done");
  Value item = Value::message(plan);
  const bool any = !parts.items().empty();
  item.set("parts", std::move(parts));
  call.show_item(std::move(item), kPlanColumns,
                 any ? std::span<const Section>(kSections) : std::span<const Section>());
  return kDone;
}

Result<int> prune(Call& call) {
  MPIM_TRY(const Settings settings, call.settings());
  if (call.arguments().has("dry-run")) return show_plan(call, settings);
  MPIM_TRY(const bool sure, call.may_destroy("let expire what is too old?"));
  if (!sure) return kFailed;
  MPIM_CHECKED(drop_parts(call, settings));
  uint64_t entries = 0;
  if (call.terminal().shows_progress()) {
    MPIM_TRY(const v1::PruneResponse plan, plan_of(call));
    entries = entries_of(plan);
  }
  v1::PruneRequest request;
  request.set_at_once(true);
  MPIM_TRY(const auto begun, call.ask<v1::PruneResponse>("Prune", request));
  MPIM_TRY(const v1::PruneResponse run, wait_for(call, begun, entries));
  show_run(call, run);
  if (run.finished()) return kDone;
  return call.failing({Code::kDeadline, "--timeout is over, and the run is not done yet"},
                      std::string(kGoesOn));
}

}  // namespace

const CommandForm kDbPruneForm{
    .detail =
        "The node does it by itself every retention.interval_s; this does it now, and ends when it "
        "is\n"
        "done. EXPIRED entries are older than retention.inbox_days and wait for nobody any more; "
        "DROPPED\n"
        "ones are older than retention.history_days and deleted. At MySQL months of which nothing "
        "is\n"
        "younger are dropped as a whole first. The node must run. A run that is "
        "under\n"
        "way is joined. With --timeout it is left to the node after so long: exit code 8, and what "
        "is\n"
        "done so far is shown.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "Pruning",
    .run = prune,
};

}  // namespace mpim::ops
