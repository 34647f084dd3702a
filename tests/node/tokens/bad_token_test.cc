// Tokens that must not open anything, at each door that takes one.
#include "tests/node/tokens/token_rig.h"

using namespace mpim;
using namespace mpim::testing;

namespace {

std::string signed_with(const SigningKey& key, const std::string& header,
                        const std::string& payload) {
  const std::string text = base64url(header) + "." + base64url(payload);
  const auto signature = hs256(key.secret, text);
  return text + "." +
         base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

// What the node itself would say of alice, piece by piece.
struct Forge {
  explicit Forge(TokenRig& rig) : alice(rig.register_user("alice")), key(rig.keys().at(0)) {
    const auto dot = alice.access.find('.');
    const auto end = alice.access.rfind('.');
    payload = read_jwt(alice.access)->payload;
    claims = json::parse(payload);
    signature = alice.access.substr(end);
    head = alice.access.substr(0, dot);
    now = claims.at("iat");
  }
  json header() const { return {{"alg", "HS256"}, {"kid", key.kid}, {"typ", "JWT"}}; }
  std::string with(const std::string& name, const json& value) const {
    json changed = claims;
    changed[name] = value;
    return signed_with(key, header().dump(), changed.dump());
  }
  std::string without(const std::string& name) const {
    json changed = claims;
    changed.erase(name);
    return signed_with(key, header().dump(), changed.dump());
  }
  std::string headed(const std::string& name, const json& value) const {
    json changed = header();
    changed[name] = value;
    return signed_with(key, changed.dump(), payload);
  }

  Shown alice;
  SigningKey key;
  json claims;
  std::string payload;
  std::string head;
  std::string signature;
  int64_t now = 0;
};

// Each with a part of what is answered.
std::vector<std::pair<std::string, std::string>> bad_tokens(const Forge& forge) {
  SigningKey foreign = forge.key;
  foreign.secret[5] ^= 1;
  const std::string none =
      base64url(R"({"alg":"none","typ":"JWT"})") + "." + base64url(forge.payload) + ".";
  return {
      {none, "HS256"},
      {none + forge.signature.substr(1), "HS256"},
      {forge.headed("alg", "none"), "HS256"},
      {forge.headed("alg", "HS512"), "HS256"},
      {forge.headed("alg", "RS256"), "HS256"},
      {forge.headed("alg", "ES256"), "HS256"},
      {forge.headed("kid", "somebody-else"), "key"},
      {forge.headed("kid", "../../etc/passwd"), "key"},
      {forge.headed("kid", "x' OR '1'='1"), "key"},
      {forge.headed("kid", 7), "key"},
      {forge.headed("crit", "exp"), "header"},
      {signed_with(foreign, forge.header().dump(), forge.payload), "signature"},
      {forge.head + "." + base64url(forge.payload) + ".", "signature"},
      {forge.with("exp", forge.now - 1), "expired"},
      {forge.with("exp", forge.now + 900).substr(0, 40) + forge.signature, "three parts"},
      {forge.with("nbf", forge.now + 600), "not valid yet"},
      {forge.with("aud", "mpim-admin"), "audience"},
      {forge.with("aud", "other"), "audience"},
      {forge.with("iss", "other"), "issued by"},
      {forge.without("exp"), "expires"},
      {forge.without("nbf"), "lacks"},
      {forge.with("exp", "never"), "expires"},
      {forge.with("sub", "1002"), "revoked"},
      {forge.with("sub", "-1"), "device"},
      {forge.with("dev", "999999"), "revoked"},
      {forge.with("ver", 99), "revoked"},
      {forge.alice.access + "x", ""},
      {std::string(1'025, 'a') + ".b.c", "characters"},
      {"a.b.c", ""},
      {"...", ""},
  };
}

}  // namespace

TEST_CASE("no forged, foreign, late, early or misdirected token opens a session or a file",
          "[node][G20]") {
  TokenRig rig;
  const Forge forge(rig);
  REQUIRE(rig.works(forge.alice.access));
  REQUIRE(rig.works(forge.with("jti", "another")));  // the forge works, with the node's own key
  rig.client().ask("REGISTER mallory password");
  for (const auto& [token, why] : bad_tokens(forge)) {
    CAPTURE(token, why);
    const std::string line = rig.auth(token);
    CHECK(line.starts_with("-ERR BAD_TOKEN "));
    CHECK_THAT(line, Catch::Contains(why));
    const HttpReceived file = rig.files(token);
    CHECK(file.status == 401);
    CHECK(file.head.find("WWW-Authenticate: Bearer") != std::string::npos);
    CHECK(file.json().at("code") == "BAD_TOKEN");
    const HttpReceived admin = rig.operate("GetServer", json::object(), token);
    CHECK((admin.status == 401 || admin.status == 403));
  }
}

TEST_CASE("a token ends in the second it names", "[node][G20]") {
  TokenRig rig([](Settings& settings) {
    settings.tokens.leeway_s = 0;
    settings.tokens.access_s = 1;
  });
  const Shown alice = rig.register_user("alice");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (rig.files(alice.access).status == 200) REQUIRE(std::chrono::steady_clock::now() < end);
  CHECK_THAT(rig.auth(alice.access), Catch::Contains("expired"));
  CHECK(rig.post("/api/refresh", {{"refreshToken", alice.refresh}}).status == 200);
}

TEST_CASE("an access token reads and writes as its own user only", "[node][G20]") {
  TokenRig rig;
  const Shown alice = rig.register_user("alice");
  const Shown bob = rig.register_user("bob");
  LineConnection line = rig.client();
  REQUIRE(line.ask("AUTH " + bob.access).starts_with("+OK uid=" + bob.user));
  CHECK(line.ask("SEND " + alice.user + " hi").starts_with("+OK"));
  CHECK(rig.files(bob.access).json() == rig.files(alice.access).json());  // both have none
}
