// The admin API over HTTP: who may, who may not, and what the audit log says of it.
#include "tests/node/tokens/token_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::string admin_token(TokenRig& rig, const json& request = {{"admin", true}}) {
  return rig.call("IssueToken", request).at("token");
}

std::vector<AuditRow> audit(TokenRig& rig) {
  auto store = open_sqlite_store(sqlite_path(rig.dir.path()), {.read_only = true});
  REQUIRE(store.ok());
  return (*store)->audit().newest(100).value();
}

}  // namespace

TEST_CASE("an admin token operates the node over HTTP until it is revoked", "[node][G19]") {
  TokenRig rig;
  const json issued = rig.call("IssueToken", {{"admin", true}});
  const std::string token = issued.at("token");
  const std::string jti = issued.at("item").at("jti");
  CHECK(issued.at("item").at("kind") == "admin");
  CHECK(rig.operate("GetServer", json::object(), token).status == 200);
  const HttpReceived added =
      rig.operate("AddUsers", {{"names", {"alice"}}, {"password", "password"}}, token);
  INFO(added.body);
  CHECK(added.status == 200);
  CHECK(rig.operate("NoSuchMethod", json::object(), token).status == 404);
  CHECK(rig.operate("GetUser", {{"user", {{"name", "nobody"}}}}, token).status == 404);
  const AuditRow row = audit(rig).at(0);
  CHECK(row.action == "AddUsers");
  CHECK_THAT(row.actor, Catch::Contains("token " + jti) && Catch::Contains("of uid ") &&
                            Catch::Contains("from 127.0.0.1:"));
  rig.call("RevokeTokens", {{"token", jti}});
  CHECK(rig.operate("GetServer", json::object(), token).status == 401);
  CHECK(audit(rig).at(0).subject == "admin token " + jti);
}

TEST_CASE("without a token the admin API answers 401, with a user's 403", "[node][G19]") {
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  const HttpReceived none = rig.operate("GetServer", json::object(), "");
  CHECK(none.status == 401);
  CHECK(none.head.find("WWW-Authenticate: Bearer") != std::string::npos);
  CHECK(none.json().at("mpimCode") == "NOT_LOGGED_IN");
  const HttpReceived users = rig.operate("GetServer", json::object(), alice.access);
  CHECK(users.status == 403);
  CHECK(users.json().at("mpimCode") == "DENIED");
  const std::string resume = field(rig.client().ask("LOGIN alice password"), "token");
  CHECK(rig.operate("GetServer", json::object(), resume).status == 403);
  CHECK(rig.operate("GetServer", json::object(), std::string(43, 'a')).status == 401);
  CHECK(rig.operate("GetServer", json::object(), "nonsense").status == 401);
  CHECK(rig.operate("AddUsers", {{"names", {"eve"}}, {"password", "password"}}, alice.access)
            .status == 403);
  const std::string admin = admin_token(rig);
  CHECK(rig.auth(admin).starts_with("-ERR BAD_TOKEN"));
  CHECK(rig.files(admin).status == 401);
}

TEST_CASE(
    "an admin token makes no other, lives for so long and no longer, and is bounded in number",
    "[node][G19]") {
  TokenRig rig([](Settings& settings) {
    settings.tokens.leeway_s = 0;
    settings.tokens.admin_max = 2;
    settings.tokens.issued_days_max = 2;
  });
  const std::string token = admin_token(rig);
  CHECK(rig.operate("IssueToken", {{"admin", true}}, token).status == 403);
  const uint64_t day = 86'400'000;
  CHECK(rig.admin("IssueToken", {{"admin", true}, {"ttlMs", 2 * day + 1}}).status == 400);
  const json item = rig.call("IssueToken", {{"admin", true}, {"ttlMs", 2 * day}}).at("item");
  CHECK(std::stoll(item.at("expiresAtMs").get<std::string>()) -
            std::stoll(item.at("issuedAtMs").get<std::string>()) ==
        static_cast<int64_t>(2 * day));
  CHECK(rig.admin("IssueToken", {{"admin", true}}).status == 429);
}

TEST_CASE("an operator issues, checks and revokes users' tokens, and each is in the audit log",
          "[node][G19]") {
  TokenRig rig;
  rig.register_user("alice");
  const json user = {{"name", "alice"}};
  const json issued = rig.call("IssueToken", {{"user", user}, {"device", "phone"}});
  const std::string token = issued.at("token");
  CHECK(rig.works(token));
  const json found = rig.call("CheckToken", {{"token", token}}).at("item");
  CHECK(found.at("kind") == "access");
  CHECK(found.at("user").at("name") == "alice");
  CHECK(found.at("device") == "phone");
  CHECK(found == issued.at("item"));
  const Shown web = rig.log_in("alice");
  CHECK(rig.call("CheckToken", {{"token", web.refresh}}).at("item").at("kind") == "refresh");
  const std::string resume = field(rig.client().ask("LOGIN alice password"), "token");
  CHECK(rig.call("CheckToken", {{"token", resume}}).at("item").at("kind") == "resume");

  CHECK(rig.call("RevokeTokens", {{"token", token}}).at("devices") == 1);
  CHECK_FALSE(rig.works(token));
  CHECK(rig.admin("CheckToken", {{"token", token}}).status == 401);
  CHECK(rig.admin("RevokeTokens", {{"token", token}}).status == 401);
  CHECK(rig.works(web.access));
  CHECK(rig.call("RevokeTokens", {{"user", user}, {"device", "web"}}).at("devices") == 1);
  CHECK_FALSE(rig.works(web.access));
  CHECK(rig.call("RevokeTokens", {{"user", user}}).at("devices") == 3);
  CHECK(rig.auth(resume).starts_with("-ERR BAD_TOKEN"));
  CHECK(rig.admin("RevokeTokens", json::object()).status == 400);
  CHECK(rig.admin("RevokeTokens", {{"token", token}, {"user", user}}).status == 400);
  CHECK(rig.admin("IssueToken", {{"user", {{"name", "system"}}}}).status == 403);
  CHECK(rig.admin("IssueToken", json::object()).status == 400);

  size_t told = 0;
  for (const AuditRow& row : audit(rig)) {
    CHECK(row.subject.find(token) == std::string::npos);
    if (row.action == "IssueToken" || row.action == "RevokeTokens") ++told;
  }
  CHECK(told == 4);
}
