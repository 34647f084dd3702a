#include "server/registry/zookeeper/zoo_registry.h"

#include <algorithm>
#include <future>
#include <utility>

#include "server/registry/lease_record.h"
#include "server/telemetry/log.h"
#include "server/telemetry/over_limit.h"

namespace mpim {
namespace {

constexpr Millis kLookAgain{50};
constexpr std::chrono::seconds kLeaveMax{2};
constexpr std::string_view kWanted = "wanted = ";

// A line for each field: "line = 127.0.0.1:9000".
std::string text_of(const NodeRecord& record) {
  const std::vector<std::string> fields = lease_fields(record);
  std::string text;
  for (size_t i = 0; i + 1 < fields.size(); i += 2)
    text += fields[i] + " = " + fields[i + 1] + "\n";
  return text;
}

std::vector<std::string> fields_of(std::string_view text) {
  std::vector<std::string> fields;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t sign = std::min(line.find(" = "), line.size());
    fields.emplace_back(line.substr(0, sign));
    fields.emplace_back(line.substr(std::min(sign + 3, line.size())));
  }
  return fields;
}

// Takes the order out of a record's text.
std::string take_wanted(std::string& text) {
  const size_t at = text.find(kWanted);
  if (at == std::string::npos) return {};
  const size_t end = std::min(text.find('\n', at), text.size());
  std::string wanted = text.substr(at + kWanted.size(), end - at - kWanted.size());
  text.erase(at, end - at + 1);
  return wanted;
}

void make_one(ZooClient& client, std::vector<std::string> paths,
              UniqueFunction<void(Result<bool>)> done) {
  if (paths.empty()) return done(true);
  const std::string first = paths.front();
  paths.erase(paths.begin());
  client.create(
      first, "", false,
      [&client, rest = std::move(paths), done = std::move(done)](const Result<bool>& made) mutable {
        if (!made.ok() && made.error().code != Code::kExists) return done(made.error());
        make_one(client, std::move(rest), std::move(done));
      });
}

}  // namespace

void make_zoo_places(ZooClient& client, UniqueFunction<void(Result<bool>)> done) {
  std::vector<std::string> paths;
  const std::string& root = client.root();
  for (size_t at = root.find('/', 1); at != std::string::npos; at = root.find('/', at + 1))
    paths.push_back(root.substr(0, at));
  for (const char* const below : {"", "/nodes", "/settings"}) paths.push_back(root + below);
  make_one(client, std::move(paths), std::move(done));
}

ZooRegistry::ZooRegistry(ZooClient& client, ZooRegistryOptions options)
    : client_(client),
      loop_(client.loop()),
      options_(options),
      nodes_(client.root() + "/nodes"),
      known_(loop_, [this](Task over) { read(std::move(over)); }) {}

Result<void> ZooRegistry::join(NodeRecord self, std::function<Load()> load) {
  std::promise<Result<void>> answer;
  const auto joined = std::make_shared<Joined>(
      [&answer](Result<void> result) { answer.set_value(std::move(result)); });
  loop_.post([this, self = std::move(self), load = std::move(load), joined]() mutable {
    self_ = std::move(self);
    load_ = std::move(load);
    try_to_join(loop_.clock().steady() + options_.patience, std::nullopt, joined);
  });
  return answer.get_future().get();
}

// The session of an earlier run ends within a lease: who is there still after it lives.
void ZooRegistry::try_to_join(Instant give_up, std::optional<Instant> conflict_at,
                              const std::shared_ptr<Joined>& joined) {
  const auto again = [this, give_up, joined](std::optional<Instant> when) {
    loop_.after(kLookAgain, [this, give_up, when, joined] { try_to_join(give_up, when, joined); });
  };
  if (!client_.up()) {
    if (loop_.clock().steady() < give_up) return again(conflict_at);
    log_warn("registry.joins_later", {{"why", client_.why()}});
    known_.stand(self_.run, {false, client_.why()});
    joined_ = true;
    beat();
    return (*joined)({});
  }
  take([this, conflict_at, joined, again](Result<Taken> taken) {
    if (!taken.ok() && taken.error().code == Code::kDenied)
      return (*joined)(Error{Code::kUnavailable, taken.error().message});
    if (!taken.ok()) return again(conflict_at);
    if (taken->was != Was::kAnothers) {
      joined_ = true;
      renewed(taken);
      beat();
      return refresh([joined] { (*joined)({}); });
    }
    const Instant now = loop_.clock().steady();
    if (conflict_at && now >= *conflict_at)
      return (*joined)(Error{Code::kConflict, "another node named " + self_.run.node.name +
                                                  " runs at " + taken->holder.line +
                                                  ": give this one another node.id"});
    if (conflict_at) return again(conflict_at);
    const Millis longest = std::max(taken->holder.lease, client_.session_length());
    log_info("registry.waiting", {{"node", self_.run.node.name},
                                  {"why", "an earlier run still holds the lease"},
                                  {"for_at_most_ms", longest.count()}});
    again(now + longest + longest / 4);
  });
}

