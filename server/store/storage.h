// The store as services see it: questions are submitted, answers come back on the asking loop.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "server/store/append_jobs.h"

namespace mpim {

// Work for a reader: sees one committed state, answers by itself.
class ReadJob {
 public:
  virtual ~ReadJob() = default;
  // False: the database failed, and its snapshot is of no more use.
  virtual bool run(Store& store) = 0;
  // False after run(): it is to be run again, on another snapshot.
  virtual bool answered() const { return true; }
  virtual void refuse(const Error& why) = 0;
};

// Threads  write(), append() and read() from any; a job runs on a thread of the store's; the reply
//          on the loop that asked.
// Order    writes of one conversation are committed in the order they were submitted. A read
//          submitted after a write was answered sees it.
// Limits   jobs of kWriterQueue weight wait; beyond that the answer is kBusy.
// Errors   a failed commit answers every job of its batch (kUnavailable, or kUnknown when the
//          outcome cannot be known); a job is never half done.
class Storage {
 public:
  virtual ~Storage() = default;

  // `about` is a conversation the job changes, if it is one: jobs of one conversation keep their
  // order.
  template <class T, class F>
  void write(ConversationId about, F job, Reply<T> reply) {
    submit(about, std::make_unique<Write<T, F>>(std::move(job), std::move(reply)));
  }
  template <class T, class F>
  void read(F job, Reply<T> reply) {
    submit(std::make_unique<Read<T, F>>(std::move(job), std::move(reply)));
  }
  // The hot path: MessageLog::append of each draft, in their order, each with an outcome of its
  // own. One task brings all the answers back.
  void append(std::vector<Draft> drafts, Timestamp now, Reply<AppendOutcomes> reply) {
    for (auto& job : append_jobs(std::move(drafts), now, lanes(), std::move(reply)))
      submit(ConversationId{}, std::move(job));
  }

  // What the templates above end in.
  virtual void submit(ConversationId about, std::unique_ptr<WriteJob> job) = 0;
  virtual void submit(std::unique_ptr<ReadJob> job) = 0;

 protected:
  // How many ways messages may go beside one another: see append_lane().
  virtual size_t lanes() const { return 1; }

 private:
  // A job and its reply; the reply waits for the commit.
  template <class T, class F>
  class Write final : public WriteJob {
   public:
    Write(F job, Reply<T> reply) : job_(std::move(job)), reply_(std::move(reply)) {}
    bool run(Store& store) override {
      answer_.emplace(job_(store));
      return answer_->ok();
    }
    void settle(const std::optional<Error>& failed) override {
      if (failed && (!answer_ || answer_->ok())) return reply_(*failed);
      reply_(std::move(*answer_));
    }

   private:
    F job_;
    Reply<T> reply_;
    std::optional<Result<T>> answer_;
  };

  // A question and its reply, answered as soon as it was read. A snapshot may be older than a
  // change of the tables (kBusy): then it is asked again.
  template <class T, class F>
  class Read final : public ReadJob {
   public:
    Read(F job, Reply<T> reply) : job_(std::move(job)), reply_(std::move(reply)) {}
    bool run(Store& store) override {
      Result<T> answer = job_(store);
      answered_ = answer.ok() || answer.error().code != Code::kBusy || --attempts_left_ == 0;
      if (!answered_) return false;
      const bool sound = answer.ok() || answer.error().code != Code::kUnavailable;
      reply_(std::move(answer));
      return sound;
    }
    bool answered() const override { return answered_; }
    void refuse(const Error& why) override { reply_(why); }

   private:
    F job_;
    Reply<T> reply_;
    int attempts_left_ = 5;
    bool answered_ = false;
  };
};

}  // namespace mpim
