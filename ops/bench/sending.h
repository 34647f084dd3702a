// What `bench send` and `bench group` share: a run for each rate over the same connections.
#pragma once

#include <string>
#include <vector>

#include "ops/bench/bench_report.h"

namespace mpim::ops {

// Who sends to whom. Receivers are numbered as their links are.
struct SendingCast {
  std::vector<LoadSender> senders;
  std::vector<LoadLinks*> links;  // all of them, to listen to
  uint32_t receivers = 0;
  std::vector<std::pair<ReceiverIndex, SenderIndex>> owed;
  bool window_until_received = false;  // a message counts against --window until everybody has it
  uint64_t copies = 1;                 // deliveries that a message makes
};

// The flags --ack --duration --grace --messages --rate --size --warmup --window of a command.
struct SendingWish {
  std::vector<uint64_t> rates;  // {0}: a closed loop
  LoadPlan plan;
  std::string options;  // of the log-in: ack=client

  static Result<SendingWish> typed(Call& call);
};

// Runs, shows a row for each rate, writes --plot, and answers the exit code.
Result<int> measure_sending(BenchRoom& room, const SendingCast& cast, const SendingWish& wish);

// A number of a run that no other has lately had, so that its texts are told from theirs.
uint32_t new_run_number();
// "100" or "100,200,400": messages or log-ins a second. Empty: {0}, a closed loop.
Result<std::vector<uint64_t>> rates_typed(Call& call);
// Writes the plot where --plot says, if it does.
Result<void> write_plot(Call& call, const LatencyPlot& plot);
// Fails now where writing would fail at the end.
Result<void> check_plot(Call& call);

// Flags that several of these commands share, written once.
inline constexpr Flag kAckFlag{
    .name = "ack",
    .type = FlagType::kChoice,
    .value = "client auto",
    .help = "who says what has arrived: receivers with ACK, or their TCP",
    .standard = "client"};
inline constexpr Flag kDurationFlag{.name = "duration",
                                    .type = FlagType::kDuration,
                                    .value = "TIME",
                                    .help = "what is timed, of each rate",
                                    .standard = "10s"};
inline constexpr Flag kGraceFlag{.name = "grace",
                                 .type = FlagType::kDuration,
                                 .value = "TIME",
                                 .help = "with nothing coming for so long, what is missing is lost",
                                 .standard = "10s"};
inline constexpr Flag kLineFlag{.name = "line",
                                .type = FlagType::kText,
                                .value = "ADDR:PORT",
                                .help = "where the line protocol is; else where the server says"};
inline constexpr Flag kMessagesFlag{.name = "messages",
                                    .type = FlagType::kNumber,
                                    .value = "COUNT",
                                    .help = "end after so many, if that comes before --duration"};
inline constexpr Flag kPlotFlag{.name = "plot",
                                .type = FlagType::kText,
                                .value = "FILE.svg",
                                .help = "draw latency against rate"};
inline constexpr Flag kRateFlag{
    .name = "rate",
    .type = FlagType::kText,
    .value = "R,R,...",
    .help = "messages a second in total, due at fixed times; several are run one after the other"};
inline constexpr Flag kSizeFlag{.name = "size",
                                .type = FlagType::kNumber,
                                .value = "BYTES",
                                .help = "of a text, at least 52",
                                .standard = "128",
                                .max = 65'536};
inline constexpr Flag kWarmupFlag{.name = "warmup",
                                  .type = FlagType::kDuration,
                                  .value = "TIME",
                                  .help = "before it, at the same rate; 0 with --messages",
                                  .standard = "2s"};

}  // namespace mpim::ops