void ZooRegistry::take(Take taken, bool made) {
  const Load load = load_();
  self_.connections = load.connections;
  self_.sessions = load.sessions;
  self_.settings = load.settings;
  self_.lease = client_.session_length();
  client_.get(place_of(self_.run.node), true,
              [this, made, taken = std::move(taken)](Result<ZooNode> node) mutable {
                if (node.ok()) return found(*node, made, std::move(taken));
                if (node.error().code == Code::kNotFound) return make(std::move(taken));
                taken(node.error());
              });
}

void ZooRegistry::make(Take taken) {
  if (left_) return taken(Error{Code::kUnavailable, "this node is going down"});
  client_.create(place_of(self_.run.node), text_of(self_), true,
                 [this, taken = std::move(taken)](const Result<bool>& made) mutable {
                   if (!made.ok() && made.error().code == Code::kNotFound)
                     return make_zoo_places(
                         client_, [taken = std::move(taken)](const Result<bool>& places) mutable {
                           taken(Error{Code::kUnavailable,
                                       places.ok() ? "not joined yet" : places.error().message});
                         });
                   if (!made.ok() && made.error().code != Code::kExists) return taken(made.error());
                   take(std::move(taken), made.ok());
                 });
}

void ZooRegistry::found(const ZooNode& node, bool made, Take taken) {
  std::string text = node.text;
  const std::string wanted = take_wanted(text);
  if (node.owner != client_.session()) {
    auto holder = record_from(self_.run.node, fields_of(text));
    return taken(Taken{Was::kAnothers, holder.ok() ? *std::move(holder) : NodeRecord{}, {}});
  }
  const Taken ours{made ? Was::kNobodys : Was::kOurs, {}, wanted};
  const std::string now = text_of(self_);
  if (now == node.text) return taken(ours);
  client_.set(place_of(self_.run.node), now, node.version,
              [this, made, ours, taken = std::move(taken)](const Result<ZooNode>& set) mutable {
                if (set.ok()) return taken(ours);
                const Code why = set.error().code;
                // Somebody has ordered something meanwhile, or the session is over.
                if (why == Code::kConflict || why == Code::kNotFound)
                  return take(std::move(taken), made);
                taken(set.error());
              });
}

void ZooRegistry::renew() {
  if (joined_ && client_.up()) take([this](const Result<Taken>& taken) { renewed(taken); });
}

void ZooRegistry::renewed(const Result<Taken>& taken) {
  if (!joined_) return;
  if (!taken.ok()) return known_.stand(self_.run, {false, taken.error().message});
  if (taken->was == Was::kAnothers)
    return known_.stand(self_.run,
                        {.held = false,
                         .why = "another node named " + self_.run.node.name + " runs at " +
                                taken->holder.line + " and holds the lease: end one of them",
                         .taken = true});
  const bool held_before = standing().held;
  known_.stand(self_.run, {true, {}, false});
  for (const NodeState state : {NodeState::kActive, NodeState::kDraining})
    if (taken->wanted == name_of(state) && ordered_) ordered_(state);
  const bool anew = taken->was == Was::kNobodys || !held_before;
  if (std::exchange(announce_, false)) announce();
  refresh([this, anew] {
    if (anew && regained_) regained_();
  });
}

void ZooRegistry::beat() {
  loop_.cancel(timer_);
  timer_ = loop_.after(options_.lease / 3, [this] {
    renew();
    beat();
  });
}

// Written anew is changed, whatever is written.
void ZooRegistry::announce() {
  client_.set(nodes_, self_.run.node.name, -1, [](const Result<ZooNode>&) {});
}

void ZooRegistry::changed(bool up) {
  if (!up) {
    if (joined_) known_.stand(self_.run, {false, client_.why()});
    return;
  }
  make_zoo_places(client_, [this](const Result<bool>&) { renew(); });
}

void ZooRegistry::watched(const std::string& path) {
  if (!joined_) return;
  if (path == place_of(self_.run.node)) return look_for_orders();
  if (path == nodes_) refresh([] {});
}

