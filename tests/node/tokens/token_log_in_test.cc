// Access and refresh tokens through real sockets: who gets them, and what ends them.
#include <thread>

#include "tests/node/tokens/token_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::string code(const HttpReceived& answer) { return answer.json().at("code"); }

}  // namespace

TEST_CASE("HTTP registers and logs in; AUTH and the file API take the access token",
          "[node][G20]") {
  TokenRig rig;
  const HttpReceived made =
      rig.post("/api/register", {{"name", "alice"}, {"password", "password"}, {"device", "web"}});
  CHECK(made.status == 201);
  CHECK(made.head.find("Cache-Control: no-store") != std::string::npos);
  const json told = made.json();
  CHECK(told.at("tokenType") == "Bearer");
  CHECK(told.at("expiresIn") == 900);
  CHECK(told.at("device") == "web");
  const Shown alice = rig.log_in("alice");
  CHECK(alice.user == told.at("userId"));
  CHECK(rig.works(alice.access));
  LineConnection line = rig.client();
  const std::string in = line.ask("AUTH " + alice.access);
  REQUIRE(in.starts_with("+OK uid=" + alice.user));
  CHECK(field(in, "token") == alice.access);
  CHECK(line.ask("AUTH x").starts_with("-ERR"));
  CHECK(rig.client().ask("AUTH " + alice.access + " device=phone").starts_with("-ERR DENIED"));
  CHECK(rig.files(alice.refresh).status == 401);
  CHECK(rig.auth(alice.refresh).starts_with("-ERR BAD_TOKEN"));
}

TEST_CASE("a log-in over HTTP ends no session of the device, and a log-out does", "[node][G20]") {
  TokenRig rig;
  LineConnection line = rig.enrolled("alice", "device=web");
  const Shown alice = rig.log_in("alice");
  CHECK(line.ask("PING").starts_with("+OK"));
  CHECK(rig.post("/api/logout", json::object(), alice.access).status == 200);
  CHECK_FALSE(rig.works(alice.access));
  CHECK(rig.post("/api/refresh", {{"refreshToken", alice.refresh}}).status == 401);
  CHECK(rig.post("/api/logout", json::object(), alice.access).status == 401);
  CHECK(rig.post("/api/logout", json::object()).status == 401);
  CHECK(line.closes());
}

TEST_CASE("a refresh token buys one pair; used again, all of the device's tokens end",
          "[node][G19]") {
  TokenRig rig;
  const Shown first = rig.register_user("alice");
  const Shown other = rig.log_in("alice", "password", "phone");
  const Shown second = TokenRig::shown(rig.post("/api/refresh", {{"refreshToken", first.refresh}}));
  CHECK(second.user == first.user);
  CHECK(second.device == "web");
  CHECK(rig.works(second.access));
  const HttpReceived again = rig.post("/api/refresh", {{"refreshToken", first.refresh}});
  CHECK(again.status == 401);
  CHECK(code(again) == "BAD_TOKEN");
  CHECK_FALSE(rig.works(second.access));
  CHECK(rig.post("/api/refresh", {{"refreshToken", second.refresh}}).status == 401);
  CHECK(rig.works(other.access));
}

TEST_CASE("of two who use a refresh token at once one at most is given a pair", "[node][G19]") {
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  std::vector<HttpReceived> answers(4);
  {
    std::vector<std::jthread> at_once;
    for (HttpReceived& answer : answers)
      at_once.emplace_back([&rig, &answer, token = alice.refresh] {
        answer = rig.post("/api/refresh", {{"refreshToken", token}});
      });
  }
  size_t given = 0;
  for (const HttpReceived& answer : answers) {
    if (answer.status != 200) {
      CHECK(answer.status == 401);
      continue;
    }
    ++given;
    // Its twin was used too, so it is worth nothing by now.
    CHECK_FALSE(rig.works(TokenRig::shown(answer).access));
  }
  CHECK(given == 1);
}

TEST_CASE("another password, REVOKE, a lock and an erasure end tokens at once", "[node][G19]") {
  const std::string how = GENERATE("PASSWD", "REVOKE", "disable", "erase");
  CAPTURE(how);
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  REQUIRE(rig.works(alice.access));
  LineConnection line = rig.client();
  REQUIRE(line.ask("LOGIN alice password device=phone").starts_with("+OK"));
  const json user = {{"name", "alice"}};
  if (how == "PASSWD")
    REQUIRE(line.ask("PASSWD password new-password").starts_with("+OK"));
  else if (how == "REVOKE")
    REQUIRE(line.ask("REVOKE web").starts_with("+OK"));
  else if (how == "disable")
    rig.call("SetUserDisabled", {{"user", user}, {"disabled", true}});
  else
    rig.call("EraseUser", {{"user", user}});
  CHECK_FALSE(rig.works(alice.access));
  const HttpReceived refused = rig.files(alice.access);
  CHECK(code(refused) == (how == "disable" ? "DISABLED" : "BAD_TOKEN"));
  CHECK(rig.post("/api/refresh", {{"refreshToken", alice.refresh}}).status / 100 == 4);
}

