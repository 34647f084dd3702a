// `mpimctl bench` against real servers, sound ones and one that loses messages.
#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/ops/ctl_room.h"

using namespace mpim::testing;
using nlohmann::json;

namespace {

constexpr std::chrono::seconds kPatience{120};

uint64_t number(const json& row, const char* name) { return row.at(name).get<uint64_t>(); }

void check_faultless(const json& row) {
  INFO(row.dump());
  for (const char* const fault : {"lost", "repeated", "reordered", "refused"})
    CHECK(row.at(fault) == 0);
}

Finished bench(const CtlRoom& room, std::vector<std::string> words) {
  words.insert(words.begin(), "bench");
  return run(program_path("mpimctl"), words, room.options(), kPatience);
}

json document(const Finished& done) {
  INFO(done.out << done.err);
  REQUIRE_FALSE(done.out.empty());
  return json::parse(done.out);
}

// The words of each `mpimctl bench` line that a page shows, without its comment.
std::vector<std::vector<std::string>> bench_lines(const std::string& page) {
  constexpr std::string_view kStart = "mpimctl bench ";
  std::ifstream file(MPIM_SOURCE_DIR "/" + page);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kStart)) continue;
    std::istringstream text(line.substr(kStart.size(), line.find('#') - kStart.size()));
    std::vector<std::string>& words = lines.emplace_back();
    for (std::string word; text >> word;) words.push_back(word);
  }
  return lines;
}

}  // namespace

TEST_CASE("what the operations page says of bench can be typed", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const auto lines = bench_lines("docs/operations.md");
  CHECK(lines.size() == 6);
  for (std::vector<std::string> words : lines) {
    if (words[0] != "offline") words.insert(words.end(), {"--duration", "300ms"});
    if (words[0] != "offline" && words[0] != "idle")
      words.insert(words.end(), {"--warmup", "100ms"});
    const Finished done = bench(room, words);
    INFO(words[0] << " " << words.back() << ": " << done.out << done.err);
    CHECK(done.exit_code == 0);
  }
}

