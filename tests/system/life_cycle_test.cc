// From the ready line to the last answer.
#include <signal.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// "-ERR CODE" of each refusal, "+OK" of each other answer.
std::vector<std::string> codes_of(const std::string& answers) {
  std::vector<std::string> codes;
  std::istringstream lines(answers);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string sign;
    std::string code;
    words >> sign >> code;
    if (sign == "+OK") codes.push_back(sign);
    if (sign == "-ERR") codes.push_back(sign + " " + code);
  }
  return codes;
}

}  // namespace

TEST_CASE("the version is told", "[system][O32]") {
  const Finished end = run(program_path("mpimd"), {"--version"});
  REQUIRE(end.exit_code == 0);
  REQUIRE(end.out == "mpimd " MPIM_VERSION "\n");
}

TEST_CASE("the help names every flag", "[system][O32]") {
  const Finished end = run(program_path("mpimd"), {"--help"});
  REQUIRE(end.exit_code == 0);
  for (const char* const flag :
       {"--config", "--data-dir", "--line", "--ws", "--http", "--admin-socket", "--workers",
        "--node-id", "--log-level", "--version"})
    REQUIRE(end.out.find(flag) != std::string::npos);
}

TEST_CASE("the ready line names every listener with the port it got", "[system][O32]") {
  TestServer server;
  const std::string out = server.running().process().out();
  REQUIRE(out == "ready line=" + server.address() + " ws=" + server.running().ws() + " http=" +
                     server.running().http() + " admin=" + server.running().admin() + "\n");
  REQUIRE(server.address().starts_with("127.0.0.1:"));
  REQUIRE(server.address() != "127.0.0.1:0");
  REQUIRE(server.running().http() != "127.0.0.1:0");
  REQUIRE(server.running().admin() == server.data_dir() + "/admin.sock");
  // Logs are on stderr alone, in logfmt.
  const Finished end = server.finish();
  REQUIRE(end.exit_code == 0);
  REQUIRE(end.out == out);
  REQUIRE(end.err.find("node.ready line=" + server.address()) != std::string::npos);
}

TEST_CASE("SIGHUP ends it in order, as SIGTERM does", "[system][G8]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  server.running().process().signal(SIGHUP);
  const std::optional<std::string> last = alice.next_line();
  REQUIRE(last);
  CHECK(last->starts_with("NOTICE kind=closing code=DRAINING"));
  const Finished end = server.running().process().finish(std::chrono::seconds(20));
  CHECK(end.exit_code == 0);
  CHECK(end.err.find("node.stopped") != std::string::npos);
}

TEST_CASE("-c is short for --config", "[system][O32]") {
  const TempDir directory;
  const std::string config = directory / "mpimd.toml";
  write_settings_file(config, {{"auth.register_open", "false"}});
  for (const char* const flag : {"-c", "--config"}) {
    MpimdProcess::Options options;
    options.flags = {flag, config};
    MpimdProcess server(directory / (std::string("data") + flag), options);
    LineConnection alice(server.line());
    REQUIRE(alice.next_line().value_or("").starts_with("+OK welcome "));
    refused(alice, "REGISTER alice secret", "DENIED");
  }
}

TEST_CASE("SIGTERM answers what was accepted, stores nothing else, and exits 0",
          "[system][M9][M59][G5]") {
  TestServer server(SettingTexts{{"line.pipelined_max", "10000"}});
  LineConnection alice = server.log_in("alice");
  const std::string bob = server.uid("bob");
  const int sends = 2'000;
  std::string all;
  for (int i = 0; i < sends; ++i)
    all += "SEND " + bob + " \"m" + std::to_string(i) + "\" cid=" + std::to_string(i) + "\n";
  alice.send_raw(all);
  REQUIRE(alice.next_reply().value_or("").starts_with("+OK "));  // under way
  server.running().process().signal(SIGTERM);

  std::vector<std::string> stored{"m0"};
  std::string last;
  for (int i = 1; const auto line = alice.next_line(); ++i) {
    last = *line;
    if (line->starts_with("+OK msg_id=")) stored.push_back("m" + std::to_string(i));
  }
  REQUIRE(alice.at_end());
  REQUIRE(last.starts_with("NOTICE kind=closing code=DRAINING "));
  const Finished end = server.running().process().finish(kPatience);
  INFO(end.err);
  REQUIRE(end.exit_code == 0);

  server.start();
  LineConnection fresh = server.log_in("bob", "device=fresh sync=manual ack=client");
  std::vector<std::string> seen;
  for (const std::string& line : pull_all(fresh)) seen.push_back(field(line, "text"));
  REQUIRE(seen == stored);
}

