// One worker: a loop, the services on it, its sessions and its connections.
#pragma once

#include <atomic>
#include <memory>
#include <span>

#include "server/bus/bus.h"
#include "server/gateway/gateway.h"
#include "server/node/worker_directory.h"

namespace mpim {

struct WorkerOptions {
  UserServiceOptions users;
  SessionLimits sessions;
  Millis cursor_flush{500};
  GatewayOptions gateway;
  TypingOptions typing;
  size_t watched_max = kWatched.standard;
};

// What all workers share.
struct WorkerShared {
  Storage& storage;
  Directory& directory;
  Bus& bus;
  PasswordHasher& hasher;
  LoginGuard& guard;
  SigningKeys& keys;
  PresenceBoard& presence;
  RateLimit& rates;
  Search* search;  // null: it is turned off
  LiveSessions& live;
  ProfileCache& profiles;
  Intake* intake = nullptr;   // null: sends are stored, or refused
  AckIntake* acks = nullptr;  // as `intake`, for what was received and read
};

// Threads  deliver() and silence() from any; the loop owns everything else.
// Lifetime stop its loop, dismantle(), stop the storage, then destroy it: what is under way in the
//          storage still names the loop.
class Worker {
 public:
  Worker(uint32_t index, uint32_t count, const WorkerShared& shared, const WorkerOptions& options);

  EventLoop& loop() { return loop_; }
  Gateway& gateway() { return *gateway_; }
  Hub& hub() { return *hub_; }
  PresenceService& presence() { return presence_; }

  void start();
  // What may change while the loop runs; from any thread.
  void follow(const WorkerOptions& options);
  // Posts what may concern this worker, all of it in one task.
  void deliver(std::span<const EnvelopePtr> envelopes);
  // How long the loop has not turned.
  Millis silence() const;
  void dismantle();

 private:
  void beat();

  EventLoop loop_;
  WorkerDirectory directory_;
  Fanout fanout_;
  UserService users_;
  GroupService groups_;
  MessageService messages_;
  PeopleService people_;
  PresenceService presence_;
  TypingService typing_;
  SearchService search_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<Gateway> gateway_;
  std::atomic<int64_t> beat_ms_{0};
};

}  // namespace mpim
