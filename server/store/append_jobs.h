// The hot path: messages on their way to the log.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "server/core/reply.h"
#include "server/store/write_job.h"

namespace mpim {

// What became of each draft of one append.
using AppendOutcomes = std::vector<Result<Appended>>;

// Of so many ways that lead beside one another, the one a draft takes: the same for all messages of
// one sender to one receiver, and for all to one group.
inline size_t append_lane(const Draft& draft, size_t lanes) {
  const auto* const group = std::get_if<GroupId>(&draft.to);
  return (group != nullptr ? group->value : draft.sender.value) % lanes;
}

// Answers once for drafts that were appended in several jobs.
// Threads  each part on a thread of its own.
class AppendAnswer {
 public:
  AppendAnswer(size_t drafts, Reply<AppendOutcomes> reply)
      : outcomes_(drafts, Error{Code::kInternal, "the server dropped this request"}),
        reply_(std::move(reply)) {}
  AppendAnswer(const AppendAnswer&) = delete;
  AppendAnswer& operator=(const AppendAnswer&) = delete;
  // The last part has let go.
  ~AppendAnswer() { reply_(std::move(outcomes_)); }

  // Every place is one part's alone.
  void put(size_t place, Result<Appended> outcome) { outcomes_[place] = std::move(outcome); }

 private:
  AppendOutcomes outcomes_;
  Reply<AppendOutcomes> reply_;
};

// Drafts and where their answers go; a draft that is refused has written nothing.
class AppendJob final : public WriteJob {
 public:
  // The draft of place i answers at `places[i]`.
  AppendJob(std::vector<Draft> drafts, std::vector<size_t> places, Timestamp now,
            std::shared_ptr<AppendAnswer> answer)
      : drafts_(std::move(drafts)),
        places_(std::move(places)),
        now_(now),
        answer_(std::move(answer)) {}

  bool needs_savepoint() const override { return false; }
  bool urgent() const override { return true; }
  std::span<const Draft> drafts() const override { return drafts_; }
  uint32_t weight() const override { return static_cast<uint32_t>(drafts_.size()); }
  bool run(Store& store) override {
    outcomes_.clear();
    outcomes_.reserve(drafts_.size());
    for (const Draft& draft : drafts_) outcomes_.push_back(store.log().append(draft, now_));
    return true;
  }
  // A refusal stands whatever became of the transaction: it wrote nothing.
  void settle(const std::optional<Error>& failed) override {
    if (failed) {
      for (Result<Appended>& outcome : outcomes_)
        if (outcome.ok() || outcome.error().code == Code::kBusy) outcome = *failed;
      outcomes_.resize(drafts_.size(), *failed);
    }
    for (size_t i = 0; i < outcomes_.size(); ++i) answer_->put(places_[i], std::move(outcomes_[i]));
    answer_.reset();
  }

 private:
  const std::vector<Draft> drafts_;
  const std::vector<size_t> places_;
  const Timestamp now_;
  std::shared_ptr<AppendAnswer> answer_;
  AppendOutcomes outcomes_;
};

// One job for each lane that any draft takes.
inline std::vector<std::unique_ptr<WriteJob>> append_jobs(std::vector<Draft> drafts, Timestamp now,
                                                          size_t lanes,
                                                          Reply<AppendOutcomes> reply) {
  const auto answer = std::make_shared<AppendAnswer>(drafts.size(), std::move(reply));
  std::vector<std::vector<Draft>> parts(lanes);
  std::vector<std::vector<size_t>> places(lanes);
  for (size_t i = 0; i < drafts.size(); ++i) {
    const size_t lane = append_lane(drafts[i], lanes);
    parts[lane].push_back(std::move(drafts[i]));
    places[lane].push_back(i);
  }
  std::vector<std::unique_ptr<WriteJob>> jobs;
  for (size_t lane = 0; lane < lanes; ++lane)
    if (!parts[lane].empty())
      jobs.push_back(std::make_unique<AppendJob>(std::move(parts[lane]), std::move(places[lane]),
                                                 now, answer));
  return jobs;
}

}  // namespace mpim
