#include "server/registry/lease_record.h"

#include <algorithm>
#include <charconv>

#include "server/core/limits.h"

namespace mpim {
namespace {

template <class Number>
void read(const std::string& text, Number& into) {
  (void)std::from_chars(text.data(), text.data() + text.size(), into);
}

}  // namespace

std::vector<std::string> lease_fields(const NodeRecord& record) {
  return {"epoch",       std::to_string(record.run.epoch),
          "line",        record.line,
          "ws",          record.ws,
          "http",        record.http,
          "version",     record.version,
          "started",     std::to_string(record.started.ms),
          "state",       std::string(name_of(record.state)),
          "lease_ms",    std::to_string(record.lease.count()),
          "channel",     std::to_string(record.channel),
          "connections", std::to_string(record.connections),
          "sessions",    std::to_string(record.sessions),
          "settings",    std::to_string(record.settings)};
}

Result<NodeRecord> record_from(const NodeId& node, const std::vector<std::string>& fields) {
  const auto too_long = [](const std::string& text) { return text.size() > kLeaseTextBytes; };
  if (fields.size() > 2 * kLeaseFields || std::ranges::any_of(fields, too_long))
    return Error{Code::kTooLarge, "the lease of a node has more in it than any of ours"};
  NodeRecord record;
  record.run.node = node;
  for (size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string& name = fields[i];
    const std::string& value = fields[i + 1];
    if (name == "epoch") read(value, record.run.epoch);
    if (name == "line") record.line = value;
    if (name == "ws") record.ws = value;
    if (name == "http") record.http = value;
    if (name == "version") record.version = value;
    if (name == "started") read(value, record.started.ms);
    if (name == "state" && value == "draining") record.state = NodeState::kDraining;
    if (name == "lease_ms") {
      int64_t lease_ms = 0;
      read(value, lease_ms);
      record.lease = Millis(lease_ms);
    }
    if (name == "channel") read(value, record.channel);
    if (name == "connections") read(value, record.connections);
    if (name == "sessions") read(value, record.sessions);
    if (name == "settings") read(value, record.settings);
  }
  if (record.run.epoch == 0) return Error{Code::kNotFound, "no lease of ours"};
  return record;
}

}  // namespace mpim
