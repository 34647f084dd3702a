#include "server/telemetry/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>

#include "server/telemetry/metrics.h"

namespace mpim {
namespace {

constexpr size_t kFieldBytesMax = 2'048;  // a longer value is cut

// In the order of LogLevel.
constexpr std::array<std::string_view, 5> kLevelNames{"trace", "debug", "info", "warn", "error"};

// The one log of this process. While it is started, lines go through spdlog's queue to its thread;
// otherwise the caller writes them itself, so that a program can complain before and after.
class ProcessLog {
 public:
  void start(LogLevel least, size_t queue_max) {
    stop();
    const std::lock_guard lock(mutex_);
    least_ = least;
    counted_drops_ = 0;
    pool_ = std::make_shared<spdlog::details::thread_pool>(queue_max, 1);
    queued_ = std::make_shared<spdlog::async_logger>("mpim", sink_, pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
  }

  void stop() {
    // Outlives the thread, which hands each line to it.
    std::shared_ptr<spdlog::async_logger> queued;
    std::shared_ptr<spdlog::details::thread_pool> pool;
    {
      const std::lock_guard lock(mutex_);
      queued.swap(queued_);
      pool.swap(pool_);
      least_ = LogLevel::kInfo;
    }
    pool.reset();  // its destructor lets the thread write what waits, and joins it
  }

  void set_level(LogLevel least) { least_ = least; }
  bool wanted(LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }

  void write(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (queued_ == nullptr) {
      direct_.info(line);
      return;
    }
    queued_->info(line);
    const size_t drops = pool_->overrun_counter();
    count(Counter::kLogDropped, drops - counted_drops_);
    counted_drops_ = drops;
  }

 private:
  using Sink = spdlog::sinks::stderr_sink_mt;
  std::shared_ptr<Sink> sink_ = [] {
    auto sink = std::make_shared<Sink>();
    sink->set_pattern("%v");
    return sink;
  }();
  std::atomic<LogLevel> least_ = LogLevel::kInfo;
  std::mutex mutex_;  // held for an enqueue, which never waits; lines are rare
  spdlog::logger direct_{"mpim", sink_};
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> queued_;
  size_t counted_drops_ = 0;
};

ProcessLog& process_log() {
  static ProcessLog log;
  return log;
}

bool needs_quotes(std::string_view value) {
  return value.empty() || std::ranges::any_of(value, [](unsigned char c) {
           return c <= ' ' || c == 0x7f || c == '"' || c == '=' || c == '\\';
         });
}

// A value can never end its line or its quotes, whoever chose it.
void append_escaped(std::string& line, std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      line += "\\n";
    else if (c == '\r')
      line += "\\r";
    else if (c == '\t')
      line += "\\t";
    else if (byte < ' ' || byte == 0x7f)
      line += fmt::format("\\x{:02x}", byte);
    else if (c == '"' || c == '\\')
      (line += '\\') += c;
    else
      line += c;
  }
}

void append_value(std::string& line, std::string_view value) {
  const bool cut = value.size() > kFieldBytesMax;
  value = value.substr(0, kFieldBytesMax);
  if (!cut && !needs_quotes(value)) {
    line += value;
    return;
  }
  line += '"';
  append_escaped(line, value);
  line += cut ? "...\"" : "\"";
}

Result<LogLevel> level_named(std::string_view level) {
  const auto* named = std::ranges::find(kLevelNames, level);
  if (named != kLevelNames.end()) return static_cast<LogLevel>(named - kLevelNames.begin());
  return Error{Code::kBadRequest, "a log level is trace, debug, info, warn or error, not `" +
                                      std::string(level) + "`"};
}

std::string now_text() {
  const auto now =
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1'000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(now)), ms);
}

}  // namespace

Result<void> start_log(std::string_view level, size_t queue_max) {
  MPIM_TRY(const LogLevel least, level_named(level));
  process_log().start(least, std::max<size_t>(queue_max, 1));
  return {};
}

Result<void> set_log_level(std::string_view level) {
  MPIM_TRY(const LogLevel least, level_named(level));
  process_log().set_level(least);
  return {};
}

void stop_log() { process_log().stop(); }

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!process_log().wanted(level)) return;
  std::string line = "ts=" + now_text();
  line += " level=";
  line += kLevelNames.at(static_cast<size_t>(level));
  line += " event=";
  append_value(line, event);
  for (const auto& [name, value] : fields) {
    (line += ' ') += name;
    line += '=';
    append_value(line, value.text());
  }
  process_log().write(line);
}

}  // namespace mpim
