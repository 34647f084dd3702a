#include "ops/bench/sending.h"

#include <fmt/format.h>

#include <random>

#include "ops/progress.h"
#include "ops/whole_file.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kUnderWay = 512;  // of a sender; below the window of a session
constexpr uint64_t kBusyPercent = 90;
constexpr std::chrono::milliseconds kLate{250};
constexpr size_t kBeforeCopies = 3;
constexpr auto kColumns = std::to_array<Column>({
    {"RATE", "rateAsked", Cell::kNumber},
    {"DONE/S", "ratePerSecond", Cell::kNumber},
    {"MESSAGES", "messages", Cell::kNumber},
    {"ACK MS P50", "ackP50Us", Cell::kMicros},
    {"P99", "ackP99Us", Cell::kMicros},
    {"P99.9", "ackP999Us", Cell::kMicros},
    {"MAX", "ackMaxUs", Cell::kMicros},
    {"DELIVERY MS P50", "deliveryP50Us", Cell::kMicros},
    {"P99", "deliveryP99Us", Cell::kMicros},
    {"P99.9", "deliveryP999Us", Cell::kMicros},
    {"MAX", "deliveryMaxUs", Cell::kMicros},
    {"LOST", "lost", Cell::kNumber},
    {"REPEATED", "repeated", Cell::kNumber},
    {"REORDERED", "reordered", Cell::kNumber},
    {"REFUSED", "refused", Cell::kNumber},
});

// Of a group also how many copies arrive.
constexpr auto kGroupColumns = [] {
  std::array<Column, kColumns.size() + 1> columns{};
  std::copy_n(kColumns.begin(), kBeforeCopies, columns.begin());
  columns[kBeforeCopies] = {"COPIES/S", "deliveriesPerSecond", Cell::kNumber};
  std::copy(kColumns.begin() + kBeforeCopies, kColumns.end(), columns.begin() + kBeforeCopies + 1);
  return columns;
}();

// One rate's run, and what came of it.
struct SendingRow {
  uint64_t rate = 0;
  LoadTally tally;
  DeliveryFaults faults;
  uint64_t own_cpu_percent = 0;

  uint64_t done_per_second() const { return per_second(tally.stored_in_time, tally.measured); }
  bool failed() const { return faults.any() || tally.refused > 0; }
};

Value item_of(const SendingRow& row) {
  const LoadTally& tally = row.tally;
  Value item = Value::object(
      {{"rateAsked", row.rate > 0 ? Value::number(row.rate) : Value()},
       {"ratePerSecond", Value::number(row.done_per_second())},
       {"deliveriesPerSecond", Value::number(per_second(tally.delivered_in_time, tally.measured))},
       {"messages", Value::number(tally.stored)},
       {"deliveries", Value::number(tally.delivered)}});
  set_percentiles(item, "ack", tally.acknowledgement);
  set_percentiles(item, "delivery", tally.delivery);
  set_faults(item, row.faults);
  set_refused(item, tally.refused, tally.first_refusal);
  item.set("notSent", Value::number(tally.not_sent));
  item.set("skipped", Value::number(tally.skipped));
  item.set("sentInAll", Value::number(tally.sent));
  item.set("measuredMs", Value::number(static_cast<uint64_t>(tally.measured.count() / 1'000'000)));
  item.set("ownCpuPercent", Value::number(row.own_cpu_percent));
  return item;
}

// A bar over messages where their number is known, else over seconds.
class RunBar {
 public:
  RunBar(Call& call, const LoadPlan& plan)
      : counts_messages_(plan.rate > 0 || plan.messages_max != UINT64_MAX),
        bar_(call.terminal(), "run", total_of(plan)),
        from_(LoadClock::now()) {}

  void tick(uint64_t sent_more) {
    if (counts_messages_) return bar_.advance(sent_more);
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(LoadClock::now() - from_);
    const auto seconds = static_cast<uint64_t>(passed.count());
    if (seconds > shown_) bar_.advance(seconds - std::exchange(shown_, seconds));
  }

