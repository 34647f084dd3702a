// Preloaded into a program, counts what it asks of the C library: allocations, locks, copies,
// wake-ups through eventfds, pages written to SQLite's write-ahead log.
//
//   g++ -O2 -fPIC -shared -fno-builtin count_calls.cpp -o count_calls.so
//   COUNT_CALLS=/tmp/counts LD_PRELOAD=./count_calls.so program
//
// The file holds one 64-bit counter of each Counter, in order; profiler.py reads it while the
// program runs. Calls that a library makes within itself, and copies that the compiler made inline,
// are not seen.
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace {

// In the order of COUNTERS in profiler.py. Each has a cache line of its own.
enum Counter {
    kAllocations,
    kAllocatedBytes,
    kFrees,
    kLocks,
    kCopies,
    kCopiedBytes,
    kWakes,
    kWalFrames,
    kCounters
};

struct alignas(64) Cell {
    std::atomic<uint64_t> value{0};
};

Cell before_start[kCounters];
Cell* cells = before_start;
constexpr int kFdMax = 65536;
std::atomic<bool> is_eventfd[kFdMax];
constexpr size_t kFrameHeader = 24;  // SQLite writes it before each page of its write-ahead log

void count(Counter what, uint64_t much = 1) {
    cells[what].value.fetch_add(much, std::memory_order_relaxed);
}

template <class Function>
Function* next(std::atomic<Function*>& known, const char* name) {
    Function* found = known.load(std::memory_order_relaxed);
    if (found == nullptr) {
        found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
        known.store(found, std::memory_order_relaxed);
    }
    return found;
}

__attribute__((constructor)) void open_counters() {
    const char* path = getenv("COUNT_CALLS");
    if (path == nullptr) return;
    const int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, sizeof before_start) != 0) return;
    void* at = mmap(nullptr, sizeof before_start, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED) cells = static_cast<Cell*>(at);
}

}  // namespace

extern "C" {

// glibc's own names, so that dlsym, which allocates, is not needed to allocate.
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void __libc_free(void*);

void* malloc(size_t size) {
    count(kAllocations);
    count(kAllocatedBytes, size);
    return __libc_malloc(size);
}
void* calloc(size_t number, size_t size) {
    count(kAllocations);
    count(kAllocatedBytes, number * size);
    return __libc_calloc(number, size);
}
void* realloc(void* old, size_t size) {
    count(kAllocations);
    count(kAllocatedBytes, size);
    return __libc_realloc(old, size);
}
void free(void* old) {
    if (old != nullptr) count(kFrees);
    __libc_free(old);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) {
    static std::atomic<int (*)(pthread_mutex_t*)> known;
    count(kLocks);
    return next(known, "pthread_mutex_lock")(mutex);
}

void* memcpy(void* to, const void* from, size_t size) {
    static std::atomic<void* (*)(void*, const void*, size_t)> known;
    count(kCopies);
    count(kCopiedBytes, size);
    return next(known, "memcpy")(to, from, size);
}
void* memmove(void* to, const void* from, size_t size) {
    static std::atomic<void* (*)(void*, const void*, size_t)> known;
    count(kCopies);
    count(kCopiedBytes, size);
    return next(known, "memmove")(to, from, size);
}

int eventfd(unsigned initial, int flags) {
    static std::atomic<int (*)(unsigned, int)> known;
    const int fd = next(known, "eventfd")(initial, flags);
    if (fd >= 0 && fd < kFdMax) is_eventfd[fd] = true;
    return fd;
}
int eventfd_write(int fd, eventfd_t value) {
    static std::atomic<int (*)(int, eventfd_t)> known;
    count(kWakes);
    return next(known, "eventfd_write")(fd, value);
}
ssize_t write(int fd, const void* from, size_t size) {
    static std::atomic<ssize_t (*)(int, const void*, size_t)> known;
    if (size == sizeof(uint64_t) && fd >= 0 && fd < kFdMax && is_eventfd[fd]) count(kWakes);
    return next(known, "write")(fd, from, size);
}
ssize_t pwrite64(int fd, const void* from, size_t size, off64_t at) {
    static std::atomic<ssize_t (*)(int, const void*, size_t, off64_t)> known;
    if (size == kFrameHeader) count(kWalFrames);
    return next(known, "pwrite64")(fd, from, size, at);
}
ssize_t pwrite(int fd, const void* from, size_t size, off_t at) {
    return pwrite64(fd, from, size, at);
}

}  // extern "C"
