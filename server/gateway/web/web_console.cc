#include "server/gateway/web/web_console.h"

#include <algorithm>

#include "server/gateway/web/web_assets.h"

namespace mpim {
namespace {

constexpr std::string_view kPage = "index.html";
constexpr std::string_view kAssetsPath = "/assets/";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

const WebAsset* find_asset(std::string_view name) {
  const std::span<const WebAsset> all = web_assets();
  const auto found = std::ranges::lower_bound(all, name, {}, &WebAsset::name);
  return found != all.end() && found->name == name ? &*found : nullptr;
}

// Whether an If-None-Match names this tag: a list, in which each may be marked as weak.
bool has_tag(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;  // a tag has its quotes
}

HttpAnswer asset_answer(const WebAsset& asset, std::string_view known,
                        std::string_view cache_control) {
  HttpAnswer answer;
  answer.content_type = asset.content_type;
  answer.headers = {{"ETag", std::string(asset.etag)},
                    {"Cache-Control", std::string(cache_control)},
                    {"X-Content-Type-Options", "nosniff"},
                    {"Referrer-Policy", "no-referrer"}};
  if (has_tag(known, asset.etag)) {
    answer.status = 304;
  } else {
    answer.body = asset.bytes;
  }
  return answer;
}

bool is_plain_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-';
  });
}

std::string_view port_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  return colon == std::string_view::npos ? std::string_view() : address.substr(colon + 1);
}

}  // namespace

std::string console_policy(std::string_view host, std::string_view websocket) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; base-uri "
      "'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";
  if (websocket.empty()) return policy;
  std::string_view name = host.substr(0, host.find(':'));
  // A policy cannot name an IPv6 address: then the port has to do.
  if (!is_plain_host(name)) name = "*";
  for (const std::string_view scheme : {" ws://", " wss://"}) {
    policy += scheme;
    policy += name;
    policy += ':';
    policy += port_of(websocket);
  }
  return policy;
}

void add_web_console(HttpServer& server, WebSocketAddress websocket) {
  server.route(
      HttpMethod::kGet, "/",
      [websocket = std::move(websocket)](const HttpRequest& request, HttpResponder respond) {
        HttpAnswer answer =
            asset_answer(*find_asset(kPage), request.header("If-None-Match"), "no-cache");
        answer.headers.emplace_back("Content-Security-Policy",
                                    console_policy(request.header("Host"), websocket()));
        respond(std::move(answer));
      });
  server.route_prefix(
      HttpMethod::kGet, std::string(kAssetsPath),
      [](const HttpRequest& request, HttpResponder respond) {
        const std::string_view name = request.path.substr(kAssetsPath.size());
        const WebAsset* const asset = name == kPage ? nullptr : find_asset(name);
        if (asset == nullptr) {
          return respond(
              http_error({Code::kNotFound, "nothing is served at " + std::string(request.path)}));
        }
        respond(asset_answer(*asset, request.header("If-None-Match"), kForEver));
      });
}

}  // namespace mpim