 private:
  static uint64_t total_of(const LoadPlan& plan) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(plan.warmup + plan.duration);
    const auto count = static_cast<uint64_t>(seconds.count());
    if (plan.rate > 0) return std::min(plan.messages_max, plan.rate * count);
    return plan.messages_max != UINT64_MAX ? plan.messages_max : count;
  }

  const bool counts_messages_;
  Progress bar_;
  const LoadTime from_;
  uint64_t shown_ = 0;
};

Result<SendingRow> run_one(BenchRoom& room, const SendingCast& cast, LoadPlan plan) {
  plan.run = new_run_number();
  const uint32_t under_way =
      cast.window_until_received && plan.rate == 0 ? plan.window : std::max(kUnderWay, plan.window);
  DeliveryCheck check(static_cast<uint32_t>(cast.senders.size()), cast.receivers, under_way);
  for (const auto& [receiver, sender] : cast.owed) check.owe(receiver, sender);
  LoadRun run(room.loop(), plan, check, cast.senders);
  for (LoadLinks* const links : cast.links)
    for (const auto& link : *links) link->listen(run);
  RunBar bar(room.call(), plan);
  const OwnCpu cpu;
  const auto failed = [&](const Error& why) { return room.refusal(why, RefusedAt::kSending); };
  const auto sent = run.send([&](uint64_t more) { bar.tick(more); });
  if (!sent) return failed(sent.error());
  const uint64_t own = cpu.percent();
  if (const auto marked = run.end_marks(); !marked) return failed(marked.error());
  if (const auto settled = run.settle(); !settled) return failed(settled.error());
  return SendingRow{plan.rate, run.tally(), check.faults(), own};
}

void judge(const SendingRow& row, const SendingCast& cast, Verdict& verdict) {
  const LoadTally& tally = row.tally;
  verdict.add(row.faults, (tally.sent - tally.refused) * cast.copies, [](const LostMessage& lost) {
    return fmt::format("sender {}, number {}, receiver {}, conversation {}, seq {}", lost.sender,
                       grouped(lost.number), lost.receiver, lost.id.conversation().value,
                       lost.id.seq().value);
  });
  verdict.add_refused(tally.refused, tally.first_refusal, RefusedAt::kSending);
  if (tally.not_sent > 0)
    verdict.remark(fmt::format(
        "at {}/s the server fell behind: {} messages were due and not sent when the time was over; "
        "their wait so far is in the percentiles",
        grouped(row.rate), grouped(tally.not_sent)));
  if (tally.skipped > 0)
    verdict.remark(
        fmt::format("the server said that it would not push {} messages, which lay below "
                    "session.window_max: they count as lost here",
                    grouped(tally.skipped)));
  if (tally.own_lateness >= kLate)
    verdict.remark(fmt::format(
        "mpimctl itself stood still for {} ms: that is in the times, and what is not acknowledged "
        "within session.repush_first_ms the server rightly pushes again",
        std::chrono::duration_cast<std::chrono::milliseconds>(tally.own_lateness).count()));
  if (row.own_cpu_percent >= kBusyPercent)
    verdict.remark(
        fmt::format("mpimctl itself took {} % of a core at {}/s: the times contain its own",
                    row.own_cpu_percent, grouped(row.done_per_second())));
}

