#include "server/gateway/http/http_answer.h"

#include <fmt/format.h>
#include <algorithm>

#include <array>
#include <ctime>

#include "server/gateway/http/http_server.h"

namespace mpim {
namespace {

struct Reason {
  uint16_t status;
  std::string_view words;
};
constexpr auto kReasons = std::to_array<Reason>({{200, "OK"},
                                                 {201, "Created"},
                                                 {202, "Accepted"},
                                                 {204, "No Content"},
                                                 {206, "Partial Content"},
                                                 {301, "Moved Permanently"},
                                                 {302, "Found"},
                                                 {304, "Not Modified"},
                                                 {307, "Temporary Redirect"},
                                                 {308, "Permanent Redirect"},
                                                 {400, "Bad Request"},
                                                 {401, "Unauthorized"},
                                                 {403, "Forbidden"},
                                                 {404, "Not Found"},
                                                 {405, "Method Not Allowed"},
                                                 {408, "Request Timeout"},
                                                 {409, "Conflict"},
                                                 {412, "Precondition Failed"},
                                                 {413, "Content Too Large"},
                                                 {415, "Unsupported Media Type"},
                                                 {416, "Range Not Satisfiable"},
                                                 {417, "Expectation Failed"},
                                                 {429, "Too Many Requests"},
                                                 {431, "Request Header Fields Too Large"},
                                                 {499, "Client Closed Request"},
                                                 {500, "Internal Server Error"},
                                                 {501, "Not Implemented"},
                                                 {503, "Service Unavailable"},
                                                 {504, "Gateway Timeout"},
                                                 {505, "HTTP Version Not Supported"}});
static_assert(std::ranges::is_sorted(kReasons, {}, &Reason::status));

// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale.
std::string http_date(Timestamp now) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(now.ms / 1'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays.at(parts.tm_wday),
                     parts.tm_mday, kMonths.at(parts.tm_mon), parts.tm_year + 1900, parts.tm_hour,
                     parts.tm_min, parts.tm_sec);
}

bool is_one_line(std::string_view value) { return value.find_first_of("\r\n") == value.npos; }

}  // namespace

std::string_view http_reason(uint16_t status) {
  const auto row = std::ranges::lower_bound(kReasons, status, {}, &Reason::status);
  return row == kReasons.end() || row->status != status ? std::string_view() : row->words;
}

bool http_bodiless(uint16_t status) {
  constexpr uint16_t kNoContent = 204;
  constexpr uint16_t kNotModified = 304;
  return status < 200 || status == kNoContent || status == kNotModified;
}

std::string http_answer_head(const HttpAnswer& answer, Timestamp now, std::string_view connection) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\n", answer.status,
                                 http_reason(answer.status), http_date(now));
  if (!http_bodiless(answer.status)) {
    const uint64_t bytes = answer.source ? answer.source_bytes : answer.body.size();
    text += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", answer.content_type, bytes);
  }
  if (!connection.empty()) text += fmt::format("Connection: {}\r\n", connection);
  for (const auto& [name, value] : answer.headers)
    if (is_one_line(value)) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

}  // namespace mpim
