#include "server/service/retention/retention_job.h"

#include <algorithm>
#include <utility>

#include "server/telemetry/log.h"
#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr std::string_view kSubject = "what is too old";

}  // namespace

RetentionJob::RetentionJob(Executor& home, Storage& storage, const RetentionOptions& options)
    : home_(home), storage_(storage), options_(options) {}

void RetentionJob::start() {
  if (options_.interval != Millis(0)) look_after(std::min(kFirstRun, options_.interval));
}

void RetentionJob::look_after(Millis pause) {
  home_.after(pause, [this] {
    run(Reply<RetentionRun>(
        home_, [this](const Result<RetentionRun>&) { look_after(options_.interval); }));
  });
}

RetentionRule RetentionJob::rule() const {
  const Timestamp now = home_.clock().wall();
  const auto before = [now](Millis age) { return age == Millis(0) ? Timestamp{} : now - age; };
  return {.inbox_before = before(options_.inbox_age),
          .history_before = before(options_.history_age),
          .client_ids_before = before(options_.client_id_age)};
}

void RetentionJob::plan(Reply<RetentionPlan> reply) {
  storage_.read([rule = rule()](Store& store) { return store.retention().plan(rule); },
                std::move(reply));
}

bool RetentionJob::begin() {
  if (std::exchange(running_, true)) return true;
  rule_ = rule();
  so_far_ = {.number = so_far_.number + 1};
  step();
  return false;
}

void RetentionJob::run(Reply<RetentionRun> reply) {
  waiting_.push_back({running_, std::move(reply)});
  begin();
}

void RetentionJob::follow(const RetentionOptions& options) {
  const Millis interval = options_.interval;
  options_ = options;
  options_.interval = interval;
}

void RetentionJob::run_for(const std::string& actor, bool at_once, Reply<RetentionRun> reply) {
  auto noted = [this, actor, at_once,
                reply = std::move(reply)](const Result<bool>& stored) mutable {
    if (!stored.ok()) return reply(stored.error());
    log_info("admin.changed", {{"by", actor}, {"action", "Prune"}, {"subject", kSubject}});
    if (!at_once) return run(std::move(reply));
    const bool joined = begin();
    RetentionRun now = so_far_;
    now.joined = joined;
    reply(now);
  };
  auto note = [actor, now = home_.clock().wall()](Store& store) -> Result<bool> {
    MPIM_CHECKED(store.audit().record({now, actor, "Prune", std::string(kSubject)}));
    return true;
  };
  storage_.write<bool>(ConversationId{}, std::move(note), Reply<bool>(home_, std::move(noted)));
}

Result<RetentionRun> RetentionJob::find(uint64_t number) const {
  if (number == 0 || number != so_far_.number)
    return Error{Code::kNotFound, "run " + std::to_string(number) + " is not the newest"};
  return running_ ? Result(so_far_) : newest_;
}

void RetentionJob::step() {
  storage_.write<RetentionStep>(
      ConversationId{},
      [rule = rule_, entries = options_.step_entries](Store& store) {
        return store.retention().step(rule, entries);
      },
      Reply<RetentionStep>(home_,
                           [this](Result<RetentionStep> done) { on_step(std::move(done)); }));
}

void RetentionJob::on_step(Result<RetentionStep> done) {
  if (!done.ok()) {
    log_warn("retention.failed", {{"why", done.error().message}});
    return finish(done.error());
  }
  so_far_.expired += done->expired;
  so_far_.dropped += done->dropped;
  count(Counter::kRetentionExpired, done->expired);
  count(Counter::kRetentionDropped, done->dropped);
  if (done->more) {
    home_.after(options_.step_pause, [this] { step(); });
    return;
  }
  count(Counter::kRetentionRuns);
  if (so_far_.expired + so_far_.dropped > 0)
    log_info("retention.done", {{"expired", so_far_.expired}, {"dropped", so_far_.dropped}});
  so_far_.finished = true;
  finish(so_far_);
}

void RetentionJob::finish(Result<RetentionRun> outcome) {
  running_ = false;
  newest_ = outcome;
  for (Waiting& waiting : std::exchange(waiting_, {})) {
    if (outcome.ok()) outcome->joined = waiting.joined;
    waiting.reply(outcome);
  }
}

}  // namespace mpim
