// Counters and histograms that cost a few nanoseconds, and the Prometheus text of them.
//
// Threads  count() and observe() from any, each on memory of its own thread; render() sums them up.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/core/errors.h"

namespace mpim {

// Each is one row of the table in metrics.cc: Prometheus name, labels and help. Sorted.
enum class Counter : uint16_t {
  kBusDropped,    // mpim_bus_dropped_total: envelopes that reached nobody
  kBusPublished,  // mpim_bus_published_total: packets for other nodes
  kBusReceived,   // mpim_bus_received_total: packets from other nodes
  kBytesIn,       // mpim_bytes_in_total
  kBytesOut,      // mpim_bytes_out_total
  // mpim_cache_hits_total, by cache and by the level that had the answer: a node's memory before
  // Redis and the database.
  kCacheLogDatabase,  // entries of a log
  kCacheLogMemory,
  kCacheProfilesDatabase,
  kCacheProfilesMemory,
  kCacheRightsDatabase,  // who may send to whom
  kCacheRightsMemory,
  kCacheRoutesMemory,  // on which other nodes a user is
  kCacheRoutesRedis,
  kCatchUpPages,         // mpim_catch_up_pages_total: log reads by sessions that were behind
  kConnectionsAccepted,  // mpim_connections_accepted_total
  kConnectionsRefused,   // mpim_connections_refused_total
  kConnectionsSilent,    // mpim_connections_silent_total: closed, having answered no heartbeat
  kCursorWrites,         // mpim_cursor_writes_total
  kDeadLetters,          // mpim_dead_letters_total: queued sends that could not be stored
  kDeliveriesAcked,      // mpim_deliveries_acked_total
  kDeliveriesDead,       // mpim_deliveries_dead_total: sessions closed for want of an ACK
  kDeliveriesPushed,     // mpim_deliveries_pushed_total
  kDeliveriesRepushed,   // mpim_deliveries_repushed_total
  // mpim_fanout_recipients_total: where who is written to was when the message was fanned out.
  kFanoutAway,
  kFanoutElsewhere,
  kFanoutHere,
  kIntakeAcksNotKept,     // mpim_intake_acks_not_kept_total: attempts to queue one that failed
  kIntakeAcksQueued,      // mpim_intake_acks_queued_total: acknowledgements that were queued
  kIntakeAcksRefused,     // mpim_intake_acks_refused_total: of them, not legal any more
  kIntakeAcksRetries,     // mpim_intake_acks_retries_total: attempts to store one that failed
  kIntakeAcksStored,      // mpim_intake_acks_stored_total
  kIntakeClaimed,         // mpim_intake_claimed_total: queued sends taken over from another node
  kIntakeQueued,          // mpim_intake_queued_total: sends answered with a ticket
  kIntakeRefused,         // mpim_intake_refused_total: queued sends that the store refused
  kIntakeRetries,         // mpim_intake_retries_total: attempts to store a queued send that failed
  kIntakeStored,          // mpim_intake_stored_total: queued sends that were stored
  kLogDropped,            // mpim_log_dropped_total
  kLoginsFailed,          // mpim_logins_failed_total
  kLoginsOk,              // mpim_logins_total
  kMessagesDuplicate,     // mpim_messages_duplicate_total: repeats of a client id
  kMessagesRefused,       // mpim_messages_refused_total
  kMessagesSent,          // mpim_messages_sent_total: stored and answered
  kOverLimit,             // mpim_over_limit_total: what came from Redis, cut or passed over
  kRedisCommands,         // mpim_redis_commands_total: sent
  kRedisReconnects,       // mpim_redis_reconnects_total: attempts after a connection was lost
  kRequests,              // mpim_requests_total
  kRetentionDropped,      // mpim_retention_dropped_total: entries deleted because of their age
  kRetentionExpired,      // mpim_retention_expired_total: entries too old to be pushed any more
  kRetentionRuns,         // mpim_retention_runs_total: of the job, to its end
  kSearchesFailed,        // mpim_searches_failed_total: refused, or not answered
  kSearches,              // mpim_searches_total: answered
  kStoreBatches,          // mpim_store_batches_total: transactions synced
  kStoreConnects,         // mpim_store_connects_total: connections made to a database server
  kStoreFailures,         // mpim_store_failures_total
  kStoreJobs,             // mpim_store_jobs_total: jobs in those transactions
  kStoreOverdue,          // mpim_store_overdue_total: jobs that waited too long to begin
  kStorePackedFromBytes,  // mpim_store_packed_from_bytes_total: of texts before they were packed
  kStorePackedToBytes,    // mpim_store_packed_to_bytes_total: and after
  kStoreRetries,          // mpim_store_retries_total: transactions done again for others' sake
  kStoreStatements,       // mpim_store_statements_total: run on those connections
  kSweepWakes,            // mpim_sweep_wakes_total: heads that a session had not heard of
  kCount
};

enum class Histogram : uint8_t {
  kMessageSeconds,      // mpim_messages_processing_seconds: from request to answer
  kSearchSeconds,       // mpim_search_seconds: from request to answer
  kStoreCommitSeconds,  // mpim_store_commit_seconds
  kStoreWaitSeconds,    // mpim_store_wait_seconds: from submit to the transaction's start
  kCount
};

void count(Counter counter, uint64_t by = 1);
void count_error(Code code);  // mpim_errors_total: a request was answered with it
void observe(Histogram histogram, double seconds);
uint64_t counted(Counter counter);  // summed over all threads; for tests and reports

// Tells apart what is measured of several things: {"shard", "3"}.
struct GaugeLabel {
  std::string name;
  std::string value;
};

// A gauge is asked when somebody looks; several of one name are shown as their sum.
// Threads  `read` may run on any thread, under the metrics' lock: it must not wait, nor make or end
//          a gauge.
// Lifetime until the handle dies; its destructor returns only when no `read` is running.
class Gauge {
 public:
  Gauge() = default;
  Gauge(std::string name, std::string help, std::function<double()> read, GaugeLabel label = {});
  ~Gauge();
  Gauge(Gauge&& other) noexcept;
  Gauge& operator=(Gauge&& other) noexcept;

 private:
  uint64_t key_ = 0;
};

// Everything, in Prometheus text format 0.0.4.
std::string render_metrics();

}  // namespace mpim