TEST_CASE("bench send measures each rate and finds a sound server without fault",
          "[ops][bench][X7]") {
  CtlRoom room;
  room.start_server();
  const json rows = room.ask({"bench", "send", "--pairs", "3", "--rate", "400,200", "--duration",
                              "1s", "--warmup", "200ms", "--plot", room.path("plots/send.svg")});
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("rateAsked") == 200);
  CHECK(rows[1].at("rateAsked") == 400);
  for (const json& row : rows) {
    check_faultless(row);
    // In one second; a machine that is busy elsewhere may leave some unsent.
    CHECK(number(row, "messages") + number(row, "notSent") == number(row, "rateAsked"));
    CHECK(number(row, "messages") > 0);
    CHECK(row.at("deliveries") == row.at("messages"));
    CHECK(row.at("ackP50Us") > 0);
    CHECK(row.at("deliveryP50Us") <= row.at("deliveryP99Us"));
    CHECK(row.at("deliveryP99Us") <= row.at("deliveryMaxUs"));
  }
  CHECK_THAT(room.read_file("plots/send.svg"), Catch::Contains("delivery p99.9"));
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("bench send without a rate asks for all the server can do", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const std::string ack = GENERATE("client", "auto");
  const json rows = room.ask(
      {"bench", "send", "--pairs", "2", "--messages", "3000", "--duration", "60s", "--ack", ack});
  REQUIRE(rows.size() == 1);
  check_faultless(rows[0]);
  CHECK(rows[0].at("rateAsked").is_null());
  CHECK(rows[0].at("messages") == 3'000);
  CHECK(rows[0].at("ratePerSecond") > 0);
}

TEST_CASE("bench send ends with a verdict below its table", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const Finished done = bench(room, {"send", "--pairs", "2", "--messages", "500"});
  INFO(done.out << done.err);
  CHECK(done.exit_code == 0);
  CHECK(done.err.empty());
  CHECK_THAT(done.out,
             Catch::Contains("ACK MS P50") && Catch::Contains("\nok: nothing of 502 was lost"));
}

TEST_CASE("bench group counts every member's copy", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const json rows = room.ask({"bench", "group", "--members", "12", "--senders", "2", "--rate",
                              "100", "--duration", "1s", "--warmup", "100ms"});
  REQUIRE(rows.size() == 1);
  check_faultless(rows[0]);
  CHECK(number(rows[0], "messages") > 0);
  CHECK(number(rows[0], "messages") + number(rows[0], "notSent") == 100);
  CHECK(number(rows[0], "deliveries") == 11 * number(rows[0], "messages"));
  CHECK(room.ask({"group", "show", "1001"}).at("dissolvedAtMs") != "0");
  const json open_ended = room.ask({"bench", "group", "--members", "5", "--messages", "300"});
  check_faultless(open_ended[0]);
  CHECK(open_ended[0].at("deliveries") == 1'200);
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("bench offline stores, drains and misses nothing", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const json item = room.ask({"bench", "offline", "--count", "2000", "--receivers", "10"});
  check_faultless(item);
  CHECK(item.at("stored") == 2'000);
  CHECK(item.at("conversations") == 20);
  CHECK(item.at("drained") == 2'020);  // and an end mark in each
  CHECK(item.at("storedPerSecond") > 0);
  CHECK(item.at("drainedPerSecond") > 0);
}

TEST_CASE("bench connect times log-ins with resume tokens", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const json rows = room.ask({"bench", "connect", "--window", "8", "--rate", "100", "--duration",
                              "1s", "--warmup", "100ms"});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].at("refused") == 0);
  CHECK(number(rows[0], "logIns") > 0);
  CHECK(number(rows[0], "logIns") + number(rows[0], "notBegun") == 100);
  CHECK(rows[0].at("logInP50Us") > 0);
}

TEST_CASE("bench idle says who stayed and what a connection costs", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  const json item =
      room.ask({"bench", "idle", "--connections", "60", "--devices", "4", "--duration", "1s"});
  CHECK(item.at("stayed") == 60);
  CHECK(item.at("refused") == 0);
  CHECK(item.at("bytesEach").is_number());
  CHECK(item.at("serverCpuMs").is_number());
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("bench fails a server that loses one push in 10,000", "[ops][bench][X7]") {
  CtlRoom room;
  room.start_server({}, "mpimd_dropping");
  CHECK_THAT(room.server().process().err(), Catch::Contains("FAULT BUILD"));
  const std::string ack = GENERATE("client", "auto");
  const Finished done = bench(room, {"send", "--pairs", "4", "--messages", "25000", "--duration",
                                     "100s", "--grace", "500ms", "--ack", ack, "-o", "json"});
  CHECK(done.exit_code == 1);
  const json told = document(done);
  const json& row = told.at("items").at(0);
  INFO(row.dump());
  CHECK(row.at("lost") == 2);  // the 10,000th push and the 20,000th
  CHECK(row.at("repeated") == 0);
  CHECK(row.at("refused") == 0);
  CHECK(row.at("firstLost").at("number").is_number());
  CHECK(row.at("firstLost").at("id") != "0");
  CHECK_THAT(told.at("warnings").at(0).get<std::string>(),
             Catch::StartsWith("FAILED: 2 of 25,004 lost (first: sender "));
}

TEST_CASE("a fault build says so when it is asked for its version", "[ops][bench]") {
  CHECK_THAT(run(program_path("mpimd_dropping"), {"--version"}).out,
             Catch::Contains("FAULT BUILD: one push in 10000 is lost on purpose"));
  CHECK_THAT(run(program_path("mpimd"), {"--version"}).out, !Catch::Contains("FAULT"));
}

TEST_CASE("bench names the setting behind a refusal", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  room.stop_server();
  room.write_file("server.toml",
                  "[auth]\nargon2_memory_kib = 64\nargon2_passes = 1\npassword_min_length = 100\n"
                  "devices_max = 1\n[message]\ntext_bytes_max = 100\n[server]\n"
                  "connections_max = 6\n");
  const MpimdProcess server(room.data_dir(), {.flags = {"--config", room.path("server.toml")}});
  const Finished large = bench(room, {"send", "--pairs", "1", "--messages", "20", "-o", "json"});
  CHECK(large.exit_code == 1);
  CHECK(document(large).at("items").at(0).at("refused") == 21);
  CHECK_THAT(document(large).at("warnings").at(0).get<std::string>(),
             Catch::Contains("TOO_LARGE") && Catch::Contains("raise message.text_bytes_max"));

  const Finished many = bench(room, {"idle", "--connections", "10", "--devices", "1", "--window",
                                     "4", "--duration", "200ms"});
  CHECK(many.exit_code == 1);
  CHECK_THAT(many.out + many.err, Catch::Contains("raise server.connections_max"));

  const Finished devices =
      bench(room, {"idle", "--connections", "4", "--devices", "2", "--duration", "200ms"});
  CHECK(devices.exit_code == 1);
  CHECK_THAT(devices.out + devices.err, Catch::Contains("raise auth.devices_max"));
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("bench says what is wrong with its own flags before it makes an account",
          "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"send", "--rate", "100,x"},
           {"send", "--rate", "0"},
           {"send", "--rate", "100,"},
           {"send", "--size", "51"},
           {"send", "--pairs", "0"},
           {"send", "--window", "0"},
           {"group", "--members", "1"},
           {"group", "--members", "3", "--senders", "4"},
           {"offline", "--count", "0"},
           {"connect", "--window", "0"},
           {"idle", "--devices", "0"},
       }) {
    const Finished done = bench(room, words);
    INFO(words[0] << " " << words[1] << " " << words.back());
    CHECK(done.exit_code == 2);
    CHECK_THAT(done.err, Catch::Contains(words[1]));
  }
  CHECK(bench(room, {"send", "--plot", "/proc/no/plot.svg"}).exit_code != 0);
}

TEST_CASE("bench without a server, or with a wrong address, is exit code 7", "[ops][bench]") {
  CtlRoom room;
  CHECK(bench(room, {"send"}).exit_code == 7);
  room.start_server();
  const Finished refused = bench(room, {"connect", "--line", "127.0.0.1:1"});
  INFO(refused.err);
  CHECK(refused.exit_code == 7);
  CHECK(room.ask({"user", "ls"}).empty());
}

TEST_CASE("Ctrl-C ends bench with 130 and takes its accounts away", "[ops][bench]") {
  CtlRoom room;
  room.start_server();
  StartOptions options = room.options();
  options.terminal = true;
  Process running(program_path("mpimctl"), {"bench", "send", "--duration", "600s"}, options);
  REQUIRE(running.wait_for_text("run ", kPatience));
  running.write("\x03");
  CHECK(running.finish(kPatience).exit_code == 130);
  CHECK(room.ask({"user", "ls"}).empty());
}