TEST_CASE("keys and tokens outlive a restart", "[node][G19]") {
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  rig.stop();
  rig.start();
  CHECK(rig.works(alice.access));
  CHECK(rig.keys().size() == 1);
  CHECK(rig.post("/api/refresh", {{"refreshToken", alice.refresh}}).status == 200);
}

TEST_CASE("a new key signs, and what the old one signed holds", "[node][G19]") {
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  rig.call("RotateSigningKeys", json::object());
  CHECK(rig.works(alice.access));
  const Shown next = rig.log_in("alice");
  CHECK(read_jwt(next.access)->kid != read_jwt(alice.access)->kid);
  CHECK(rig.call("ListSigningKeys", json::object()).at("keys").size() == 2);
  rig.call("RotateSigningKeys", {{"dropOld", true}});
  CHECK_FALSE(rig.works(alice.access));
  CHECK_FALSE(rig.works(next.access));
}

TEST_CASE("wrong passwords are counted together, whichever door they come by", "[node][P12]") {
  TokenRig rig([](Settings& settings) { settings.auth.attempts_max = 3; });
  rig.register_user("alice");
  const json wrong = {{"name", "alice"}, {"password", "wrong-password"}};
  CHECK(code(rig.post("/api/login", wrong)) == "BAD_CREDENTIALS");
  CHECK(rig.client().ask("LOGIN alice wrong-password").starts_with("-ERR BAD_CREDENTIALS"));
  CHECK(rig.post("/api/login", wrong).status == 401);
  const HttpReceived locked = rig.post("/api/login", {{"name", "alice"}, {"password", "password"}});
  CHECK(locked.status == 429);
  CHECK(code(locked) == "LOCKED_OUT");
  CHECK(locked.head.find("Retry-After: ") != std::string::npos);
  CHECK(rig.client().ask("LOGIN alice password").starts_with("-ERR LOCKED_OUT"));
}

TEST_CASE("a body that is not what it must be is refused with the field's name", "[node][G20]") {
  TokenRig rig;
  const auto refused = [&](const std::string& path, const std::string& text,
                           const std::string& why) {
    CAPTURE(text);
    const HttpReceived answer = rig.post_text(path, text);
    CHECK(answer.status == 400);
    CHECK(code(answer) == "BAD_REQUEST");
    CHECK_THAT(answer.json().at("message").get<std::string>(), Catch::Contains(why));
  };
  refused("/api/login", R"({"name":"alice"})", "`password` is missing");
  refused("/api/login", R"({"name":"alice","password":"p","role":"admin"})", "`role`");
  refused("/api/login", R"({"name":"alice","name":"bob","password":"p"})", "`name` comes twice");
  refused("/api/login", R"({"name":7,"password":"p"})", "`name` is no text");
  refused("/api/login", R"({"name":["alice"],"password":"p"})", "`name` is no text");
  refused("/api/login", R"({"name":{"$ne":""},"password":"p"})", "`name` is no text");
  refused("/api/login", R"({"name":null,"password":"p"})", "`name` is no text");
  refused("/api/login", R"(["alice","p"])", "no object");
  refused("/api/login", R"("alice")", "no object");
  refused("/api/login", "", "no JSON");
  refused("/api/login", R"({"name":"alice","password":"p"} x)", "no JSON");
  refused("/api/login", "{\"name\":\"al\xFF\",\"password\":\"p\"}", "no JSON");
  refused("/api/login", std::string(8'000, '['), "no object");
  refused("/api/login", R"({"name":"alice","password":"password","device":"a b"})", "device");
  refused("/api/refresh", R"({"refreshToken":7})", "`refreshToken` is no text");
  refused("/api/refresh", R"({})", "`refreshToken` is missing");
  const std::string long_name(8'192 - 31, 'a');
  CHECK(rig.post_text("/api/login", R"({"name":")" + long_name + R"(","password":"password"})")
            .status == 413);
  CHECK(rig.post_text("/api/login", "{}", "", "text/plain").status == 415);
  CHECK(rig.post_text("/api/refresh", R"({"refreshToken":"abc"})").status == 401);
  CHECK(rig.post("/api/register", {{"name", "bob"}, {"password", "short"}}).status == 400);
  rig.register_user("alice");
  CHECK(code(rig.post("/api/register", {{"name", "Alice"}, {"password", "password"}})) == "EXISTS");
}
