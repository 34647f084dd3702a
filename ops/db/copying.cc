#include "ops/db/copying.h"

#include <chrono>

#include "ops/progress.h"
#include "server/store/sql/copy/digest.h"
#include "server/store/sql/copy/store_copy.h"
#include "server/store/sql/driver/snapshot.h"

namespace mpim::ops {
namespace {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

Result<void> compare(Call& call, Driver& from, Driver& into, uint64_t rows) {
  Progress progress(call.terminal(), "comparing", 2 * rows);
  MPIM_TRY(const std::vector<std::string> found,
           differences(from, into, [&](uint64_t count) { progress.advance(count); }));
  if (found.empty()) return {};
  std::string all;
  for (const std::string& each : found) all += "\n  " + each;
  return call.failing({Code::kConflict, "the copy is not what the source is now:" + all},
                      "was the source written to meanwhile? stop its nodes, empty the target and "
                      "copy again");
}

}  // namespace

Result<Copied> copy_and_compare(Call& call, Driver& from, Driver& into,
                                const std::string& new_epoch) {
  MPIM_TRY(const Snapshot snapshot, Snapshot::take(from));
  MPIM_TRY(StoreCopy copy, StoreCopy::begin(from, into));
  Copied done;
  MPIM_TRY(done.rows, rows_of(from));
  MPIM_TRY(done.before, copy.rows_there());
  if (copy.resumed() && done.before > 0)
    call.terminal().note("going on with an earlier copy: " + std::to_string(done.before) + " of " +
                         std::to_string(done.rows) + " rows are there");
  {
    const Stopwatch watch;
    Progress progress(call.terminal(), "copying", done.rows - std::min(done.rows, done.before));
    while (true) {
      MPIM_TRY(const uint64_t rows, copy.step());
      if (rows == 0) break;
      progress.advance(rows);
    }
    done.copied_s = watch.seconds();
  }
  const Stopwatch watch;
  MPIM_CHECKED(compare(call, from, into, done.rows));
  done.compared_s = watch.seconds();
  MPIM_CHECKED(copy.finish(new_epoch));
  return done;
}

}  // namespace mpim::ops
