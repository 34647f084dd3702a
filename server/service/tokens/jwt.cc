#include "server/service/tokens/jwt.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "server/service/tokens/flat_object.h"

namespace mpim {
namespace {

constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::string_view kIssuer = "mpim";
constexpr int64_t kSecond = 1'000;

Error bad(std::string_view why) {
  return {Code::kBadToken, "this access token " + std::string(why)};
}

std::optional<std::string> decoded(std::string_view text) {
  std::string bytes(text.size(), '\0');
  size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &length, nullptr, kVariant) != 0)
    return std::nullopt;
  bytes.resize(length);
  return bytes;
}

// An id as tokens have it: a text of digits.
std::optional<uint64_t> id_in(const FlatObject& claims, std::string_view name) {
  const std::optional<std::string_view> text = claims.text(name);
  if (!text) return std::nullopt;
  uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (failed != std::errc{} || end != text->data() + text->size() || number == 0)
    return std::nullopt;
  return number;
}

// What only users' tokens have.
bool read_device(const FlatObject& from, Claims& into) {
  const auto user = id_in(from, "sub");
  const auto device = id_in(from, "dev");
  const auto version = from.number("ver");
  if (!user || !device || !version) return false;
  into.user = UserId(*user);
  into.device = DeviceId(*device);
  into.version = static_cast<uint64_t>(*version);
  return true;
}

Result<Claims> claims_in(const std::string& payload, std::string_view audience, Timestamp now,
                         Millis leeway) {
  const std::optional<FlatObject> from = FlatObject::read(payload);
  if (!from) return bad("has claims that cannot be read");
  if (from->text("iss") != kIssuer) return bad("was issued by somebody else");
  const std::string_view whose = from->text("aud").value_or("");
  const bool known = whose == kUserAudience || whose == kAdminAudience;
  if (!known || (!audience.empty() && whose != audience))
    return bad("is for another audience" +
               (audience.empty() ? "" : " than " + std::string(audience)));
  const auto expires = from->number("exp");
  const auto begins = from->number("nbf");
  const auto issued = from->number("iat");
  const auto jti = from->text("jti");
  if (!expires) return bad("never expires, and is not taken for that");
  if (!begins || !issued || !jti) return bad("lacks a claim");
  if (now.ms >= *expires * kSecond + leeway.count())
    return bad("has expired: log in again, or refresh it");
  if (now.ms + leeway.count() < *begins * kSecond) return bad("is not valid yet");
  Claims claims;
  claims.audience = whose;
  claims.issued_at = {*issued * kSecond};
  claims.expires_at = {*expires * kSecond};
  claims.jti = *jti;
  if (whose == kUserAudience && !read_device(*from, claims)) return bad("names no device");
  return claims;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kVariant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  text.pop_back();  // the NUL
  return text;
}

std::string random_name() {
  std::string bytes(16, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return base64url(bytes);
}

std::array<unsigned char, 32> hs256(std::string_view secret, std::string_view text) {
  static_assert(crypto_auth_hmacsha256_BYTES == 32);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                              secret.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()),
                                text.size());
  std::array<unsigned char, 32> signature;
  crypto_auth_hmacsha256_final(&state, signature.data());
  return signature;
}

Result<Jwt> read_jwt(std::string_view token) {
  if (token.size() > kJwtChars)
    return bad(fmt::format("has {} characters; ours have {} at most", token.size(), kJwtChars));
  const size_t first = token.find('.');
  const size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos)
    return bad("has not the three parts of one");
  const auto header = decoded(token.substr(0, first));
  auto payload = decoded(token.substr(first + 1, second - first - 1));
  const auto signature = decoded(token.substr(second + 1));
  if (!header || !payload || !signature) return bad("is not written in base64url");
  const std::optional<FlatObject> fields = FlatObject::read(*header);
  if (!fields) return bad("has a header that cannot be read");
  const auto algorithm = fields->text("alg");
  if (algorithm != kJwtAlgorithm)
    return bad("is not signed with " + std::string(kJwtAlgorithm) + ", as all of ours are");
  // What must be understood (RFC 7515, 4.1.11): nothing of that kind is.
  if (fields->text("crit") || fields->number("crit"))
    return bad("has a header that cannot be read");
  const auto kid = fields->text("kid");
  if (!kid) return bad("does not say which key signed it");
  Jwt jwt{std::string(*algorithm),
          std::string(*kid),
          std::string(token.substr(0, second)),
          {},
          std::move(*payload)};
  if (signature->size() != jwt.signature.size()) return bad("has a signature of another length");
  std::ranges::copy(*signature, jwt.signature.begin());
  return jwt;
}

Result<Claims> check_jwt(const Jwt& jwt, const SigningKey& key, std::string_view audience,
                         Timestamp now, Millis leeway) {
  if (key.algorithm != kJwtAlgorithm || jwt.algorithm != key.algorithm)
    return bad("is signed in another way than its key is for");
  const auto right = hs256(key.secret, jwt.signed_part);
  if (sodium_memcmp(right.data(), jwt.signature.data(), right.size()) != 0)
    return bad("has a wrong signature");
  return claims_in(jwt.payload, audience, now, leeway);
}

std::string write_jwt(const SigningKey& key, const Claims& claims) {
  const std::string header =
      fmt::format(R"({{"alg":"{}","kid":"{}","typ":"JWT"}})", key.algorithm, key.kid);
  const std::string whose =
      claims.device ? fmt::format(R"("sub":"{}","dev":"{}","ver":{})", claims.user.value,
                                  claims.device.value, claims.version)
                    : std::string(R"("sub":"operator")");
  const std::string payload =
      fmt::format(R"({{"iss":"{}","aud":"{}",{},"iat":{},"nbf":{},"exp":{},"jti":"{}"}})", kIssuer,
                  claims.audience, whose, claims.issued_at.ms / kSecond,
                  claims.issued_at.ms / kSecond, claims.expires_at.ms / kSecond, claims.jti);
  std::string token = base64url(header) + "." + base64url(payload);
  const auto signature = hs256(key.secret, token);
  return token + "." +
         base64url({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

}  // namespace mpim
