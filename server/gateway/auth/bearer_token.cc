#include "server/gateway/auth/bearer_token.h"

#include "server/gateway/for_strangers.h"

namespace mpim {

std::string bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() < kScheme.size()) return {};
  for (size_t i = 0; i < kScheme.size(); ++i)
    if ((authorization[i] | 0x20) != (kScheme[i] | 0x20)) return {};
  return std::string(authorization.substr(kScheme.size()));
}

void add_refusal_headers(const Error& error, HttpAnswer& answer) {
  if (answer.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (error.retry_ms > 0)
    answer.headers.emplace_back("Retry-After", std::to_string((error.retry_ms + 999) / 1'000));
}

HttpAnswer http_refusal(const Error& error) {
  HttpAnswer answer = http_error(for_strangers(error));
  add_refusal_headers(error, answer);
  return answer;
}

}  // namespace mpim
