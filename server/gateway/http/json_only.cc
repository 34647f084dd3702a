#include "server/gateway/http/json_only.h"

#include "server/protocol/http/http_syntax.h"

namespace mpim {
namespace {

HttpAnswer refused(std::string why) {
  HttpAnswer answer = http_error({Code::kBadRequest, std::move(why)});
  answer.status = 415;
  return answer;
}

}  // namespace

std::optional<HttpAnswer> not_json(const HttpRequest& request) {
  if (media_type(request.header("Content-Type")) != "application/json")
    return refused("the content type must be application/json");
  const std::string_view coding = request.header("Content-Encoding");
  if (!coding.empty() && coding != "identity")
    return refused("a compressed body is not understood here: send it as it is (identity)");
  return std::nullopt;
}

}  // namespace mpim
