#include "server/registry/zookeeper/zoo_client.h"

#include <zookeeper/zookeeper.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mpim {
namespace {

constexpr Millis kAgain{200};

Error error_of(int code) {
  const std::string why = std::string("ZooKeeper: ") + zerror(code);
  switch (code) {
    case ZNONODE: return {Code::kNotFound, why};
    case ZNODEEXISTS: return {Code::kExists, why};
    case ZBADVERSION: return {Code::kConflict, why};
    case ZNOAUTH:
    case ZAUTHFAILED:
      return {Code::kDenied, why +
                                 ": what is there belongs to another user; mend USER:PASSWORD@ in "
                                 "registry.url, or name another path there"};
    default: return {Code::kUnavailable, why};
  }
}

std::string words_for(int state, const std::string& hosts) {
  if (state == ZOO_EXPIRED_SESSION_STATE) return "ZooKeeper has ended the session";
  if (state == ZOO_AUTH_FAILED_STATE) return "ZooKeeper refuses us";
  return "ZooKeeper is away: not connected to " + hosts;
}

ZooNode node_of(std::string text, const Stat& stat) {
  return {std::move(text), stat.version, stat.mzxid, stat.ephemeralOwner};
}

}  // namespace

// Everything here runs on the C client's threads, and posts.
struct ZooClient::Calls {
  // What the C client hands back as a pointer.
  template <class T>
  struct Asked {
    EventLoop& loop;
    Done<T> done;
  };
  struct Watching {
    ZooClient& client;
    uint64_t run;
  };

  template <class T>
  static void answer(const void* data, Result<T> result) {
    std::unique_ptr<Asked<T>> asked(static_cast<Asked<T>*>(const_cast<void*>(data)));
    EventLoop& loop = asked->loop;
    loop.post([done = std::move(asked->done), result = std::move(result)]() mutable {
      done(std::move(result));
    });
  }
  static void made(int code, const char*, const void* data) {
    answer<bool>(data, code == ZOK ? Result(true) : error_of(code));
  }
  static void removed(int code, const void* data) {
    answer<bool>(data, code == ZOK ? Result(true) : error_of(code));
  }
  static void read(int code, const char* text, int bytes, const Stat* stat, const void* data) {
    if (code != ZOK) return answer<ZooNode>(data, error_of(code));
    const auto size = static_cast<size_t>(std::max(bytes, 0));
    answer<ZooNode>(data, node_of(text != nullptr ? std::string(text, size) : "", *stat));
  }
  static void written(int code, const Stat* stat, const void* data) {
    if (code != ZOK) return answer<ZooNode>(data, error_of(code));
    answer<ZooNode>(data, node_of("", *stat));
  }
  static void listed(int code, const String_vector* names, const void* data) {
    if (code != ZOK) return answer<std::vector<std::string>>(data, error_of(code));
    answer<std::vector<std::string>>(
        data, std::vector<std::string>(names->data, names->data + names->count));
  }
  static void event(zhandle_t* handle, int type, int state, const char* path, void*) {
    const auto* watching = static_cast<const Watching*>(zoo_get_context(handle));
    ZooClient& client = watching->client;
    if (type == ZOO_SESSION_EVENT)
      return client.loop_.post(
          [&client, run = watching->run, state] { client.session_event(run, state); });
    client.loop_.post([&client, run = watching->run, changed = std::string(path)] {
      if (run == client.run_ && client.watched_) client.watched_(changed);
    });
  }

  // Hands a question over, or answers why it cannot.
  template <class T, class Ask>
  static void ask(ZooClient& client, Done<T> done, Ask hand_over) {
    if (!client.up_) return done(Error{Code::kUnavailable, client.why()});
    auto asked = std::make_unique<Asked<T>>(Asked<T>{client.loop_, std::move(done)});
    const int code = hand_over(client.handle_, asked.get());
    if (code == ZOK) {
      (void)asked.release();
    } else {
      asked->done(error_of(code));
    }
  }
};

ZooClient::ZooClient(EventLoop& loop, ZooAddress address, Millis session)
    : loop_(loop), address_(std::move(address)), session_(session) {
  zoo_set_debug_level(static_cast<ZooLogLevel>(0));  // its lines are not like ours
}

ZooClient::~ZooClient() { close(); }

void ZooClient::start() {
  stopped_ = false;
  open();
}

void ZooClient::stop() {
  stopped_ = true;
  loop_.cancel(again_);
  close();
}

