#include <fmt/format.h>

#include <array>

#include "ops/bench/commands.h"
#include "ops/bench/sending.h"

namespace mpim::ops {
namespace {

constexpr auto kFlags = std::to_array<Flag>({
    kDurationFlag,
    kGraceFlag,
    kLineFlag,
    kPlotFlag,
    {"rate", FlagType::kText, "R,R,...",
     "log-ins a second, due at fixed times; several are run one after the other"},
    {"warmup", FlagType::kDuration, "TIME", "before it, at the same rate", "1s"},
    {"window", FlagType::kNumber, "COUNT", "devices that log in at once", "64", 0, 4'096},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "bench connect",
    "bench connect --window 128 --rate 500,1000,2000 --plot log-ins.svg",
});
constexpr auto kColumns = std::to_array<Column>({
    {"RATE", "rateAsked", Cell::kNumber},
    {"DONE/S", "ratePerSecond", Cell::kNumber},
    {"LOG-INS", "logIns", Cell::kNumber},
    {"LOG-IN MS P50", "logInP50Us", Cell::kMicros},
    {"P99", "logInP99Us", Cell::kMicros},
    {"P99.9", "logInP999Us", Cell::kMicros},
    {"MAX", "logInMaxUs", Cell::kMicros},
    {"REFUSED", "refused", Cell::kNumber},
});

struct ConnectRow {
  uint64_t rate = 0;
  ConnectTally tally;

  uint64_t done_per_second() const { return per_second(tally.in_time, tally.measured); }
};

Value item_of(const ConnectRow& row) {
  Value item = Value::object({{"rateAsked", row.rate > 0 ? Value::number(row.rate) : Value()},
                              {"ratePerSecond", Value::number(row.done_per_second())},
                              {"logIns", Value::number(row.tally.done)}});
  set_percentiles(item, "logIn", row.tally.took);
  set_refused(item, row.tally.refused, row.tally.first_refusal);
  item.set("notBegun", Value::number(row.tally.not_begun));
  return item;
}

LatencyPlot plot_of(const std::vector<ConnectRow>& rows, const std::string& verdict) {
  LatencyPlot plot{.title = "mpimctl bench connect: log-in time against rate",
                   .remark = verdict.substr(0, 110),
                   .rate_name = "log-ins a second",
                   .rates = {},
                   .faulty = {},
                   .curves = {}};
  for (const ConnectRow& row : rows) {
    plot.rates.push_back(static_cast<double>(row.rate > 0 ? row.rate : row.done_per_second()));
    plot.faulty.push_back(row.tally.refused > 0);
  }
  constexpr std::pair<const char*, double> kShares[] = {{"p50", 50}, {"p99", 99}, {"p99.9", 99.9}};
  unsigned colour = 0;
  for (const auto& [name, share] : kShares) {
    PlotCurve curve{std::string("log-in ") + name, colour++, false, {}};
    for (const ConnectRow& row : rows)
      curve.ms.push_back(static_cast<double>(row.tally.took.percentile(share).count()) / 1'000);
    plot.curves.push_back(std::move(curve));
  }
  return plot;
}

void judge(const ConnectRow& row, Verdict& verdict) {
  verdict.add_refused(row.tally.refused, row.tally.first_refusal, RefusedAt::kLoggingIn);
  if (row.tally.not_begun > 0)
    verdict.remark(
        fmt::format("at {}/s the server fell behind: {} log-ins were due and not begun; "
                    "their wait so far is in the percentiles",
                    grouped(row.rate), grouped(row.tally.not_begun)));
}

Result<ConnectTally> run_one(BenchRoom& room, uint64_t rate) {
  const Arguments& arguments = room.call().arguments();
  std::vector<std::string> lines;
  for (const BenchAccount& account : room.accounts())
    lines.push_back("AUTH " + account.token + " ack=client");
  ConnectRun run(room.loop(),
                 {.server = room.server(),
                  .rate = rate,
                  .warmup = arguments.duration("warmup"),
                  .duration = arguments.duration("duration"),
                  .grace = arguments.duration("grace")},
                 std::move(lines));
  if (const auto done = run.run(); !done) return room.refusal(done.error(), RefusedAt::kLoggingIn);
  return run.tally();
}

Result<int> bench_connect(Call& call) {
  const auto window = static_cast<uint32_t>(call.arguments().number("window"));
  if (window == 0) return call.usage("`--window` is at least 1");
  MPIM_TRY(const auto rates, rates_typed(call));
  MPIM_CHECKED(check_plot(call));
  MPIM_TRY(const auto room, BenchRoom::open(call, window));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  std::vector<ConnectRow> rows;
  Value::List items;
  Verdict verdict("no log-in was refused");
  for (const uint64_t rate : rates) {
    MPIM_TRY(const ConnectTally tally, run_one(*room, rate));
    if (BenchRoom::stopped()) return BenchRoom::stopped_code();
    rows.push_back({rate, tally});
    items.push_back(item_of(rows.back()));
    judge(rows.back(), verdict);
  }
  MPIM_CHECKED(write_plot(call, plot_of(rows, verdict.sentence())));
  return show_verdict(call, std::move(items), kColumns, true, verdict);
}

}  // namespace

const CommandForm kBenchConnectForm{
    .detail =
        "Each of --window devices connects, logs in with its resume token, says QUIT and comes\n"
        "back: with --rate when its next log-in is due, and the time counts from then; without,\n"
        "at once. A log-in's time includes connecting.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BenchConnectList",
    .run = bench_connect,
};

}  // namespace mpim::ops
