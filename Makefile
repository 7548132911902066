# easelfs: build, check, test, install.
#
#   make                    the daemon, easelfs-preview and easelfs-simulator, in build/
#   make demo               mount ./mnt and paint a first picture (no key, no network)
#   make test               everything under tests/; TESTS="tests/mount/x.sh …" picks some
#   make test-clients       the published clients of fal.ai and WaveSpeedAI against easelfs-simulator
#   make check              warnings as errors, format, clang-tidy, cppcheck, layers, shellcheck
#   make SAN=thread test    the same tests under a sanitizer, in a build directory of its own
#   make torture            kills it ROUNDS times and compares with what was paid (docs/reliability.md)
#   make mutations          the same without one safeguard at a time
#   make install            PREFIX=/usr/local, DESTDIR=
#
# V=1 shows the commands.
# Sources are found by wildcard: a new file needs no edit here.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=
SAN     ?=
STRICT  ?=
FAILPOINTS ?=
TESTS   ?=
V       ?=
Q       := $(if $(V),,@)
comma   := ,

# One directory for each way of compiling: build, build-thread, build-address-undefined, …
BUILD   := build$(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(STRICT),-strict)$(if $(FAILPOINTS),-failpoints)
PROGRAM := $(BUILD)/easelfs
PREVIEW := $(BUILD)/easelfs-preview
SIMULATOR := $(BUILD)/easelfs-simulator

# pkg-config names. Another library is one more word here and one more line in
# scripts/install-packages.
PKGS         := fuse3 libcjson libcurl inih sqlite3 nettle zlib
PREVIEW_PKGS := pangocairo fontconfig zlib
SIMULATOR_PKGS := libmicrohttpd libcjson zlib
TEST_PKGS    := cmocka

# Foreign headers are system headers, so that our warnings are about our code.
cflags_of = $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(1) 2>/dev/null))
libs_of   = $(shell pkg-config --libs $(1) 2>/dev/null)

CC     ?= cc
AR     ?= ar
CFLAGS ?= -g $(if $(SAN),-O1,-O2)

WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes \
	-Wold-style-definition -Wvla -Wformat=2 -Wundef -Wpointer-arith \
	-Wwrite-strings -Wcast-align -Wlogical-op -Wduplicated-cond $(if $(STRICT),-Werror)

ifneq ($(SAN),)
GUARD_CFLAGS  := -fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer
GUARD_LDFLAGS := -fsanitize=$(SAN)
else
GUARD_CFLAGS  := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
GUARD_LDFLAGS := -pie -Wl,-z,relro,-z,now
endif

BASE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -DFUSE_USE_VERSION=312 -Iinclude -Isrc -I. \
	$(if $(FAILPOINTS),-DEASELFS_FAILPOINTS) \
	-DEASELFS_VERSION='"$(VERSION)"' -DEASELFS_DATADIR='"$(PREFIX)/share/easelfs"' \
	$(call cflags_of,$(PKGS)) -pthread