LatencyPlot plot_of(Call& call, const std::vector<SendingRow>& rows, const std::string& verdict) {
  LatencyPlot plot{.title = "mpimctl " + call.path().name() + ": latency against rate",
                   .remark = verdict.substr(0, 110),
                   .rate_name = "messages a second",
                   .rates = {},
                   .faulty = {},
                   .curves = {}};
  for (const SendingRow& row : rows) {
    plot.rates.push_back(static_cast<double>(row.rate > 0 ? row.rate : row.done_per_second()));
    plot.faulty.push_back(row.failed());
  }
  constexpr std::pair<const char*, double> kShares[] = {{"p50", 50}, {"p99", 99}, {"p99.9", 99.9}};
  for (const bool acknowledged : {false, true}) {
    unsigned colour = 0;
    for (const auto& [name, share] : kShares) {
      PlotCurve curve{
          std::string(acknowledged ? "ack " : "delivery ") + name, colour++, acknowledged, {}};
      for (const SendingRow& row : rows) {
        const auto& times = acknowledged ? row.tally.acknowledgement : row.tally.delivery;
        curve.ms.push_back(static_cast<double>(times.percentile(share).count()) / 1'000);
      }
      plot.curves.push_back(std::move(curve));
    }
  }
  return plot;
}

}  // namespace

uint32_t new_run_number() { return std::random_device()(); }

Result<std::vector<uint64_t>> rates_typed(Call& call) {
  std::vector<uint64_t> rates;
  std::string rest = call.arguments().text("rate");
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    const auto rate = parse_number(rest.substr(0, comma), 100'000'000);
    if (!rate || *rate == 0)
      return call.usage("`--rate` is one or more whole numbers from 1 on, such as 100,200,400");
    rates.push_back(*rate);
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
    if (comma != std::string::npos && rest.empty())
      return call.usage("`--rate` ends with a comma: is one missing?");
  }
  std::ranges::sort(rates);
  if (rates.empty()) rates.push_back(0);
  return rates;
}

Result<void> check_plot(Call& call) {
  if (!call.arguments().has("plot")) return {};
  const std::string path = call.arguments().text("plot");
  const Result<std::string> before = read_whole_file(path);
  return write_whole_file(path, before.ok() ? *before : "");  // a plot that is there stays
}

Result<void> write_plot(Call& call, const LatencyPlot& plot) {
  if (!call.arguments().has("plot")) return {};
  return write_whole_file(call.arguments().text("plot"), plot.svg());
}

Result<SendingWish> SendingWish::typed(Call& call) {
  const Arguments& arguments = call.arguments();
  SendingWish wish;
  MPIM_TRY(wish.rates, rates_typed(call));
  LoadPlan& plan = wish.plan;
  plan.text_bytes = static_cast<uint32_t>(arguments.number("size"));
  if (plan.text_bytes < LoadText::kBytesMin)
    return call.usage("`--size` is at least 52: a text says whose it is and when it was due");
  plan.window = static_cast<uint32_t>(arguments.number("window"));
  if (plan.window == 0) return call.usage("`--window` is at least 1");
  plan.duration = arguments.duration("duration");
  plan.grace = arguments.duration("grace");
  if (arguments.has("messages")) plan.messages_max = arguments.number("messages");
  const bool warm = arguments.has("warmup") || !arguments.has("messages");
  plan.warmup = warm ? arguments.duration("warmup") : std::chrono::milliseconds(0);
  plan.acknowledge = arguments.text("ack") == "client";
  wish.options = plan.acknowledge ? "ack=client" : "ack=auto";
  MPIM_CHECKED(check_plot(call));
  return wish;
}

Result<int> measure_sending(BenchRoom& room, const SendingCast& cast, const SendingWish& wish) {
  std::vector<SendingRow> rows;
  Value::List items;
  Verdict verdict;
  for (const uint64_t rate : wish.rates) {
    LoadPlan plan = wish.plan;
    plan.rate = rate;
    MPIM_TRY(const SendingRow row, run_one(room, cast, plan));
    if (BenchRoom::stopped()) return BenchRoom::stopped_code();
    judge(row, cast, verdict);
    items.push_back(item_of(row));
    rows.push_back(row);
  }
  MPIM_CHECKED(write_plot(room.call(), plot_of(room.call(), rows, verdict.sentence())));
  return show_verdict(room.call(), std::move(items),
                      cast.copies > 1 ? std::span<const Column>(kGroupColumns) : kColumns, true,
                      verdict);
}

}  // namespace mpim::ops
