// Any bytes as a token, as a header and as claims: nothing unsigned is believed, and what is
// believed says what it must.
#include <cstdio>
#include <cstdlib>

#include "server/service/tokens/flat_object.h"
#include "server/service/tokens/grant.h"
#include "server/service/tokens/jwt.h"

namespace {

using namespace mpim;

constexpr Timestamp kNow{1'700'000'000'000};

void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

std::string signed_token(const SigningKey& key, std::string_view header, std::string_view payload) {
  const std::string text = base64url(header) + "." + base64url(payload);
  const auto signature = hs256(key.secret, text);
  return text + "." +
         base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

Result<Claims> check(const SigningKey& key, std::string_view token, std::string_view audience) {
  Result<Jwt> jwt = read_jwt(token);
  if (!jwt.ok()) return jwt.error();
  must(jwt->algorithm == "HS256", "another algorithm was read");
  return check_jwt(*jwt, key, audience, kNow, Millis(30'000));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const SigningKey key{"k", "HS256", std::string(32, 's'), {}, {}, {}};
  must(!check(key, input, "").ok(), "an unsigned token was believed");
  (void)check(key, signed_token(key, input, "{}"), "");
  const std::string token = signed_token(key, R"({"alg":"HS256","kid":"k"})", input);
  for (const std::string_view audience : {kUserAudience, kAdminAudience}) {
    const Result<Claims> claims = check(key, token, audience);
    if (!claims.ok()) continue;
    must(claims->audience == audience, "a token for somebody else was believed");
    must(kNow.ms < claims->expires_at.ms + 30'000, "a token was believed after its end");
    must(claims->user == UserId() ? audience == kAdminAudience : true, "a token names nobody");
  }
  (void)FlatObject::read(input);
  (void)read_refresh_token(input);
  return 0;
}
