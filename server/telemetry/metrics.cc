#include "server/telemetry/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "server/telemetry/process_gauges.h"

namespace mpim {
namespace {

struct Label {
  std::string_view name;  // empty: none
  std::string_view value;
};

// Neighbours of one name are one family, told apart by their labels.
template <class Key>
struct MetricRow {
  Key key;
  std::string_view name;
  std::string_view help;
  std::array<Label, 2> labels{};
};

constexpr std::string_view kCacheHits = "mpim_cache_hits_total";
constexpr std::string_view kCacheHitsHelp = "Questions, by the level of a cache that answered.";
constexpr std::string_view kRecipients = "mpim_fanout_recipients_total";
constexpr std::string_view kRecipientsHelp =
    "Whom messages of two users were for: on this node, on another one, or away.";

// sorted
constexpr auto kCounters = std::to_array<MetricRow<Counter>>({
    {Counter::kBusDropped, "mpim_bus_dropped_total",
     "Envelopes that were for another node, or that no node could be given."},
    {Counter::kBusPublished, "mpim_bus_published_total", "Packets published for other nodes."},
    {Counter::kBusReceived, "mpim_bus_received_total", "Packets received from other nodes."},
    {Counter::kBytesIn, "mpim_bytes_in_total", "Bytes read from clients."},
    {Counter::kBytesOut, "mpim_bytes_out_total", "Bytes written to clients."},
    {Counter::kCacheLogDatabase,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "log"}, {"level", "database"}}}},
    {Counter::kCacheLogMemory,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "log"}, {"level", "memory"}}}},
    {Counter::kCacheProfilesDatabase,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "profiles"}, {"level", "database"}}}},
    {Counter::kCacheProfilesMemory,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "profiles"}, {"level", "memory"}}}},
    {Counter::kCacheRightsDatabase,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "rights"}, {"level", "database"}}}},
    {Counter::kCacheRightsMemory,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "rights"}, {"level", "memory"}}}},
    {Counter::kCacheRoutesMemory,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "routes"}, {"level", "memory"}}}},
    {Counter::kCacheRoutesRedis,
     kCacheHits,
     kCacheHitsHelp,
     {{{"cache", "routes"}, {"level", "redis"}}}},
    {Counter::kCatchUpPages, "mpim_catch_up_pages_total",
     "Pages of the log read by sessions that were behind."},
    {Counter::kConnectionsAccepted, "mpim_connections_accepted_total", "Connections accepted."},
    {Counter::kConnectionsRefused, "mpim_connections_refused_total",
     "Connections refused, or closed to make room, because a bound was reached."},
    {Counter::kConnectionsSilent, "mpim_connections_silent_total",
     "Connections closed because they answered no heartbeat."},
    {Counter::kCursorWrites, "mpim_cursor_writes_total", "Cursors written to the store."},
    {Counter::kDeadLetters, "mpim_dead_letters_total",
     "Queued sends that could not be stored and were put aside."},
    {Counter::kDeliveriesAcked, "mpim_deliveries_acked_total", "Entries acknowledged by devices."},
    {Counter::kDeliveriesDead, "mpim_deliveries_dead_total",
     "Sessions closed because they did not acknowledge."},
    {Counter::kDeliveriesPushed, "mpim_deliveries_pushed_total", "Entries pushed to devices."},
    {Counter::kDeliveriesRepushed, "mpim_deliveries_repushed_total",
     "Entries pushed again for want of an acknowledgement."},
    {Counter::kFanoutAway, kRecipients, kRecipientsHelp, {{{"where", "away"}}}},
    {Counter::kFanoutElsewhere, kRecipients, kRecipientsHelp, {{{"where", "elsewhere"}}}},
    {Counter::kFanoutHere, kRecipients, kRecipientsHelp, {{{"where", "here"}}}},
    {Counter::kIntakeAcksNotKept, "mpim_intake_acks_not_kept_total",
     "Attempts to queue an acknowledgement, the store being away, that failed."},
    {Counter::kIntakeAcksQueued, "mpim_intake_acks_queued_total",
     "Acknowledgements that were queued while the store was away."},
    {Counter::kIntakeAcksRefused, "mpim_intake_acks_refused_total",
     "Queued acknowledgements that were dropped: they were not legal any more."},
    {Counter::kIntakeAcksRetries, "mpim_intake_acks_retries_total",
     "Attempts to store a queued acknowledgement that failed."},
    {Counter::kIntakeAcksStored, "mpim_intake_acks_stored_total",
     "Queued acknowledgements that were stored."},
    {Counter::kIntakeClaimed, "mpim_intake_claimed_total",
     "Queued sends that another node had taken and not stored."},
    {Counter::kIntakeQueued, "mpim_intake_queued_total",
     "Sends that were queued while the store was away."},
    {Counter::kIntakeRefused, "mpim_intake_refused_total",
     "Queued sends that were refused when they were to be stored."},
    {Counter::kIntakeRetries, "mpim_intake_retries_total",
     "Attempts to store a queued send that failed."},
    {Counter::kIntakeStored, "mpim_intake_stored_total", "Queued sends that were stored."},
    {Counter::kLogDropped, "mpim_log_dropped_total",
     "Log lines dropped because the queue was full."},
    {Counter::kLoginsFailed, "mpim_logins_failed_total", "Log-ins refused."},
    {Counter::kLoginsOk, "mpim_logins_total", "Log-ins accepted."},
    {Counter::kMessagesDuplicate, "mpim_messages_duplicate_total",
     "Sends that repeated a client id and were answered with the first id."},
    {Counter::kMessagesRefused, "mpim_messages_refused_total", "Sends refused."},
    {Counter::kMessagesSent, "mpim_messages_sent_total", "Messages stored and answered."},
    {Counter::kOverLimit, "mpim_over_limit_total",
     "What Redis, the registry or other nodes handed out beyond a limit: cut, or passed over."},
    {Counter::kRedisCommands, "mpim_redis_commands_total", "Commands sent to Redis."},
    {Counter::kRedisReconnects, "mpim_redis_reconnects_total",
     "Attempts to reach Redis again after a connection was lost."},
    {Counter::kRequests, "mpim_requests_total", "Requests of all protocols."},
    {Counter::kRetentionDropped, "mpim_retention_dropped_total",
     "Entries deleted because of their age."},
    {Counter::kRetentionExpired, "mpim_retention_expired_total",
     "Entries that became too old to be pushed."},
    {Counter::kRetentionRuns, "mpim_retention_runs_total", "Runs of the retention job."},
    {Counter::kSearchesFailed, "mpim_searches_failed_total",
     "Searches that were refused or failed."},
    {Counter::kSearches, "mpim_searches_total", "Searches answered."},
    {Counter::kStoreBatches, "mpim_store_batches_total", "Transactions committed and synced."},
    {Counter::kStoreConnects, "mpim_store_connects_total",
     "Connections that were made to the database server."},
    {Counter::kStoreFailures, "mpim_store_failures_total", "Transactions that failed."},
    {Counter::kStoreJobs, "mpim_store_jobs_total", "Jobs in the transactions."},
    {Counter::kStoreOverdue, "mpim_store_overdue_total",
     "Jobs that were refused because they had waited too long to begin."},
    {Counter::kStorePackedFromBytes, "mpim_store_packed_from_bytes_total",
     "Texts that were compressed before they were stored: their bytes before."},
    {Counter::kStorePackedToBytes, "mpim_store_packed_to_bytes_total",
     "Texts that were compressed before they were stored: their bytes after."},
    {Counter::kStoreRetries, "mpim_store_retries_total",
     "Transactions that were done again because another one stood in their way."},
    {Counter::kStoreStatements, "mpim_store_statements_total",
     "Statements that the database server was asked to run."},
    {Counter::kSweepWakes, "mpim_sweep_wakes_total",
     "Conversations that had moved without a session hearing of it."},
});
static_assert(kCounters.size() == static_cast<size_t>(Counter::kCount));
static_assert(std::ranges::is_sorted(kCounters, {}, &MetricRow<Counter>::key));
static_assert(std::ranges::is_sorted(kCounters, {}, &MetricRow<Counter>::name));

