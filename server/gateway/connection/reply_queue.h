// The requests a connection has not answered, and, where order matters, answers that wait for
// earlier ones.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/check.h"
#include "server/gateway/peer.h"

namespace mpim {

// Threads  one.
// Limits   as many places as the connection opens; empty, it keeps at most kKeptPlaces.
class ReplyQueue {
 public:
  // The next request's place; `tag` is kept until it is taken.
  Ticket open(std::string tag = {}) {
    places_.push_back({false, std::move(tag)});
    return first_ + places_.size() - head_ - 1;
  }
  // Once, before its place is filled.
  std::string take_tag(Ticket ticket) { return std::exchange(open_place(ticket).text, {}); }

  // Fills a place, and hands every answer whose turn it is to `write`: at once, unless they go
  // `in_order`.
  template <class Write>
  void fill(Ticket ticket, std::string_view text, bool in_order, Write write) {
    Place& place = open_place(ticket);
    place.filled = true;
    if (ticket == first_ || !in_order) {
      write(text);
    } else {
      place.text = text;
    }
    if (ticket != first_) return;
    pop();
    while (!empty() && places_[head_].filled) {
      if (in_order) write(std::string_view(places_[head_].text));
      pop();
    }
    tidy();
  }

  size_t size() const { return places_.size() - head_; }
  bool empty() const { return size() == 0; }

 private:
  static constexpr size_t kKeptPlaces = 32;
  struct Place {
    bool filled = false;
    std::string text;  // the tag; once filled, the answer that waits
  };

  Place& open_place(Ticket ticket) {
    MPIM_CHECK(ticket >= first_ && ticket - first_ < size(), "an answer to no open request");
    Place& place = places_[head_ + (ticket - first_)];
    MPIM_CHECK(!place.filled, "a request was answered twice");
    return place;
  }
  void pop() {
    places_[head_++] = {};
    ++first_;
  }
  void tidy() {
    if (empty()) {
      places_.clear();
      head_ = 0;
      if (places_.capacity() > kKeptPlaces) places_.shrink_to_fit();
    } else if (head_ * 2 > places_.size()) {
      places_.erase(places_.begin(), places_.begin() + static_cast<ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  std::vector<Place> places_;
  size_t head_ = 0;   // places before it are done
  Ticket first_ = 0;  // the ticket of places_[head_]
};

}  // namespace mpim
