#include "server/gateway/http/json_only.h"

namespace mpim {
namespace {

HttpAnswer refused(std::string why) {
  HttpAnswer answer = http_error({Code::kBadRequest, std::move(why)});
  answer.status = 415;
  return answer;
}

}  // namespace

std::optional<HttpAnswer> not_json(const HttpRequest& request) {
  std::string_view type = request.header("Content-Type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (type != "application/json") return refused("the content type must be application/json");
  const std::string_view coding = request.header("Content-Encoding");
  if (!coding.empty() && coding != "identity")
    return refused("a compressed body is not understood here: send it as it is (identity)");
  return std::nullopt;
}

}  // namespace mpim
