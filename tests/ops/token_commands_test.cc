// mpimctl token, and mpimctl over HTTP with an admin token, through a real mpimd.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/ops/ctl_room.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

struct Tokens {
  Tokens() {
    room.start_server();
    room.add_user("alice");
  }
  Finished run(const std::vector<std::string>& words, const std::string& admin_token = "") const {
    StartOptions options = room.options();
    if (!admin_token.empty()) options.environment["MPIM_ADMIN_TOKEN"] = admin_token;
    return room.ctl(words, options);
  }
  std::string url() { return "http://" + room.server().http(); }
  CtlRoom room;
};

}  // namespace

TEST_CASE("a token is issued for a user, checked and revoked", "[ops][G19]") {
  Tokens t;
  const auto issued = t.room.ask({"token", "issue", "alice", "--device", "phone", "--ttl", "1h"});
  const std::string token = issued.at("token");
  CHECK(issued.at("kind") == "access");
  CHECK(issued.at("user").at("name") == "alice");
  CHECK(issued.at("device") == "phone");
  const auto checked = t.room.ask({"token", "check", token});
  CHECK(checked.at("jti") == issued.at("jti"));
  CHECK(std::stoll(checked.at("expiresAtMs").get<std::string>()) -
            std::stoll(checked.at("issuedAtMs").get<std::string>()) ==
        3'600'000);
  CHECK(t.room.ask({"token", "revoke", token}).at("devices") == 1);
  const Finished gone = t.run({"token", "check", token});
  CHECK(gone.exit_code == 4);
  CHECK_THAT(gone.err, Catch::Contains("revoked"));
  CHECK(t.run({"token", "check", "nonsense"}).exit_code == 4);
  CHECK(t.run({"token", "revoke", token}).exit_code == 4);
  CHECK(t.room.ask({"token", "revoke", "--user", "alice"}).at("devices") == 1);
  const std::string again = t.room.ask({"token", "issue", "alice"}).at("token");
  t.room.write_file("token.txt", again);
}

TEST_CASE("token commands that say too little or too much are wrong usage", "[ops][G19]") {
  Tokens t;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"token", "issue"},
                                             {"token", "issue", "alice", "--admin"},
                                             {"token", "issue", "alice", "--ttl", "9999h"},
                                             {"token", "revoke"},
                                             {"token", "revoke", "x", "--user", "alice"},
                                             {"token", "revoke", "x", "--device", "phone"},
                                             {"token", "check"},
                                             {"token", "rotate", "--drop-old"}})
    CHECK(t.run(words).exit_code == 2);
  CHECK(t.run({"token", "issue", "nobody"}).exit_code == 5);
  CHECK(t.run({"token", "issue", "system"}).exit_code == 4);
  CHECK(t.run({"token", "revoke", "--user", "alice", "--device", "none"}).exit_code == 5);
}

TEST_CASE("keys are listed without their secrets, and rotated", "[ops][G19]") {
  Tokens t;
  const std::string token = t.room.ask({"token", "issue", "alice"}).at("token");
  const auto keys = t.room.ask({"token", "keys"});
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].at("algorithm") == "HS256");
  CHECK_FALSE(keys[0].contains("secret"));
  CHECK(t.room.ask({"token", "rotate"}).at("dropped") == 0);
  CHECK(t.room.ask({"token", "keys"}).size() == 2);
  CHECK(t.run({"token", "check", token}).exit_code == 0);
  CHECK(t.room.ask({"token", "rotate", "--drop-old", "--dry-run"}).at("dropped") == 2);
  CHECK(t.room.ask({"token", "keys"}).size() == 2);
  CHECK(t.room.ask({"token", "rotate", "--drop-old", "--yes"}).at("dropped") == 2);
  CHECK(t.run({"token", "check", token}).exit_code == 4);
}

TEST_CASE("mpimctl administers over HTTP with an admin token, and with nothing else",
          "[ops][G19]") {
  Tokens t;
  const std::string token = t.room.ask({"token", "issue", "--admin"}).at("token");
  const Finished listed = t.run({"--server", t.url(), "user", "ls"}, token);
  INFO(listed.err);
  CHECK(listed.exit_code == 0);
  CHECK_THAT(listed.out, Catch::Contains("alice"));
  t.room.write_file("admin.txt", token + "\n");
  CHECK(t.run({"--server", t.url(), "--token-file", t.room.path("admin.txt"), "user", "ls"})
            .exit_code == 0);
  const Finished bare = t.run({"--server", t.url(), "user", "ls"});
  CHECK(bare.exit_code == 4);
  CHECK_THAT(bare.err, Catch::Contains("token issue --admin"));
  const std::string users = t.room.ask({"token", "issue", "alice"}).at("token");
  CHECK(t.run({"--server", t.url(), "user", "ls"}, users).exit_code == 4);
  CHECK(t.run({"--server", t.url(), "token", "issue", "--admin"}, token).exit_code == 4);
  CHECK(t.run({"--server", t.url(), "dev", "down"}, token).exit_code == 2);
  CHECK(t.room.server().process().running());
  CHECK(t.run({"--server", "ftp://x", "user", "ls"}, token).exit_code == 2);
  CHECK(t.run({"--server", "http://127.0.0.1:1", "user", "ls"}, token).exit_code == 7);
  CHECK(t.room.ask({"token", "revoke", token}).at("kind") == "admin");
  CHECK(t.run({"--server", t.url(), "user", "ls"}, token).exit_code == 4);
}
