// What a server's counters say of the work it did.
#include <catch2/catch.hpp>

#include "server/store/sql/open.h"
#include "tests/system/test_server.h"

namespace mpim::testing {
namespace {

// How much a counter rises by what is done meanwhile.
template <class F>
double rise(const TestServer& server, std::string_view counter, F work) {
  const double before = server.metric(counter);
  work();
  return server.metric(counter) - before;
}

void prune(TestServer& server) {
  const Finished done =
      run(program_path("mpimctl"), {"db", "prune", "--yes", "--admin-socket",
                                    server.running().admin(), "--config", "/dev/null"});
  INFO(done.out << done.err);
  REQUIRE(done.exit_code == 0);
}

// Moves everything that was said back in time.
void age(const TestServer& server, int days) {
  const auto driver = std::move(open_sqlite_driver(server.data_dir() + "/mpim.db")).value();
  const std::string ms = std::to_string(int64_t{days} * 86'400'000);
  REQUIRE(driver->run_script("UPDATE messages SET at = at - " + ms).ok());
}

}  // namespace

TEST_CASE("a server's metrics tell the hits and misses of its caches", "[system][O10]") {
  TestServer server;
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  ok(alice, to_bob + "one");
  const auto say_again = [&] {
    for (int i = 0; i < 10; ++i) ok(alice, to_bob + "again");
  };
  const double misses = server.metric("mpim_cache_hits_total{cache=\"rights\",level=\"database\"}");
  CHECK(misses > 0);  // who wrote for the first time was read from the database
  CHECK(rise(server, "mpim_cache_hits_total{cache=\"rights\",level=\"memory\"}", say_again) >=
        20);  // he, and the other
  CHECK(server.metric("mpim_cache_hits_total{cache=\"rights\",level=\"database\"}") == misses);
  const std::string group = field(ok(alice, "CREATEGROUP tea"), "group_id");
  const auto say_in_group = [&] { ok(alice, "SENDGROUP " + group + " hello"); };
  CHECK(rise(server, "mpim_cache_hits_total{cache=\"rights\",level=\"memory\"}", say_in_group) >=
        1);

  const std::string bob = server.uid("bob");
  const auto look = [&] { ok(alice, "PROFILE " + bob); };
  CHECK(rise(server, "mpim_cache_hits_total{cache=\"profiles\",level=\"database\"}", look) == 1);
  CHECK(rise(server, "mpim_cache_hits_total{cache=\"profiles\",level=\"memory\"}", look) == 1);
  CHECK(rise(server, "mpim_cache_hits_total{cache=\"profiles\",level=\"database\"}", look) == 0);
}

TEST_CASE("a server's metrics tell what was packed, and what retention took",
          "[system][O10][M15][M22]") {
  TestServer server({{"store.pack_over_bytes", "1024"},
                     {"retention.inbox_days", "3"},
                     {"retention.history_days", "30"},
                     {"retention.interval_s", "0"}});
  LineConnection alice = server.log_in("alice");
  const std::string to_bob = "SEND " + server.uid("bob") + " ";
  for (const char* const packed :
       {"mpim_store_packed_from_bytes_total", "mpim_store_packed_to_bytes_total"})
    CHECK(rise(server, packed, [&] { ok(alice, to_bob + std::string(1'024, 'a')); }) == 0);
  const double packed = rise(server, "mpim_store_packed_to_bytes_total", [&] {
    const auto say = [&] { ok(alice, to_bob + std::string(3'000, 'a')); };
    CHECK(rise(server, "mpim_store_packed_from_bytes_total", say) == 3'000);
  });
  CHECK(packed > 0);
  CHECK(packed < 300);

  CHECK(rise(server, "mpim_retention_runs_total", [&] { prune(server); }) == 1);
  CHECK(server.metric("mpim_retention_expired_total") == 0);
  server.stop();
  age(server, 5);
  server.start();
  CHECK(rise(server, "mpim_retention_expired_total", [&] { prune(server); }) == 3);
  CHECK(server.metric("mpim_retention_dropped_total") == 0);
  server.stop();
  age(server, 50);
  server.start();
  // The newest entry of all is never deleted.
  CHECK(rise(server, "mpim_retention_dropped_total", [&] { prune(server); }) == 2);
  CHECK(server.metric("mpim_retention_runs_total") == 1);
}

}  // namespace mpim::testing