TEST_CASE("a client that sends everything and closes its side gets every answer", "[system][G1]") {
  TestServer server;
  const std::string bob = server.uid("bob");
  const std::string answers =
      exchange(server.address(), "REGISTER alice secret\nSEND " + bob + " one\nSEND " + bob +
                                     " two\nNONSENSE\nUNREAD\nQUIT\n");
  REQUIRE(codes_of(answers) == std::vector<std::string>{"+OK", "+OK", "+OK", "+OK",
                                                        "-ERR UNKNOWN_COMMAND", "+OK", "+OK"});
  REQUIRE(answers.ends_with("+OK bye\n"));
  // Without QUIT as well; and an unfinished line is no request.
  const std::string again = exchange(
      server.address(), "LOGIN alice secret\nSEND " + bob + " three\nSEND " + bob + " unfin");
  REQUIRE(codes_of(again) == std::vector<std::string>{"+OK", "+OK", "+OK"});
  LineConnection reader = server.log_in("bob", "device=fresh");
  for (const char* const text : {"one", "two", "three"})
    REQUIRE(field(next_message(reader), "text") == text);
  nothing_else(reader);
}

TEST_CASE("health and metrics are there, and agree with what was sent", "[system][O7][O19][O23]") {
  TestServer server;
  REQUIRE(server.http_get("/healthz").starts_with("HTTP/1.1 200"));
  REQUIRE(server.http_get("/readyz").starts_with("HTTP/1.1 200"));
  REQUIRE(server.http_get("/nowhere").starts_with("HTTP/1.1 404"));
  LineConnection alice = server.log_in("alice");
  LineConnection bob = server.log_in("bob");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  for (int i = 0; i < 7; ++i) ok(alice, to_bob + "\"hello\" cid=" + std::to_string(i));
  for (int i = 0; i < 3; ++i) ok(alice, to_bob + "\"hello\" cid=0");
  refused(alice, "SEND 4000 hello", "NOT_FOUND");
  for (int i = 0; i < 7; ++i) next_message(bob);
  REQUIRE(server.metric("mpim_messages_sent_total") == 7);
  REQUIRE(server.metric("mpim_messages_duplicate_total") == 3);
  REQUIRE(server.metric("mpim_messages_refused_total") == 1);
  REQUIRE(server.metric("mpim_deliveries_pushed_total") == 7);
  REQUIRE(server.metric("mpim_messages_processing_seconds_count") == 11);
  REQUIRE(server.metric("process_resident_memory_bytes") > 1'000'000);
}

TEST_CASE("ids go on and unread counts are right after a restart and after kill -9",
          "[system][G2][M25][M31]") {
  TestServer server;
  const std::string bob = server.uid("bob");
  uint64_t last = 0;
  uint64_t unread = 0;
  for (int round = 0; round < 4; ++round) {
    {
      LineConnection alice = server.log_in("alice");
      for (int i = 0; i < 3; ++i, ++unread) {
        const uint64_t id = number_field(ok(alice, "SEND " + bob + " hello"), "msg_id");
        REQUIRE(id > last);
        last = id;
      }
      LineConnection reader = server.log_in("bob");
      if (round == 2) {
        ok(reader, "READ " + std::to_string(last - 1));
        unread = 1;
      }
      REQUIRE(number_field(ok(reader, "UNREAD"), "total") == unread);
    }
    round % 2 == 0 ? server.kill_and_start() : server.restart();
    LineConnection reader = server.connect();
    REQUIRE(number_field(ok(reader, "LOGIN bob secret"), "unread") == unread);
  }
  // Users and groups are numbered on, too.
  REQUIRE(server.uid("carol") == "1003");
}

}  // namespace mpim::testing
