# The words people type. `make` alone lists them; each line with ## below is one.
# Everything else is CMake's: configure once, then ninja.

BUILD ?= build
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
TEST_ARGS ?=
BENCH_ARGS ?=
PROFILE_ARGS ?=
CLUSTER_ARGS ?=
CHAOS_ARGS ?=

# So that test programs, which share a precompiled header, are found in the cache.
export CCACHE_SLOPPINESS := pch_defines,time_macros

empty :=
space := $(empty) $(empty)
install = @sh tests/install_packages.sh
# $(call configure,DIR,OPTIONS): only once; ninja itself notices changed CMakeLists.
configure = @[ -f $(1)/build.ninja ] || cmake -G Ninja -S . -B $(1) $(2) >$(1).log 2>&1 \
	|| { cat $(1).log; rm $(1).log; exit 1; }; rm -f $(1).log
# $(call ctest,DIR,ARGUMENTS)
ctest = python3 tests/run_tests.py $(1) -j$(JOBS) $(TEST_ARGS) $(2)
sources = git ls-files -co --exclude-standard '*.h' '*.cc'

.PHONY: help run build test format format-check lint asan tsan bench fuzz mutants profile cluster chaos clean

help: ## this list
	@echo 'mpim: what make can do'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | \
		while IFS="$$(printf '\t')" read -r word text; do printf '  make %-14s%s\n' "$$word" "$$text"; done

run: ## build, start a local node with demo users, stay in the foreground until Ctrl-C
	@[ -x $(BUILD)/bin/mpim-chat ] || echo 'Building the three programs; the first time takes some minutes.'
	$(install) build
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@ninja -C $(BUILD) programs
	@exec $(BUILD)/bin/mpimctl dev up --foreground

cluster: ## MariaDB, Redis and three nodes behind HAProxy, in the foreground until Ctrl-C (CLUSTER_ARGS='--line 9000')
	$(install) build
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@ninja -C $(BUILD) programs
	@exec python3 tests/cluster/cluster.py $(BUILD) $(CLUSTER_ARGS)

build: ## the three programs, into build/bin
	$(install) build
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@ninja -C $(BUILD) programs

test: ## build everything and run every test (TEST_ARGS='-R store' runs some)
	$(install) build test
	@python3 tests/tidy.py
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release -DMPIM_ZOOKEEPER=ON)
	@ninja -C $(BUILD)
	@$(call ctest,$(BUILD))

asan: ## every test under AddressSanitizer and UndefinedBehaviourSanitizer (ASAN_ONLY='test_core test_store': these)
	$(install) build test
	$(call configure,build-asan,-DCMAKE_BUILD_TYPE=None -DMPIM_SANITIZE=asan -DMPIM_ZOOKEEPER=ON)
	@ninja -C build-asan $(ASAN_ONLY)
	@ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
		LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0 \
		$(call ctest,build-asan,$(if $(ASAN_ONLY),-R '^($(subst $(space),|,$(strip $(ASAN_ONLY))))$$'))

# Without address space randomisation: GCC 12's ThreadSanitizer cannot place its shadow on every
# kernel otherwise. Where the change of personality is forbidden, it is tried as it is.
tsan: ## every test under ThreadSanitizer
	$(install) build test
	$(call configure,build-tsan,-DCMAKE_BUILD_TYPE=None -DMPIM_SANITIZE=tsan -DMPIM_ZOOKEEPER=ON)
	@fixed=$$(setarch -R true 2>/dev/null && echo setarch -R || true); \
		$$fixed ninja -C build-tsan && TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(CURDIR)/tests/tsan.supp \
		$$fixed $(call ctest,build-tsan)

lint: ## clang-tidy and the house rules
	$(install) build test check
	@python3 tests/tidy.py
	$(call configure,build-lint,-DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_C_COMPILER=clang-14 -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON)
	@ninja -C build-lint server/contract/all
	@$(sources) | grep '\.cc$$' | \
		xargs -P $(JOBS) -n 4 clang-tidy-14 --quiet -p build-lint

format: ## clang-format, in place
	$(install) check
	@$(sources) | xargs clang-format-14 -i

format-check: ## what clang-format would change
	$(install) check
	@$(sources) | xargs clang-format-14 --dry-run -Werror

fuzz: ## each fuzz target for FUZZ_SECONDS (60)
	$(install) build check
	$(call configure,build-fuzz,-DCMAKE_BUILD_TYPE=None -DMPIM_SANITIZE=fuzz -DCMAKE_CXX_COMPILER=clang++-14 -DCMAKE_C_COMPILER=clang-14)
	@ninja -C build-fuzz tests/fuzz/all
	@sh tests/run_fuzz.sh build-fuzz $(FUZZ_SECONDS)

bench: ## mpim and its installed peers side by side, into docs/benchmarks.md (BENCH_ARGS='--works login')
	$(install) build test
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@ninja -C $(BUILD) programs
	@BUILD=$(BUILD) python3 tests/bench/bench.py $(BENCH_ARGS)

mutants: ## break the core in known ways and see a test fail for each
	$(install) build test
	@python3 tests/sim/mutants.py

chaos: ## every fault run on such a cluster under load, into docs/reliability.md (CHAOS_ARGS='--rounds 3')
	$(install) build test
	$(call configure,$(BUILD),-DCMAKE_BUILD_TYPE=Release)
	@ninja -C $(BUILD) programs
	@python3 tests/chaos/chaos.py $(BUILD) --page docs/reliability.md $(CHAOS_ARGS)

profile: ## what a message costs and where its time goes, into build-profile (PROFILE_ARGS=login)
	$(install) build test profile
	$(call configure,build-profile,-DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS=-fno-omit-frame-pointer)
	@ninja -C build-profile programs
	@BUILD=build-profile python3 tests/bench/profiler.py $(PROFILE_ARGS)

clean: ## remove every build directory
	@rm -rf build build-asan build-tsan build-lint build-fuzz build-profile build-mutants
