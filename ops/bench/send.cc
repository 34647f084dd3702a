#include <array>

#include "ops/bench/commands.h"
#include "ops/bench/sending.h"

namespace mpim::ops {
namespace {

constexpr uint32_t kLogInsAtOnce = 64;
constexpr auto kFlags = std::to_array<Flag>({
    kAckFlag,
    kDurationFlag,
    kGraceFlag,
    kLineFlag,
    kMessagesFlag,
    {"pairs", FlagType::kNumber, "COUNT", "senders, each with a receiver of its own", "10", 0,
     10'000},
    kPlotFlag,
    kRateFlag,
    kSizeFlag,
    kWarmupFlag,
    {"window", FlagType::kNumber, "COUNT", "messages of one sender that were not answered", "32", 0,
     4'096},
});
constexpr auto kExamples = std::to_array<std::string_view>({
    "bench send",
    "bench send --pairs 100 --rate 1000,2000,5000,10000 --plot latency.svg",
    "bench send --pairs 4 --messages 20000 -o json",
});

Result<int> bench_send(Call& call) {
  const auto pairs = static_cast<uint32_t>(call.arguments().number("pairs"));
  if (pairs == 0) return call.usage("`--pairs` is at least 1");
  MPIM_TRY(const SendingWish wish, SendingWish::typed(call));
  MPIM_TRY(const auto room, BenchRoom::open(call, 2 * pairs));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  LinkWatch waiting;
  LoadLinks senders = room->links(pairs);
  LoadLinks receivers = room->links(pairs);
  MPIM_CHECKED(room->log_in(receivers, pairs, wish.options, kLogInsAtOnce, waiting));
  MPIM_CHECKED(room->log_in(senders, 0, wish.options, kLogInsAtOnce, waiting));
  if (BenchRoom::stopped()) return BenchRoom::stopped_code();
  SendingCast cast{.senders = {}, .links = {&senders, &receivers}, .receivers = pairs, .owed = {}};
  for (uint32_t i = 0; i < pairs; ++i) {
    cast.senders.push_back(
        {senders[i].get(), "SEND " + std::to_string(room->accounts()[pairs + i].id) + " "});
    cast.owed.emplace_back(i, i);
  }
  return measure_sending(*room, cast, wish);
}

}  // namespace

const CommandForm kBenchSendForm{
    .detail =
        "With --rate every message is due at a fixed time and its latencies count from there,\n"
        "whatever the server does meanwhile (an open loop: no coordinated omission). Without,\n"
        "each sender keeps --window messages unanswered: the most the server can do.\n"
        "ACK is from due to +OK, which is durable; DELIVERY from due to the receiver's socket.\n"
        "Every text carries its sender and number: exit code 1 when one that was acknowledged is\n"
        "lost, or comes twice or out of order, or when one is refused. The accounts are made for\n"
        "the run and removed after it; what they wrote stays.",
    .arguments = {},
    .flags = kFlags,
    .examples = kExamples,
    .kind = "BenchSendList",
    .run = bench_send,
};

}  // namespace mpim::ops