// Not a renewal, which may write and so be told to look again, for ever.
void ZooRegistry::look_for_orders() {
  client_.get(place_of(self_.run.node), true, [this](const Result<ZooNode>& node) {
    if (!node.ok() || node->text.find(kWanted) != std::string::npos) renew();
  });
}

void ZooRegistry::leave() {
  auto gone = std::make_shared<std::promise<void>>();
  loop_.post([this, gone] {
    const bool held = standing().held;
    joined_ = false;
    left_ = true;  // a renewal that is under way must not make it again
    loop_.cancel(timer_);
    if (!held) return gone->set_value();
    client_.remove(place_of(self_.run.node), [gone](const Result<bool>&) { gone->set_value(); });
  });
  gone->get_future().wait_for(kLeaveMax);
}

void ZooRegistry::set_state(NodeState state) {
  loop_.post([this, state] {
    self_.state = state;
    announce_ = true;
    renew();
  });
}

void ZooRegistry::set_channel(uint32_t channel) {
  loop_.post([this, channel] {
    self_.channel = channel;
    announce_ = true;
    renew();
  });
}

// This node itself is told without ZooKeeper, which may be away.
void ZooRegistry::order(const NodeId& node, NodeState state,
                        UniqueFunction<void(Result<void>)> done) {
  if (node == self_.run.node) {
    ordered_(state);
    return done({});
  }
  loop_.post([this, node, state, done = std::move(done)]() mutable {
    client_.get(place_of(node), false,
                [this, node, state, done = std::move(done)](Result<ZooNode> found) mutable {
                  if (!found.ok() && found.error().code == Code::kNotFound)
                    return done(Error{Code::kNotFound, "no node named " + node.name + " lives"});
                  if (!found.ok()) return done(found.error());
                  (void)take_wanted(found->text);
                  const std::string text =
                      found->text + std::string(kWanted) + std::string(name_of(state)) + "\n";
                  client_.set(place_of(node), text, found->version,
                              [this, node, state,
                               done = std::move(done)](const Result<ZooNode>& set) mutable {
                                if (set.ok()) return done({});
                                const Code why = set.error().code;
                                if (why == Code::kConflict || why == Code::kNotFound)
                                  return order(node, state, std::move(done));
                                done(set.error());
                              });
                });
  });
}

void ZooRegistry::read(Task over) {
  client_.get(nodes_, true, [](const Result<ZooNode>&) {});  // to watch it
  client_.children(
      nodes_, true,
      [this, over = std::move(over)](const Result<std::vector<std::string>>& names) mutable {
        if (!names.ok()) {
          if (names.error().code == Code::kDenied) known_.blind(names.error());
          return over();
        }
        std::vector<std::string> read = *names;
        if (read.size() > options_.nodes_max) {
          read.resize(options_.nodes_max);
          note_over_limit("nodes", options_.nodes_max, loop_.clock().steady());
        }
        gather(read, std::move(over));
      });
}

void ZooRegistry::take_record(const std::string& name, const ZooNode& node,
                              std::vector<KnownNodes::Known>& found) {
  const Instant now = loop_.clock().steady();
  Result<NodeRecord> record = record_from(NodeId{name}, fields_of(node.text));
  if (!record.ok() && record.error().code == Code::kTooLarge)
    note_over_limit("texts of a lease", kLeaseTextBytes, now);
  if (record.ok()) found.push_back({*record, now + record->lease});
}

// What is read here lives as of now: the others' sessions end no sooner than ours would.
void ZooRegistry::gather(const std::vector<std::string>& names, Task done) {
  struct Gathering {
    std::vector<KnownNodes::Known> found;
    size_t left;
    Task done;
    std::optional<Error> denied = {};
  };
  const auto gathering = std::make_shared<Gathering>(Gathering{{}, names.size(), std::move(done)});
  const auto keep = [this, gathering] {
    if (gathering->denied) {
      known_.blind(*gathering->denied);
    } else {
      known_.keep(std::move(gathering->found));
    }
    gathering->done();
  };
  if (names.empty()) return keep();
  for (const std::string& name : names) {
    client_.get(nodes_ + "/" + name, false,
                [this, name, gathering, keep](const Result<ZooNode>& node) {
                  if (node.ok()) take_record(name, *node, gathering->found);
                  if (!node.ok() && node.error().code == Code::kDenied)
                    gathering->denied = node.error();
                  if (--gathering->left == 0) keep();
                });
  }
}

}  // namespace mpim
