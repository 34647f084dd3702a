#include <fmt/format.h>

#include <array>

#include "ops/bench/bench_report.h"
#include "ops/bench/commands.h"
#include "ops/bench/sending.h"
#include "ops/bench/server_gauges.h"
#include "ops/progress.h"

namespace mpim::ops {
namespace {

constexpr std::chrono::milliseconds kLook{200};
constexpr auto kFlags = std::to_array<Flag>({
    {"connections", FlagType::kNumber, "COUNT", "logged in at the same time", "1000", 0, 1'000'000},
    {"devices", FlagType::kNumber, "COUNT", "of one account; at most auth.devices_max", "8", 0,
     256},
    {"duration", FlagType::kDuration, "TIME", "how long they do nothing", "10s"},
    kGraceFlag,
    kLineFlag,
    {"window", FlagType::kNumber, "COUNT", "log-ins at once", "64", 0, 4'096},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "bench idle --connections 1000",
    "bench idle --connections 10000 --duration 60s -o json",
});
constexpr auto kColumns = std::to_array<Column>({
    {"Connections", "connections", Cell::kNumber},
    {"Stayed", "stayed", Cell::kNumber},
    {"Refused", "refused", Cell::kNumber},
    {"Log-in ms p50", "logInP50Us", Cell::kMicros},
    {"Log-in ms p99", "logInP99Us", Cell::kMicros},
    {"Log-in ms max", "logInMaxUs", Cell::kMicros},
    {"KiB each", "bytesEach", Cell::kBytes},
    {"Server CPU ms", "serverCpuMs", Cell::kNumber},
    {"Duration ms", "durationMs", Cell::kNumber},
});

// What became of the connections; without gauges of the server the last figures are not known.
struct IdleOutcome {
  uint64_t wanted = 0;
  uint64_t logged_in = 0;
  uint64_t refused = 0;
  std::optional<Error> first_refusal = {};
  uint64_t stayed = 0;
  std::optional<Error> first_loss = {};
  LatencyHistogram took = {};
  std::optional<uint64_t> bytes_each = {};
  std::optional<uint64_t> server_cpu_ms = {};
  std::string no_gauges = {};  // why not
};

// Device 0 of an account is the one its token belongs to; a further one gets in with the same.
std::string log_in_line(const BenchRoom& room, uint32_t devices, size_t link) {
  std::string line = "AUTH " + room.accounts()[link / devices].token + " ack=client";
  if (link % devices > 0) line += fmt::format(" device=d{}", link % devices);
  return line;
}

Result<void> bring_in(BenchRoom& room, LoadLinks& links, LinkWatch& watch, IdleOutcome& outcome) {
  const Arguments& arguments = room.call().arguments();
  const auto devices = static_cast<uint32_t>(arguments.number("devices"));
  Progress progress(room.call().terminal(), "log-ins", links.size());
  LogIns log_ins(room.loop(), {room.server(), static_cast<uint32_t>(arguments.number("window")),
                               room.call().timeout()});
  MPIM_CHECKED(log_ins.run(
      links, [&](size_t i) { return log_in_line(room, devices, i); },
      [&](size_t i, const ReplyOk&) {
        links[i]->listen(watch);
        progress.advance(1);
      }));
  outcome.logged_in = log_ins.succeeded();
  outcome.refused = log_ins.refused();
  outcome.first_refusal = log_ins.first_refusal();
  outcome.took = log_ins.took();
  if (outcome.logged_in == 0 && outcome.first_refusal)
    return room.refusal(*outcome.first_refusal, RefusedAt::kLoggingIn);
  return {};
}

void stay(BenchRoom& room, std::chrono::milliseconds duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  Progress progress(room.call().terminal(), "idle", static_cast<uint64_t>(seconds.count()));
  const LoadTime from = LoadClock::now();
  int64_t shown = 0;
  for (LoadTime now = from; now < from + duration && !BenchRoom::stopped();
       now = LoadClock::now()) {
    room.loop().turn(std::min(from + duration, now + kLook));
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - from).count();
    progress.advance(static_cast<uint64_t>(passed - std::exchange(shown, passed)));
  }
}

// Everybody is asked: a connection that the server forgot looks open from here.
void count_stayed(BenchRoom& room, LoadLinks& links, const LinkWatch& watch, IdleOutcome& outcome) {
  uint64_t asked = 0;
  for (const auto& link : links) {
    if (!link->is_open()) continue;
    link->ask({.what = Asked::What::kPing}, "PING");
    ++asked;
  }
  const LoadTime until = LoadClock::now() + room.call().arguments().duration("grace");
  const uint64_t gone_before = watch.gone();
  while (watch.pongs() + watch.gone() - gone_before < asked && LoadClock::now() < until &&
         !BenchRoom::stopped())
    room.loop().turn(std::min(until, LoadClock::now() + kLook));
  outcome.stayed = watch.pongs();
  outcome.first_loss = watch.first_loss();
}

Result<IdleOutcome> hold(BenchRoom& room, uint32_t connections) {
  const auto look = [&] { return read_server_gauges(room.http(), room.call().timeout()); };
  IdleOutcome outcome{.wanted = connections};
  LinkWatch watch;
  LoadLinks links = room.links(connections);
  const auto before = look();
  MPIM_CHECKED(bring_in(room, links, watch, outcome));
  const auto full = look();
  stay(room, room.call().arguments().duration("duration"));
  const auto after = look();
  count_stayed(room, links, watch, outcome);
  if (!before || !full || !after) {
    outcome.no_gauges = (!before ? before : !full ? full : after).error().message;
    return outcome;
  }
  const uint64_t grown =
      full->resident_bytes - std::min(full->resident_bytes, before->resident_bytes);
  outcome.bytes_each = grown / std::max<uint64_t>(1, outcome.logged_in);
  outcome.server_cpu_ms = static_cast<uint64_t>((after->cpu - full->cpu).count());
  return outcome;
}

Value item_of(const IdleOutcome& outcome, std::chrono::milliseconds duration) {
  const auto known = [](const std::optional<uint64_t>& number) {
    return number ? Value::number(*number) : Value();
  };
  Value item = Value::object(
      {{"connections", Value::number(outcome.wanted)}, {"stayed", Value::number(outcome.stayed)}});
  set_percentiles(item, "logIn", outcome.took);
  set_refused(item, outcome.refused, outcome.first_refusal);
  item.set("bytesEach", known(outcome.bytes_each));
  item.set("serverCpuMs", known(outcome.server_cpu_ms));
  item.set("durationMs", Value::number(static_cast<uint64_t>(duration.count())));
  return item;
}

Verdict judge(const IdleOutcome& outcome) {
  Verdict verdict(
      fmt::format("{} of {} connections stayed", grouped(outcome.stayed), grouped(outcome.wanted)));
  verdict.add_refused(outcome.refused, outcome.first_refusal, RefusedAt::kLoggingIn);
  if (outcome.stayed < outcome.logged_in)
    verdict.add_failure(
        fmt::format("{} of {} connections did not stay{}",
                    grouped(outcome.logged_in - outcome.stayed), grouped(outcome.logged_in),
                    outcome.first_loss ? " (first: " + outcome.first_loss->message + ")" : ""));
  if (!outcome.no_gauges.empty())
    verdict.remark("the server's memory and processor time are not known: " + outcome.no_gauges);
  return verdict;
}

Result<int> bench_idle(Call& call) {
  const Arguments& arguments = call.arguments();
  const auto connections = static_cast<uint32_t>(arguments.number("connections"));
  const auto devices = static_cast<uint32_t>(arguments.number("devices"));
  if (connections == 0 || devices == 0 || arguments.number("window") == 0)
    return call.usage("`--connections`, `--devices` and `--window` are at least 1");
  MPIM_TRY(const auto room, BenchRoom::open(call, (connections + devices - 1) / devices));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  MPIM_TRY(const IdleOutcome outcome, hold(*room, connections));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  return show_verdict(call, {item_of(outcome, arguments.duration("duration"))}, kColumns, false,
                      judge(outcome));
}

}  // namespace

const CommandForm kBenchIdleForm{
    .detail =
        "Logs connections in, lets them do nothing, and asks each whether it is still there. What\n"
        "one costs the server is how much its resident memory grew while they came, from /metrics\n"
        "at its HTTP address: let nothing else use it meanwhile. Exit code 1 when one was refused\n"
        "or did not stay.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BenchIdle",
    .run = bench_idle,
};

}  // namespace mpim::ops
