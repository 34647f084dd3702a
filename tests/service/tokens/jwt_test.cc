#include "server/service/tokens/jwt.h"

#include <sodium.h>

#include <catch2/catch.hpp>

#include "server/service/tokens/flat_object.h"
#include "server/service/tokens/grant.h"

using namespace mpim;

namespace {

constexpr Timestamp kNow{1'700'000'000'000};
constexpr Millis kLeeway{30'000};

const SigningKey kKey{.kid = "k1",
                      .algorithm = "HS256",
                      .secret = "0123456789abcdef0123456789abcdef",
                      .created_at = {},
                      .retires_at = {},
                      .ends_at = {}};

Claims claims_of(UserId user) {
  Claims claims;
  claims.audience = kUserAudience;
  claims.user = user;
  claims.device = DeviceId(7);
  claims.version = 3;
  claims.issued_at = kNow;
  claims.expires_at = kNow + Millis(900'000);
  claims.jti = "j";
  return claims;
}

// A token with any header and payload, rightly signed.
std::string signed_token(const std::string& header, const std::string& payload) {
  const std::string text = base64url(header) + "." + base64url(payload);
  const auto signature = hs256(kKey.secret, text);
  return text + "." +
         base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

const std::string kHeader = R"({"alg":"HS256","kid":"k1","typ":"JWT"})";
const std::string kSub =
    R"("iss":"mpim","sub":"1001","dev":"7","ver":0,"iat":1700000000,"jti":"j",)";

Result<Claims> check(const std::string& token, Timestamp now = kNow,
                     std::string_view audience = kUserAudience) {
  Result<Jwt> jwt = read_jwt(token);
  if (!jwt.ok()) return jwt.error();
  return check_jwt(*jwt, kKey, audience, now, kLeeway);
}

std::string why(const Result<Claims>& refused) {
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == Code::kBadToken);
  return refused.error().message;
}

}  // namespace

TEST_CASE("a signature is that of the standard's own example", "[service][G20]") {
  // RFC 7515, appendix A.1.
  std::string secret(64, '\0');
  const std::string_view encoded =
      "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
  REQUIRE(sodium_base642bin(reinterpret_cast<unsigned char*>(secret.data()), secret.size(),
                            encoded.data(), encoded.size(), nullptr, nullptr, nullptr,
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0);
  const auto signature =
      hs256(secret,
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290"
            "Ijp0cnVlfQ");
  CHECK(base64url({reinterpret_cast<const char*>(signature.data()), signature.size()}) ==
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

TEST_CASE("what was written is read again", "[service][G20]") {
  const Result<Claims> read = check(write_jwt(kKey, claims_of(UserId(1001))));
  REQUIRE(read.ok());
  CHECK(read->user == UserId(1001));
  CHECK(read->device == DeviceId(7));
  CHECK(read->version == 3);
  CHECK(read->issued_at == kNow);
  CHECK(read->expires_at == kNow + Millis(900'000));
  CHECK(read->jti == "j");
}

TEST_CASE("a token that names no algorithm, or another one, is refused whatever signed it",
          "[service][G20]") {
  const std::string payload = "{" + kSub + R"("aud":"mpim","nbf":1700000000,"exp":1700000900})";
  REQUIRE(check(signed_token(kHeader, payload)).ok());
  for (const char* algorithm :
       {"none", "None", "nOnE", "hs256", "HS384", "HS512", "RS256", "ES256", ""})
    CHECK_THAT(
        why(check(signed_token(
            R"({"alg":")" + std::string(algorithm) + R"(","kid":"k1","typ":"JWT"})", payload))),
        Catch::Contains("HS256"));
  const std::string unsigned_one =
      base64url(R"({"alg":"none","typ":"JWT"})") + "." + base64url(payload) + ".";
  CHECK_THAT(why(check(unsigned_one)), Catch::Contains("HS256"));
  CHECK_THAT(why(check(signed_token(R"({"typ":"JWT","kid":"k1"})", payload))),
             Catch::Contains("HS256"));
  // The same key, kept for another algorithm.
  SigningKey other = kKey;
  other.algorithm = "ES256";
  const Result<Jwt> jwt = read_jwt(signed_token(kHeader, payload));
  REQUIRE(jwt.ok());
  CHECK_THAT(why(check_jwt(*jwt, other, kUserAudience, kNow, kLeeway)),
             Catch::Contains("another way"));
}

TEST_CASE("a changed, cut or foreign signature is refused", "[service][G20]") {
  const std::string token = write_jwt(kKey, claims_of(UserId(1001)));
  std::string payload_swapped = token;
  const std::string other = write_jwt(kKey, claims_of(UserId(1002)));
  payload_swapped = other.substr(0, other.rfind('.')) + token.substr(token.rfind('.'));
  CHECK_THAT(why(check(payload_swapped)), Catch::Contains("wrong signature"));
  CHECK_THAT(why(check(token.substr(0, token.size() - 3))), Catch::Contains("signature"));
  CHECK_FALSE(check(token.substr(0, token.size() - 1)).ok());
  CHECK_THAT(why(check(token.substr(0, token.rfind('.') + 1))), Catch::Contains("signature"));
  SigningKey foreign = kKey;
  foreign.secret[0] = 'x';
  CHECK_THAT(why(check(write_jwt(foreign, claims_of(UserId(1001))))),
             Catch::Contains("wrong signature"));
}

TEST_CASE("a token holds from nbf to exp, give or take the leeway, and never without exp",
          "[service][G20]") {
  const auto with = [](const std::string& times) {
    return signed_token(kHeader, "{" + kSub + R"("aud":"mpim",)" + times + "}");
  };
  const std::string both = with(R"("nbf":1700000000,"exp":1700000900)");
  CHECK(check(both, kNow + Millis(929'999)).ok());
  CHECK_THAT(why(check(both, kNow + Millis(930'000))), Catch::Contains("has expired"));
  CHECK(check(both, kNow - Millis(30'000)).ok());
  CHECK_THAT(why(check(both, kNow - Millis(30'001))), Catch::Contains("not valid yet"));
  CHECK_THAT(why(check(with(R"("nbf":1700000000)"))), Catch::Contains("never expires"));
  CHECK_THAT(why(check(with(R"("nbf":1700000000,"exp":"1700000900")"))),
             Catch::Contains("never expires"));
  CHECK_THAT(why(check(with(R"("exp":1700000900)"))), Catch::Contains("lacks"));
  CHECK_THAT(why(check(with(R"("nbf":1700000000,"exp":9999999999999999)"))),
             Catch::Contains("cannot be read"));
}

TEST_CASE("a token for another audience or of another issuer is refused", "[service][G20]") {
  const std::string rest = R"(,"nbf":1700000000,"exp":1700000900})";
  const auto aud = [&](const std::string& audience) {
    return signed_token(kHeader, "{" + kSub + "\"aud\":" + audience + rest);
  };
  CHECK(check(aud(R"("mpim")")).ok());
  for (const char* audience : {R"("mpim-admin")", R"("other")", R"("")", "5"})
    CHECK_THAT(why(check(aud(audience))), Catch::Contains("audience"));
  CHECK_THAT(why(check(aud(R"("mpim")"), kNow, kAdminAudience)), Catch::Contains("audience"));
  CHECK_THAT(why(check(aud(R"("other")"), kNow, "")), Catch::Contains("audience"));
  CHECK_THAT(why(check(signed_token(
                 kHeader, R"({"iss":"joe","sub":"1001","dev":"7","ver":0,"iat":1,"jti":"j",)"
                          R"("aud":"mpim")" +
                              rest))),
             Catch::Contains("issued by"));
}

TEST_CASE("what is no token is refused after a bounded look", "[service][G20]") {
  const std::string good = write_jwt(kKey, claims_of(UserId(1001)));
  CHECK(read_jwt(good + std::string(kJwtChars - good.size(), 'A')).error().message.find("has 1") ==
        std::string::npos);
  CHECK_THAT(read_jwt(good + std::string(kJwtChars + 1 - good.size(), 'A')).error().message,
             Catch::Contains("1025 characters"));
  CHECK_THAT(read_jwt(std::string(10'000'000, '.')).error().message, Catch::Contains("characters"));
  for (const char* const token : {"", ".", "..", "...", "a.b", "a.b.c.d", "é.é.é", "e30.e30.e30",
                                  "e30=.e30.AA", " .e30.", "bnVsbA.e30.AA"})
    CHECK(read_jwt(token).error().code == Code::kBadToken);
  CHECK_THAT(read_jwt(signed_token(R"({"alg":"HS256"})", "{}")).error().message,
             Catch::Contains("which key"));
  CHECK_FALSE(read_jwt(signed_token(R"({"alg":"HS256","kid":"k1","crit":"exp"})", "{}")).ok());
  CHECK_FALSE(read_jwt(signed_token(R"({"alg":"HS256","kid":"k1","crit":["exp"]})", "{}")).ok());
  CHECK_FALSE(read_jwt(signed_token(R"({"alg":"HS256","kid":"k1","kid":"k2"})", "{}")).ok());
  CHECK_FALSE(read_jwt(signed_token(R"({"alg":"HS256","alg":"none","kid":"k1"})", "{}")).ok());
}

TEST_CASE("an object of texts and numbers is read strictly", "[service][G20]") {
  const auto object = FlatObject::read(" { \"a\" : \"b\" , \"n\":12 } ");
  REQUIRE(object);
  CHECK(object->text("a") == "b");
  CHECK(object->number("n") == 12);
  CHECK_FALSE(object->number("a"));
  CHECK_FALSE(object->text("n"));
  CHECK_FALSE(object->text("c"));
  CHECK(FlatObject::read("{}"));
  for (const char* wrong : {"",
                            "{",
                            "}",
                            "{}x",
                            "[]",
                            "null",
                            "{\"a\"}",
                            "{\"a\":}",
                            "{\"a\":1,}",
                            "{,}",
                            "{\"a\":01}",
                            "{\"a\":-1}",
                            "{\"a\":1.0}",
                            "{\"a\":1e3}",
                            "{\"a\":true}",
                            "{\"a\":null}",
                            "{\"a\":{}}",
                            "{\"a\":\"\\u0041\"}",
                            "{\"a\":\"\n\"}",
                            "{\"a\":\"\xC3\xA9\"}",
                            "{\"a\":1,\"a\":2}",
                            "{\"a\":1 \"b\":2}",
                            "{'a':1}",
                            "{\"a\":1234567890123456}"})
    CHECK_FALSE(FlatObject::read(wrong));
  std::string many = "{";
  for (size_t i = 0; i < FlatObject::kFieldsMax; ++i)
    many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  CHECK(FlatObject::read(many + "}"));
  CHECK_FALSE(FlatObject::read(many + ",\"x\":1}"));
}

TEST_CASE("a refresh token is two secrets, and the next one shares the first", "[service][G19]") {
  const RefreshToken first = new_refresh_token();
  CHECK(first.shown.size() == 64);
  const auto read = read_refresh_token(first.shown);
  REQUIRE(read);
  CHECK(read->family == first.family);
  CHECK(read->hash == first.hash);
  const RefreshToken next = new_refresh_token(first.shown);
  CHECK(next.family == first.family);
  CHECK(next.hash != first.hash);
  CHECK(new_refresh_token().family != first.family);
  for (const std::string& wrong : {std::string(), std::string(63, 'a'), std::string(65, 'a'),
                                  std::string(64, '!'), std::string(1'000'000, 'a')})
    CHECK_FALSE(read_refresh_token(wrong));
}
