// Owners for libevent's C objects: each is freed exactly once, on the thread of its base.
//
// Lifetime an owner must die before the base its object belongs to.
#pragma once

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <memory>

namespace mpim {

struct FreeLibevent {
  void operator()(event_base* base) const { event_base_free(base); }
  void operator()(event* one) const { event_free(one); }
  void operator()(bufferevent* one) const { bufferevent_free(one); }
  void operator()(evbuffer* one) const { evbuffer_free(one); }
};

template <class T>
using LibeventOwner = std::unique_ptr<T, FreeLibevent>;

using EventBaseOwner = LibeventOwner<event_base>;
using EventOwner = LibeventOwner<event>;
using BuffereventOwner = LibeventOwner<bufferevent>;
using EvbufferOwner = LibeventOwner<evbuffer>;

}  // namespace mpim