ALL_CFLAGS  := $(BASE_CFLAGS) $(WARNINGS) $(GUARD_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := $(GUARD_LDFLAGS) -Wl,--as-needed -pthread $(LDFLAGS)

LIBS         := $(call libs_of,$(PKGS)) -lm
PREVIEW_LIBS := $(call libs_of,$(PREVIEW_PKGS) libcjson) -lm
SIMULATOR_LIBS := $(call libs_of,$(SIMULATOR_PKGS)) -lm
TEST_LIBS    := $(call libs_of,$(TEST_PKGS))

# What there is to build.
DAEMON_SRC  := $(wildcard $(addprefix src/,$(addsuffix /*.c,base job io engine mount app)))
PREVIEW_SRC := $(wildcard src/preview/*.c)
SIMULATOR_SRC := $(wildcard simulator/*.c)
UNIT_SRC    := $(wildcard tests/unit/*_test.c)
SHARED_SRC  := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c))
TOOL_SRC    := $(wildcard tests/tools/*.c)
ALL_SRC     := $(DAEMON_SRC) $(PREVIEW_SRC) $(SIMULATOR_SRC) $(UNIT_SRC) $(SHARED_SRC) $(TOOL_SRC)

objects      = $(patsubst %.c,$(BUILD)/%.o,$(1))
DAEMON_LIB  := $(BUILD)/libeaselfs.a
PREVIEW_LIB := $(BUILD)/libpreview.a
SIMULATOR_LIB := $(BUILD)/libsimulator.a
SHARED_LIB  := $(BUILD)/tests/libshared.a
PROGRAMS    := $(if $(wildcard src/app/main.c),$(PROGRAM)) \
	$(if $(wildcard src/preview/main.c),$(PREVIEW)) \
	$(if $(wildcard simulator/main.c),$(SIMULATOR))
UNIT_TESTS  := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/tests/%)
TEST_TOOLS  := $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tests/tools/%)

.PHONY: all unit
all: $(PROGRAMS) ; @:
unit: $(UNIT_TESTS) $(TEST_TOOLS) ; @:

# Compile.
$(BUILD)/%.o: %.c $(BUILD)/flags | packages
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC  $<')
	$(Q)$(CC) $(ALL_CFLAGS) $(EXTRA_CFLAGS) -MMD -MP -c -o $@ $<

$(call objects,$(PREVIEW_SRC) $(filter tests/unit/preview_%,$(UNIT_SRC))): \
	EXTRA_CFLAGS = $(call cflags_of,$(PREVIEW_PKGS))
$(call objects,$(SIMULATOR_SRC) $(filter tests/unit/simulator_%,$(UNIT_SRC))): \
	EXTRA_CFLAGS = $(call cflags_of,$(SIMULATOR_PKGS))

# Archives, so that a test or a program takes what it uses and nothing else.
$(DAEMON_LIB):  $(call objects,$(filter-out src/app/main.c,$(DAEMON_SRC)))
$(PREVIEW_LIB): $(call objects,$(filter-out src/preview/main.c,$(PREVIEW_SRC)) \
	$(filter src/base/%,$(DAEMON_SRC)))
$(SIMULATOR_LIB): $(call objects,$(filter-out simulator/main.c,$(SIMULATOR_SRC)) \
	$(filter src/base/%,$(DAEMON_SRC)))
$(SHARED_LIB):  $(call objects,$(SHARED_SRC))

$(DAEMON_LIB) $(PREVIEW_LIB) $(SIMULATOR_LIB) $(SHARED_LIB): $(BUILD)/sources
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

# Link.
link = $(Q)mkdir -p $(@D)$(if $(V),, && echo '  LD  $@') && \
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

$(PROGRAM): $(BUILD)/src/app/main.o $(DAEMON_LIB)
	$(link) $(LIBS)

$(PREVIEW): $(BUILD)/src/preview/main.o $(PREVIEW_LIB)
	$(link) $(PREVIEW_LIBS)

$(SIMULATOR): $(BUILD)/simulator/main.o $(SIMULATOR_LIB)
	$(link) $(SIMULATOR_LIBS)

$(BUILD)/tests/simulator_%_test: $(BUILD)/tests/unit/simulator_%_test.o $(SHARED_LIB) $(SIMULATOR_LIB)
	$(link) $(TEST_LIBS) $(SIMULATOR_LIBS)

$(BUILD)/tests/preview_%_test: $(BUILD)/tests/unit/preview_%_test.o $(SHARED_LIB) $(PREVIEW_LIB)
	$(link) $(TEST_LIBS) $(PREVIEW_LIBS)

$(BUILD)/tests/%_test: $(BUILD)/tests/unit/%_test.o $(SHARED_LIB) $(DAEMON_LIB)
	$(link) $(TEST_LIBS) $(LIBS)

$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(SHARED_LIB) $(DAEMON_LIB)
	$(link) $(LIBS)

# Rewritten only when the text changes: other flags recompile, a source that
# went away leaves its archive.
$(BUILD)/flags:   private text = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(BUILD)/sources: private text = $(ALL_SRC)
$(BUILD)/flags $(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(text))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(text))' >$@

-include $(patsubst %.c,$(BUILD)/%.d,$(ALL_SRC))

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: FORCE packages
FORCE:
packages:
	@scripts/install-packages --check build

# These install what is missing, then start make again: pkg-config has answers
# only afterwards.
AGAIN = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(NPROC))
NPROC := $(shell nproc 2>/dev/null || echo 1)

.PHONY: demo test test-clients check bench
demo:
	@scripts/install-packages --if-missing build
	+@$(AGAIN) all
	@scripts/demo $(BUILD)

test:
	@scripts/install-packages --if-missing build test
	+@$(AGAIN) all unit
	$(if $(SAN),,+@$(AGAIN) FAILPOINTS=1 torture-programs)
	@SAN='$(SAN)' tests/run $(BUILD) $(TESTS)

check:
	@scripts/install-packages --if-missing build test check
	+@$(AGAIN) STRICT=1 all unit
	+@$(AGAIN) STRICT=1 --output-sync=target check-c check-sh
	@echo 'check: all is well'

# A test of its own: it needs node, and on its first run the npm registry.
test-clients:
	@scripts/install-packages --if-missing build test clients
	+@$(AGAIN) $(SIMULATOR)
	@tests/clients/run $(BUILD)

bench:
	@scripts/install-packages --if-missing build test
	+@$(AGAIN) all unit
	@set -e; for bench in $(sort $(wildcard tests/bench/*.sh)); do \
		echo "== $$bench"; $$bench $(BUILD); done

# A build that can be killed at named points: never installed, in a directory of its own.
ROUNDS    ?= 10000
SEED      ?=
MUTATIONS ?=
.PHONY: torture mutations torture-programs
torture-programs: $(PROGRAM) $(SIMULATOR)

torture:
	@scripts/install-packages --if-missing build test
	+@$(AGAIN) FAILPOINTS=1 torture-programs
	@tests/torture/torture.py $(if $(SEED),--seed=$(SEED)) --rounds=$(ROUNDS) $(BUILD)-failpoints

mutations:
	@scripts/install-packages --if-missing build test
	@tests/torture/mutations.sh $(MUTATIONS)

# Root only: it mounts disk images. The store loses what was not synced.
CUTS ?= 300
.PHONY: powercuts powercuts-mutations
powercuts:
	@scripts/install-packages --if-missing build test powercuts
	+@$(AGAIN) torture-programs
	@tests/torture/powercuts.py $(if $(SEED),--seed=$(SEED)) --cuts=$(CUTS) $(BUILD)

powercuts-mutations:
	@scripts/install-packages --if-missing build test powercuts
	@tests/torture/powercuts_mutations.sh $(MUTATIONS)

# The parts of `make check`, by name. clang-tidy leaves a stamp for each file,
# so that a second run looks only at what changed.
C_FILES  := $(wildcard $(addprefix src/,*/*.c */*.h) include/*/*.h simulator/*.c simulator/*.h \
	tests/*/*.c tests/*/*.h)
SH_FILES := $(wildcard scripts/* .ci/run tests/run tests/run-* tests/layers tests/*.sh \
	tests/clients/run tests/lib/*.sh tests/mount/*.sh tests/bench/*.sh tests/torture/*.sh)
TIDY     := $(patsubst %.c,$(BUILD)/tidy/%.ok,$(ALL_SRC))
TIDY_CFLAGS = $(filter-out -W%,$(ALL_CFLAGS)) $(EXTRA_CFLAGS)

.PHONY: check-c check-sh check-format check-tidy check-cppcheck check-layers check-shell
check-c: check-format check-tidy check-cppcheck check-layers
check-sh: check-shell

check-format:
	@$(if $(C_FILES),clang-format --dry-run --Werror $(C_FILES))

check-tidy: $(TIDY)

$(BUILD)/tidy/%.ok: %.c .clang-tidy $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(TIDY_CFLAGS) -MM -MP -MT $@ -MF $(@:.ok=.d) $<
	@echo clang-tidy $<
	@clang-tidy --quiet $< -- $(TIDY_CFLAGS) >$(@:.ok=.log) 2>&1 || { \
		grep -v 'warnings\? generated\|warnings treated as errors' $(@:.ok=.log); exit 1; }
	@touch $@

$(patsubst %.c,$(BUILD)/tidy/%.ok,$(PREVIEW_SRC) $(filter tests/unit/preview_%,$(UNIT_SRC))): \
	EXTRA_CFLAGS = $(call cflags_of,$(PREVIEW_PKGS))
$(patsubst %.c,$(BUILD)/tidy/%.ok,$(SIMULATOR_SRC) $(filter tests/unit/simulator_%,$(UNIT_SRC))): \
	EXTRA_CFLAGS = $(call cflags_of,$(SIMULATOR_PKGS))

-include $(wildcard $(TIDY:.ok=.d))

# Its leak checks know nothing of __attribute__((cleanup)), its whole-program check
# nothing of `ret_` parameters, which are written, not read; the sanitizers do.
check-cppcheck:
	@mkdir -p $(BUILD)/cppcheck
	@$(if $(DAEMON_SRC)$(PREVIEW_SRC),cppcheck --quiet --error-exitcode=1 --inline-suppr \
		--enable=warning$(comma)performance$(comma)portability \
		--suppress=memleak --suppress=resourceLeak --suppress=ctuuninitvar --std=c11 --cppcheck-build-dir=$(BUILD)/cppcheck \
		$(filter -D% -I%,$(BASE_CFLAGS)) $(DAEMON_SRC) $(PREVIEW_SRC) $(SIMULATOR_SRC))

check-layers:
	@tests/layers

check-shell:
	@shellcheck -x $(SH_FILES)

# Install. The demo's and the tests' builds are never installed.
DOCDIR := $(DESTDIR)$(PREFIX)/share/doc/easelfs
MANDIR := $(DESTDIR)$(PREFIX)/share/man/man1
DATA   := $(DESTDIR)$(PREFIX)/share/easelfs/providers

.PHONY: install uninstall clean format
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DATA) $(DOCDIR)/docs
	install -m 755 $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin/
	$(if $(wildcard conf/providers/*.ini),install -m 644 $(wildcard conf/providers/*.ini) $(DATA)/)
	install -m 644 README.md LICENSE $(DOCDIR)/
	install -m 644 $(wildcard docs/*.md docs/*.png docs/*.1) $(DOCDIR)/docs/
	install -d $(MANDIR)
	install -m 644 $(wildcard docs/*.1) $(MANDIR)/

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(PROGRAMS))) \
		$(addprefix $(MANDIR)/,$(notdir $(wildcard docs/*.1)))
	rm -rf $(DESTDIR)$(PREFIX)/share/easelfs $(DOCDIR)

clean:
	rm -rf build build-*

format:
	$(if $(C_FILES),clang-format -i $(C_FILES))
