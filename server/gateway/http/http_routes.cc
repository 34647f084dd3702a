#include "server/gateway/http/http_routes.h"

#include <algorithm>
#include <array>

namespace mpim {
namespace {

constexpr uint16_t kMethodNotAllowed = 405;

struct MethodRow {
  std::string_view name;
  HttpMethod method;
};
constexpr std::array<MethodRow, 6> kMethods{{
    {"DELETE", HttpMethod::kDelete},
    {"GET", HttpMethod::kGet},
    {"HEAD", HttpMethod::kGet},
    {"PATCH", HttpMethod::kPatch},
    {"POST", HttpMethod::kPost},
    {"PUT", HttpMethod::kPut},
}};
static_assert(std::ranges::is_sorted(kMethods, {}, &MethodRow::name));

HttpAnswer wrong_method(std::string_view path, const std::string& allowed) {
  HttpAnswer refused = http_error({Code::kBadRequest, std::string(path) + " takes " + allowed});
  refused.status = kMethodNotAllowed;
  refused.headers.emplace_back("Allow", allowed);
  return refused;
}

}  // namespace

void HttpRoutes::add(HttpMethod method, std::string path, HttpServer::Route route) {
  rows_.insert(rows_.begin(), {method, std::move(path), false, std::move(route), {}});
}

void HttpRoutes::add_prefix(HttpMethod method, std::string prefix, HttpServer::Route route) {
  const auto place = std::ranges::find_if(
      rows_, [&](const Row& row) { return row.prefix && row.path.size() < prefix.size(); });
  rows_.insert(place, {method, std::move(prefix), true, std::move(route), {}});
}

void HttpRoutes::add_upload(std::string path, HttpServer::UploadRoute route) {
  rows_.insert(rows_.begin(), {HttpMethod::kPost, std::move(path), false, {}, std::move(route)});
}

HttpRoutes::Found HttpRoutes::find(std::string_view method, std::string_view path) const {
  const auto known = std::ranges::lower_bound(kMethods, method, {}, &MethodRow::name);
  const bool is_known = known != kMethods.end() && known->name == method;
  std::string allowed;
  for (const Row& row : rows_) {
    if (!row.fits(path)) continue;
    if (is_known && known->method == row.method)
      return {row.route ? &row.route : nullptr, row.upload ? &row.upload : nullptr, row.method, {}};
    for (const MethodRow& one : kMethods) {
      if (one.method != row.method) continue;
      allowed += (allowed.empty() ? "" : ", ") + std::string(one.name);
    }
  }
  Found none;
  none.refusal = allowed.empty()
                     ? http_error({Code::kNotFound, "nothing is served at " + std::string(path)})
                     : wrong_method(path, allowed);
  return none;
}

}  // namespace mpim
