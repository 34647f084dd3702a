// How long the line codec takes for what happens per message: reading a SEND, writing its answer
// and its push.
#include <benchmark/benchmark.h>

#include "server/protocol/line_client.h"
#include "server/protocol/line_codec.h"
#include "server/protocol/line_encoding.h"

namespace mpim {
namespace {

void read_requests(benchmark::State& state, const std::string& line) {
  LineCodec codec(LineLimits{});
  std::string bytes;
  for (int i = 0; i < 64; ++i) bytes += line;
  std::vector<Parsed> out;
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(codec.feed(bytes, out));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 64);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}

std::string text_of(benchmark::State& state) {
  return std::string(static_cast<size_t>(state.range(0)), 'x');
}

void BM_ReadSendQuoted(benchmark::State& state) {
  read_requests(state,
                "SEND 1002 \"" + text_of(state) + "\" cid=0b9f4c52-7f3e-4f0e-9d55-6a1f0c2b7e11\n");
}
void BM_ReadSendUnquoted(benchmark::State& state) {
  read_requests(state, "SEND 1002 " + text_of(state) + "\n");
}
void BM_ReadSendToName(benchmark::State& state) {
  read_requests(state, "SEND @alice \"" + text_of(state) + "\"\n");
}
BENCHMARK(BM_ReadSendQuoted)->Arg(100)->Arg(4'096);
BENCHMARK(BM_ReadSendUnquoted)->Arg(100)->Arg(4'096);
BENCHMARK(BM_ReadSendToName)->Arg(100);

void BM_ReadAck(benchmark::State& state) { read_requests(state, "ACK 7516192810\n"); }
BENCHMARK(BM_ReadAck);

Entry entry_of(benchmark::State& state) {
  Entry entry;
  entry.conversation = ConversationId(7);
  entry.seq = Seq(42);
  entry.sender = UserId(1001);
  entry.at = Timestamp{1'767'225'600'123};
  entry.text = text_of(state);
  return entry;
}

void BM_WriteEntry(benchmark::State& state) {
  const Entry entry = entry_of(state);
  std::string out;
  for (auto _ : state) {
    out.clear();
    line::encode_entry(entry, false, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_WriteEntry)->Arg(100)->Arg(4'096);

void BM_WriteSent(benchmark::State& state) {
  const Response sent = SentResponse{{MessageId(ConversationId(7), Seq(42)), {}, false}};
  std::string out;
  for (auto _ : state) {
    out.clear();
    line::encode(sent, out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_WriteSent);

void BM_ClientReadsEntry(benchmark::State& state) {
  std::string line;
  line::encode_entry(entry_of(state), false, line);
  line.pop_back();
  for (auto _ : state) benchmark::DoNotOptimize(parse_server_line(line));
}
BENCHMARK(BM_ClientReadsEntry)->Arg(100);

}  // namespace
}  // namespace mpim

BENCHMARK_MAIN();
