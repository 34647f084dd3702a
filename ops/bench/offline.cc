#include <fmt/format.h>

#include <array>

#include "ops/bench/commands.h"
#include "ops/bench/sending.h"
#include "ops/progress.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kLogInsAtOnce = 64;
constexpr auto kFlags = std::to_array<Flag>({
    {"count", FlagType::kNumber, "COUNT", "messages in all", "20000", 0, 1'000'000},
    kGraceFlag,
    kLineFlag,
    {"receivers", FlagType::kNumber, "COUNT", "who are offline, and as many senders", "64", 0,
     10'000},
    kSizeFlag,
    {"window", FlagType::kNumber, "COUNT", "messages of one sender that were not answered", "32", 0,
     256},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "bench offline",
    "bench offline --count 100000 --receivers 200 -o json",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Stored", "stored", Cell::kNumber},
    {"Stored a second", "storedPerSecond", Cell::kNumber},
    {"Ack ms p50", "ackP50Us", Cell::kMicros},
    {"Ack ms p99", "ackP99Us", Cell::kMicros},
    {"Ack ms p99.9", "ackP999Us", Cell::kMicros},
    {"Ack ms max", "ackMaxUs", Cell::kMicros},
    {"Drained", "drained", Cell::kNumber},
    {"Drained a second", "drainedPerSecond", Cell::kNumber},
    {"Conversations", "conversations", Cell::kNumber},
    {"Lost", "lost", Cell::kNumber},
    {"Repeated", "repeated", Cell::kNumber},
    {"Reordered", "reordered", Cell::kNumber},
    {"Refused", "refused", Cell::kNumber},
});

// Each receiver hears from two senders, so that he has a conversation more than one to acknowledge.
// The check's senders are the conversations.
struct OfflineCast {
  uint32_t people = 0;  // receivers, and senders
  uint32_t heard_from = 1;
  LoadLinks senders;
  LoadLinks receivers;

  uint32_t conversations() const { return people * heard_from; }
  std::vector<LoadSender> from(const BenchRoom& room) const {
    std::vector<LoadSender> made;
    for (uint32_t i = 0; i < conversations(); ++i) {
      const uint32_t receiver = i / heard_from;
      const uint32_t sender = (receiver + i % heard_from) % people;
      made.push_back({senders[sender].get(),
                      "SEND " + std::to_string(room.accounts()[people + receiver].id) + " "});
    }
    return made;
  }
};

LoadPlan plan_typed(const Arguments& arguments, uint32_t heard_from) {
  return {.run = new_run_number(),
          .text_bytes = static_cast<uint32_t>(arguments.number("size")),
          .window =
              std::max<uint32_t>(1, static_cast<uint32_t>(arguments.number("window")) / heard_from),
          .warmup = std::chrono::milliseconds(0),
          .duration = std::chrono::hours(24),  // it ends by its count, or by the grace
          .grace = arguments.duration("grace"),
          .messages_max = arguments.number("count")};
}

struct OfflineOutcome {
  LoadTally stored;
  uint64_t drained = 0;  // end marks with it
  std::chrono::nanoseconds drain_time{1};
  DeliveryFaults faults;
};

// Stores while the receivers are away, lets them in, and waits for everything.
Result<OfflineOutcome> store_and_drain(BenchRoom& room, OfflineCast& cast, const LoadPlan& plan) {
  const auto most =
      static_cast<uint32_t>(plan.messages_max / cast.conversations() + 2);  // the end mark too
  DeliveryCheck check(cast.conversations(), cast.people, most);
  for (uint32_t i = 0; i < cast.conversations(); ++i) check.owe(i / cast.heard_from, i);
  LoadRun run(room.loop(), plan, check, cast.from(room));
  for (const auto& link : cast.senders) link->listen(run);
  const auto failed = [&](const Error& why) { return room.refusal(why, RefusedAt::kSending); };
  {
    Progress bar(room.call().terminal(), "storing", plan.messages_max);
    const auto sent = run.send([&](uint64_t more) { bar.advance(more); });
    if (!sent) return failed(sent.error());
  }
  if (const auto marked = run.end_marks(); !marked) return failed(marked.error());
  OfflineOutcome outcome{.stored = run.tally(), .faults = {}};
  const LoadTime from = LoadClock::now();
  MPIM_CHECKED(room.log_in(cast.receivers, cast.people, "ack=client", kLogInsAtOnce, run));
  if (const auto settled = run.settle(); !settled) return failed(settled.error());
  outcome.faults = check.faults();
  outcome.drained = run.tally().sent - run.tally().refused - outcome.faults.lost;
  outcome.stored.skipped = run.tally().skipped;
  outcome.drain_time =
      std::max(outcome.drain_time, std::chrono::nanoseconds(run.last_arrival() - from));
  return outcome;
}

Value item_of(const OfflineOutcome& outcome, const OfflineCast& cast) {
  const LoadTally& stored = outcome.stored;
  Value item = Value::object(
      {{"stored", Value::number(stored.stored)},
       {"storedPerSecond", Value::number(per_second(stored.stored, stored.measured))}});
  set_percentiles(item, "ack", stored.acknowledgement);
  item.set("drained", Value::number(outcome.drained));
  item.set("drainedPerSecond", Value::number(per_second(outcome.drained, outcome.drain_time)));
  item.set("drainMs", Value::number(static_cast<uint64_t>(outcome.drain_time.count() / 1'000'000)));
  item.set("conversations", Value::number(cast.conversations()));
  set_faults(item, outcome.faults);
  set_refused(item, stored.refused, stored.first_refusal);
  item.set("skipped", Value::number(stored.skipped));
  return item;
}

Verdict judge(const OfflineOutcome& outcome, const OfflineCast& cast) {
  Verdict verdict;
  verdict.add(
      outcome.faults, outcome.stored.sent - outcome.stored.refused, [&](const LostMessage& lost) {
        return fmt::format("receiver {}, sender {}, number {}, conversation {}, seq {}",
                           lost.receiver,
                           (lost.receiver + lost.sender % cast.heard_from) % cast.people,
                           grouped(lost.number), lost.id.conversation().value, lost.id.seq().value);
      });
  verdict.add_refused(outcome.stored.refused, outcome.stored.first_refusal, RefusedAt::kSending);
  if (outcome.stored.skipped > 0)
    verdict.remark(fmt::format(
        "the server said that it would not push {} messages, which lay below session.window_max: "
        "raise that, or give more --receivers",
        grouped(outcome.stored.skipped)));
  return verdict;
}

Result<int> bench_offline(Call& call) {
  const Arguments& arguments = call.arguments();
  const auto people = static_cast<uint32_t>(arguments.number("receivers"));
  if (people == 0 || arguments.number("count") == 0 || arguments.number("window") == 0)
    return call.usage("`--receivers`, `--count` and `--window` are at least 1");
  if (arguments.number("size") < LoadText::kBytesMin)
    return call.usage("`--size` is at least 52: a text says whose it is");
  MPIM_TRY(const auto room, BenchRoom::open(call, 2 * people));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  OfflineCast cast{.people = people,
                   .heard_from = people > 1 ? 2U : 1U,
                   .senders = room->links(people),
                   .receivers = room->links(people)};
  LinkWatch waiting;
  MPIM_CHECKED(room->log_in(cast.senders, 0, "ack=client", kLogInsAtOnce, waiting));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  MPIM_TRY(const OfflineOutcome outcome,
           store_and_drain(*room, cast, plan_typed(arguments, cast.heard_from)));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  return show_verdict(call, {item_of(outcome, cast)}, kColumns, false, judge(outcome, cast));
}

}  // namespace

const CommandForm kBenchOfflineForm{
    .detail =
        "Senders store messages for receivers who are not logged in, as fast as answers come; "
        "then\n"
        "these log in with resume tokens, 64 at once, and take what waited. Each hears from two\n"
        "senders and acknowledges each of his conversations. Everything must come once and in\n"
        "order. A conversation may hold as many messages as session.window_max allows (1,000).",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BenchOffline",
    .run = bench_offline,
};

}  // namespace mpim::ops