void ZooClient::open() {
  if (stopped_) return;
  // It lives as long as the handle, and some bytes longer: the last event may still name it.
  auto watching = std::make_unique<Calls::Watching>(Calls::Watching{*this, ++run_});
  handle_ = zookeeper_init(address_.hosts.c_str(), Calls::event, static_cast<int>(session_.count()),
                           nullptr, watching.get(), 0);
  if (handle_ != nullptr) {
    (void)watching.release();
    if (!address_.who.empty())
      zoo_add_auth(handle_, "digest", address_.who.data(), static_cast<int>(address_.who.size()),
                   nullptr, nullptr);
    return give_up_later();
  }
  set_up(false, "ZooKeeper at " + address_.hosts + ": " + std::strerror(errno));
  again_ = loop_.after(kAgain, [this] { open(); });
}

// The session is over by then. A server that has lost what it knew would turn its client away for
// ever, because that has seen more than the server has.
void ZooClient::give_up_later() {
  loop_.cancel(again_);
  again_ = loop_.after(2 * session_, [this] {
    if (up_ || stopped_) return;
    close();
    open();
  });
}

void ZooClient::close() {
  up_ = false;
  if (handle_ == nullptr) return;
  std::unique_ptr<Calls::Watching> watching(
      static_cast<Calls::Watching*>(const_cast<void*>(zoo_get_context(handle_))));
  zookeeper_close(std::exchange(handle_, nullptr));
}

void ZooClient::session_event(uint64_t run, int state) {
  if (run != run_ || stopped_) return;
  if (state == ZOO_CONNECTED_STATE) return set_up(true, "");
  set_up(false, words_for(state, address_.hosts));
  if (state != ZOO_EXPIRED_SESSION_STATE && state != ZOO_AUTH_FAILED_STATE) return give_up_later();
  close();
  loop_.cancel(again_);
  again_ = loop_.after(state == ZOO_EXPIRED_SESSION_STATE ? Millis(0) : kAgain, [this] { open(); });
}

void ZooClient::set_up(bool up, std::string why) {
  {
    const std::lock_guard lock(mutex_);
    why_ = std::move(why);
  }
  up_ = up;
  if (changed_) changed_(up);
}

std::string ZooClient::why() const {
  const std::lock_guard lock(mutex_);
  return why_;
}

int64_t ZooClient::session() const {
  return handle_ != nullptr ? zoo_client_id(handle_)->client_id : 0;
}

Millis ZooClient::session_length() const {
  return handle_ != nullptr ? Millis(zoo_recv_timeout(handle_)) : session_;
}

void ZooClient::create(const std::string& path, const std::string& text, bool with_session,
                       Done<bool> done) {
  Calls::ask<bool>(*this, std::move(done), [&](zhandle_t* handle, void* asked) {
    return zoo_acreate(handle, path.c_str(), text.data(), static_cast<int>(text.size()),
                       address_.who.empty() ? &ZOO_OPEN_ACL_UNSAFE : &ZOO_CREATOR_ALL_ACL,
                       with_session ? ZOO_EPHEMERAL : ZOO_PERSISTENT, Calls::made, asked);
  });
}

void ZooClient::get(const std::string& path, bool watch, Done<ZooNode> done) {
  Calls::ask<ZooNode>(*this, std::move(done), [&](zhandle_t* handle, void* asked) {
    return zoo_aget(handle, path.c_str(), watch ? 1 : 0, Calls::read, asked);
  });
}

void ZooClient::set(const std::string& path, const std::string& text, int32_t version,
                    Done<ZooNode> done) {
  Calls::ask<ZooNode>(*this, std::move(done), [&](zhandle_t* handle, void* asked) {
    return zoo_aset(handle, path.c_str(), text.data(), static_cast<int>(text.size()), version,
                    Calls::written, asked);
  });
}

void ZooClient::remove(const std::string& path, Done<bool> done) {
  Calls::ask<bool>(*this, std::move(done), [&](zhandle_t* handle, void* asked) {
    return zoo_adelete(handle, path.c_str(), -1, Calls::removed, asked);
  });
}

void ZooClient::children(const std::string& path, bool watch, Done<std::vector<std::string>> done) {
  Calls::ask<std::vector<std::string>>(*this, std::move(done), [&](zhandle_t* handle, void* asked) {
    return zoo_aget_children(handle, path.c_str(), watch ? 1 : 0, Calls::listed, asked);
  });
}

}  // namespace mpim
