// A log line is an event with fields, in logfmt, on stderr.
//
// Threads  any. Lines wait in a bounded queue for one writing thread; when it is full the oldest
//          are dropped and counted (mpim_log_dropped_total). Before start_log() and after
//          stop_log() the caller writes its line itself.
// Limits   a value of more than 2,048 bytes is cut. Control characters are escaped: nobody's text
//          can forge a line.
//
// What happens once per message is a metric, never a line. Never a body, a password or a token.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/core/ids.h"
#include "server/core/result.h"

namespace mpim {

// A field's value; ids and numbers convert by themselves.
class LogValue {
 public:
  LogValue(std::string_view text) : text_(text) {}
  LogValue(const char* text) : text_(text) {}
  LogValue(const std::string& text) : text_(text) {}
  template <class T>
  requires std::is_arithmetic_v<T> LogValue(T number) : text_(std::to_string(number)) {}
  template <class Tag>
  LogValue(Id<Tag> id) : text_(std::to_string(id.value)) {}
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

using LogField = std::pair<std::string_view, LogValue>;

enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError };

// `level` is one of trace, debug, info, warn, error. kBadRequest otherwise.
Result<void> start_log(std::string_view level, size_t queue_max);
// Another level, while it runs. Threads any.
Result<void> set_log_level(std::string_view level);
void stop_log();  // writes what waits, then stops
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void log_info(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_event(LogLevel::kInfo, event, fields);
}
inline void log_warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_event(LogLevel::kWarn, event, fields);
}
inline void log_error(std::string_view event, std::initializer_list<LogField> fields = {}) {
  log_event(LogLevel::kError, event, fields);
}

}  // namespace mpim