// sorted
constexpr auto kHistograms = std::to_array<MetricRow<Histogram>>({
    {Histogram::kMessageSeconds, "mpim_messages_processing_seconds",
     "From a send's arrival to its answer."},
    {Histogram::kSearchSeconds, "mpim_search_seconds", "From a search's arrival to its answer."},
    {Histogram::kStoreCommitSeconds, "mpim_store_commit_seconds",
     "One transaction, its sync included."},
    {Histogram::kStoreWaitSeconds, "mpim_store_wait_seconds",
     "From a job's submission to its transaction's start."},
});
static_assert(kHistograms.size() == static_cast<size_t>(Histogram::kCount));
static_assert(std::ranges::is_sorted(kHistograms, {}, &MetricRow<Histogram>::key));
static_assert(std::ranges::is_sorted(kHistograms, {}, &MetricRow<Histogram>::name));

// Upper bounds in seconds, from a quick memory access to a disk in distress.
constexpr std::array kBuckets{50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
                              50e-3, 0.1,    0.25,   0.5,    1.0,  2.5,    5.0,  10.0};
static_assert(std::ranges::is_sorted(kBuckets));

// Written by one thread at a time and read by any, so that counting costs a plain load and store.
using Cell = std::atomic<uint64_t>;
void add(Cell& cell, uint64_t by) {
  cell.store(cell.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

struct HistogramCells {
  std::array<Cell, kBuckets.size() + 1>
      buckets{};  // each its own share; the last is above all bounds
  Cell sum_ns{};
};

// What one thread counted. It outlives its thread, and a later thread goes on with it: sums never
// fall, and memory stays at the most threads there ever were at once.
struct alignas(64) ThreadCells {
  std::array<Cell, kCounters.size()> counters{};
  std::array<Cell, static_cast<size_t>(Code::kVersion) + 1> errors{};
  std::array<HistogramCells, kHistograms.size()> histograms{};
};

struct GaugeEntry {
  std::string name;
  std::string help;
  std::function<double()> read;
  GaugeLabel label;
};

struct Registry {
  std::mutex mutex;
  std::vector<std::unique_ptr<ThreadCells>> cells;
  std::vector<ThreadCells*> free_cells;
  std::map<uint64_t, GaugeEntry> gauges;
  uint64_t last_gauge = 0;
};

// Never destroyed: a thread may still count while the process exits.
Registry& registry() {
  static Registry* const kept = std::make_unique<Registry>().release();
  return *kept;
}

thread_local ThreadCells* own_cells = nullptr;

// Gives a thread's cells back when it ends.
struct CellsLease {
  ~CellsLease() {
    const std::lock_guard lock(registry().mutex);
    registry().free_cells.push_back(std::exchange(own_cells, nullptr));
  }
};

ThreadCells& take_cells() {
  Registry& all = registry();
  {
    const std::lock_guard lock(all.mutex);
    if (all.free_cells.empty()) {
      own_cells = all.cells.emplace_back(std::make_unique<ThreadCells>()).get();
    } else {
      own_cells = all.free_cells.back();
      all.free_cells.pop_back();
    }
  }
  thread_local const CellsLease lease;
  return *own_cells;
}

ThreadCells& cells() { return own_cells != nullptr ? *own_cells : take_cells(); }

template <class Read>
uint64_t summed(const Registry& all, Read read) {
  uint64_t sum = 0;
  for (const auto& cells : all.cells) sum += read(*cells).load(std::memory_order_relaxed);
  return sum;
}

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(std::string_view name, std::string_view help, MetricType type) {
  return {std::string(name), std::string(help), type, std::vector<prometheus::ClientMetric>(1)};
}

MetricFamily gauge_family(std::string_view name, std::string_view help, double value) {
  MetricFamily made = family(name, help, MetricType::Gauge);
  made.metric.front().gauge.value = value;
  return made;
}

MetricFamily counter_family(std::string_view name, std::string_view help, double value) {
  MetricFamily made = family(name, help, MetricType::Counter);
  made.metric.front().counter.value = value;
  return made;
}

void append_counter_families(const Registry& all, std::vector<MetricFamily>& out) {
  for (const auto& row : kCounters) {
    const auto value = static_cast<double>(summed(
        all, [&](auto& cells) -> auto& { return cells.counters[static_cast<size_t>(row.key)]; }));
    const bool beside = !out.empty() && out.back().name == row.name;
    if (beside)
      out.back().metric.emplace_back().counter.value = value;
    else
      out.push_back(counter_family(row.name, row.help, value));
    for (const Label& label : row.labels)
      if (!label.name.empty())
        out.back().metric.back().label.push_back(
            {std::string(label.name), std::string(label.value)});
  }
}

MetricFamily error_family(const Registry& all) {
  MetricFamily made{"mpim_errors_total",
                    "Requests that were answered with an error, by its code.",
                    MetricType::Counter,
                    {}};
  for (const CodeEntry& code : all_codes()) {
    const auto index = static_cast<size_t>(code.code);
    prometheus::ClientMetric& shown = made.metric.emplace_back();
    shown.label = {{"code", std::string(code.name)}};
    shown.counter.value = static_cast<double>(summed(
        all, [&](auto& cells) -> auto& { return cells.errors[index]; }));
  }
  return made;
}

MetricFamily histogram_family(const Registry& all, const MetricRow<Histogram>& row) {
  const auto index = static_cast<size_t>(row.key);
  MetricFamily made = family(row.name, row.help, MetricType::Histogram);
  prometheus::ClientMetric::Histogram& shown = made.metric.front().histogram;
  for (size_t i = 0; i <= kBuckets.size(); ++i) {
    shown.sample_count += summed(
        all, [&](auto& cells) -> auto& { return cells.histograms[index].buckets[i]; });
    if (i < kBuckets.size()) shown.bucket.push_back({shown.sample_count, kBuckets[i]});
  }
  const uint64_t sum_ns = summed(
      all, [&](auto& cells) -> auto& { return cells.histograms[index].sum_ns; });
  shown.sample_sum = static_cast<double>(sum_ns) / 1e9;
  return made;
}

MetricFamily build_family() {
  MetricFamily made = gauge_family("mpim_build_info", "The version that runs.", 1);
  made.metric.front().label = {{"version", MPIM_VERSION}};
  return made;
}

void append_process_families(std::vector<MetricFamily>& out) {
  out.push_back(counter_family("process_cpu_seconds_total", "User and system time of all threads.",
                               cpu_seconds()));
  out.push_back(
      gauge_family("process_max_fds", "The most open files there may be.", open_files_max()));
  out.push_back(gauge_family("process_open_fds", "Open files.", open_files()));
  out.push_back(
      gauge_family("process_resident_memory_bytes", "Resident memory.", resident_memory_bytes()));
  out.push_back(
      gauge_family("process_start_time_seconds", "When the process began.", start_time_seconds()));
}

// Gauges of one name (each worker's, say) are one family; those of one label their sum.
void append_gauge_families(const Registry& all, std::vector<MetricFamily>& out) {
  std::map<std::string_view, MetricFamily> named;
  std::map<std::pair<std::string_view, std::string_view>, size_t> places;
  for (const auto& [key, entry] : all.gauges) {
    MetricFamily& made =
        named.try_emplace(entry.name, MetricFamily{entry.name, entry.help, MetricType::Gauge, {}})
            .first->second;
    const auto [at, fresh] =
        places.try_emplace({entry.name, entry.label.value}, made.metric.size());
    if (fresh) {
      prometheus::ClientMetric& first = made.metric.emplace_back();
      if (!entry.label.name.empty()) first.label = {{entry.label.name, entry.label.value}};
    }
    made.metric[at->second].gauge.value += entry.read();
  }
  for (auto& [name, made] : named) out.push_back(std::move(made));
}

}  // namespace

void count(Counter counter, uint64_t by) {
  add(cells().counters[static_cast<size_t>(counter)], by);
}

void count_error(Code code) { add(cells().errors[static_cast<size_t>(code)], 1); }

void observe(Histogram histogram, double seconds) {
  if (!(seconds > 0)) seconds = 0;  // a clock that jumped back, or no number at all
  const auto bucket = std::ranges::lower_bound(kBuckets, seconds) - kBuckets.begin();
  HistogramCells& own = cells().histograms[static_cast<size_t>(histogram)];
  add(own.buckets[static_cast<size_t>(bucket)], 1);
  add(own.sum_ns, static_cast<uint64_t>(std::min(seconds, 1e6) * 1e9));
}

uint64_t counted(Counter counter) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  return summed(
      all, [&](auto& cells) -> auto& { return cells.counters[static_cast<size_t>(counter)]; });
}

Gauge::Gauge(std::string name, std::string help, std::function<double()> read, GaugeLabel label) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  key_ = ++all.last_gauge;
  all.gauges.emplace(
      key_, GaugeEntry{std::move(name), std::move(help), std::move(read), std::move(label)});
}

Gauge::~Gauge() {
  if (key_ == 0) return;
  const std::lock_guard lock(registry().mutex);
  registry().gauges.erase(key_);
}

Gauge::Gauge(Gauge&& other) noexcept : key_(std::exchange(other.key_, 0)) {}

Gauge& Gauge::operator=(Gauge&& other) noexcept {
  Gauge gone(std::move(*this));
  key_ = std::exchange(other.key_, 0);
  return *this;
}

std::string render_metrics() {
  std::vector<MetricFamily> families{build_family()};
  Registry& all = registry();
  {
    const std::lock_guard lock(all.mutex);
    append_counter_families(all, families);
    families.push_back(error_family(all));
    for (const auto& row : kHistograms) families.push_back(histogram_family(all, row));
    append_gauge_families(all, families);
  }
  append_process_families(families);
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  return text.str();
}

}  // namespace mpim
