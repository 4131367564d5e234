# Tallystick: one Makefile, no configure step.
#   make            build the programs into build/bin
#   make demo       install what is missing, build, run the main job on real villages
#   make check      install what is missing, build, run every test that CI runs
#   make try        one county and one village left open until Ctrl-C
#   make bench      benchmarks, each beside its floor
#   make fuzz       fuzz every parser for FUZZ_SECONDS (60) each, with sanitizers
#   make torture    what takes too long for every change: kills, power cuts, mutations, every bit, fuzzing, agreement
# SAN=1 builds with ASan and UBSan into build-san/.  WERROR=1 (CI) makes warnings errors.

B        := $(if $(SAN),build-san,build)
ifeq ($(origin CC),default)
CC       := gcc
endif
# When it was made, in seconds: a clock that shows less was never set.
BUILT    := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null),1704067200)
PKGS     := libsodium sqlite3 libcurl libmicrohttpd libcjson libxml-2.0 libzip libzstd libqrencode libjpeg libseccomp inih
# The tree's version; "make dist" writes it into the tarball.
VERSION  := $(shell cat VERSION 2>/dev/null || git describe --always --dirty 2>/dev/null || echo unreleased)

comma    := ,
WARN     := -Wall -Wextra -Wpedantic -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wundef -Wvla \
            -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wpointer-arith -Wnull-dereference \
            -Wduplicated-cond -Wlogical-op -Wimplicit-fallthrough -Werror=format-security -Werror=implicit \
            -Werror=incompatible-pointer-types -Werror=int-conversion $(if $(WERROR)$(CI),-Werror)
HARDEN   := $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3) -fstack-protector-strong -fstack-clash-protection \
            $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full) -ftrivial-auto-var-init=zero \
            -fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fPIE
SANFLAGS := $(if $(SAN),-fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
CPPFLAGS += -I. -D_GNU_SOURCE -DTALLY_VERSION='"$(VERSION)"' -DTALLY_BUILT=$(BUILT) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
CFLAGS   ?= -O2 -g
ALLFLAGS  = -std=c11 $(CFLAGS) $(WARN) $(HARDEN) $(SANFLAGS) -ffile-prefix-map=$(CURDIR)=.
LDFLAGS  += -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,--as-needed

LAYERS   := base crypto evidence forms store sync web
PROGRAMS := agent county audit

# What a layer may call: itself and what stands below it.  A link of each whole
# archive against these and nothing else is part of the build (build/link/LAYER).
below_base     :=
below_crypto   := base
below_evidence := crypto base
below_forms    := base
below_store    := evidence crypto base
below_sync     := store evidence crypto base
below_web      := base
below_agent    := sync store forms web evidence crypto base
below_county   := sync store forms web evidence crypto base
below_audit    := forms evidence crypto base

libs_base      := -lcjson -linih
libs_crypto    := -lsodium
libs_evidence  :=
libs_forms     := -lxml2 -lzip -lm
libs_store     := -lsqlite3 -lpthread
libs_sync      := -lcurl -lzstd
libs_web       := -lmicrohttpd -lqrencode
libs_agent     := -ljpeg -lseccomp -lpthread
libs_county    := -lxlsxwriter -lpthread
libs_audit     :=

srcs      = $(wildcard $1/*.c $1/*/*.c)
# Made from what is no C: texts in Chinese, the page's script.
made_web   = $(B)/obj/web/tr_zh.o
made_agent = $(B)/obj/agent/page_script.o
made_sync  = $(B)/obj/sync/dict_default.o
objs      = $(patsubst %.c,$(B)/obj/%.o,$(call srcs,$1)) $(made_$1)
archive   = $(B)/lib/lib$1.a
archives  = $(foreach l,$1,$(call archive,$l))
lib_flags = $(foreach l,$1,$(libs_$l))

# The catalogue: sheets that become forms.  What was published once as .xml beside them is never made anew.
FORMS     = $(patsubst forms/catalogue/%.csv,$(B)/forms/%.xml,$(wildcard forms/catalogue/*.csv))

all: $(PROGRAMS:%=$(B)/bin/tally-%) $(LAYERS:%=$(B)/link/%) $(FORMS)

$(B)/forms/%.xml: forms/catalogue/%.csv $(B)/bin/tally-county
	@mkdir -p $(@D)
	$(B)/bin/tally-county form compile $< -o $@ >/dev/null

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -c -o $@ $<

define layer
$(call archive,$1): $(call objs,$1)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar rcs $$@ $$^
$(B)/link/$1: $(call archive,$1) $(call archives,$(below_$1))
	@mkdir -p $$(@D)
	echo 'int main(void){return 0;}' | $(CC) $(SANFLAGS) -fPIE $(LDFLAGS) -o $$@ -x c - -x none -Wl,--whole-archive $(call archive,$1) -Wl,--no-whole-archive $(call archives,$(below_$1)) $(call lib_flags,$1 $(below_$1))
endef
$(foreach l,$(LAYERS),$(eval $(call layer,$l)))

$(B)/gen/web/tr_zh.c: $(wildcard web/po/zh*.po) web/po/table.awk
	@mkdir -p $(@D)
	LC_ALL=C awk -f web/po/table.awk $(filter %.po,$^) > $@.part
	mv $@.part $@
$(B)/gen/agent/page_script.c: agent/page/page.js
	@mkdir -p $(@D)
	{ echo '#include "agent/page/routes.h"'; echo '#pragma GCC diagnostic ignored "-Woverlength-strings"'; echo 'const char page_script[] ='; sed 's/[\\"]/\\&/g; s/\t/\\t/g; s/.*/"&\\n"/' $<; echo ';'; } > $@
$(B)/gen/sync/dict_default.c: sync/dict/default.zdict
	@mkdir -p $(@D)
	{ echo '#include <stddef.h>'; echo 'extern const unsigned char dict_default_data[]; extern const size_t dict_default_len;'; echo 'const unsigned char dict_default_data[] = {'; \
	    od -An -v -tu1 $< | sed 's/ *\([0-9][0-9]*\)/\1,/g'; echo '};'; echo 'const size_t dict_default_len = sizeof(dict_default_data);'; } > $@.part
	mv $@.part $@
$(made_web) $(made_agent) $(made_sync): $(B)/obj/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALLFLAGS) -MMD -MP -c -o $@ $<

define program
$(B)/bin/tally-$1: $(call objs,$1) $(call archives,$(below_$1))
	@mkdir -p $$(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $$@ $(call objs,$1) $(call archives,$(below_$1)) $(call lib_flags,$1 $(below_$1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$p)))

# Unit tests: tests/unit/test_X.c, linked with every layer and the objects of the
# programs but their main.c.  tests/lib/*.c is what tests share.
TESTS     := $(patsubst tests/unit/%.c,$(B)/test/%,$(wildcard tests/unit/test_*.c))
TESTLIB   := $(call objs,tests/lib)
NOMAIN     = $(foreach p,$(PROGRAMS),$(filter-out $(B)/obj/$p/main.o,$(call objs,$p)))
ALLBELOW  := sync store forms web evidence crypto base
$(B)/lib/libtest.a: $(TESTLIB)
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
$(B)/test/%: $(B)/obj/tests/unit/%.o $(B)/lib/libtest.a $(call archives,$(ALLBELOW))
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call lib_flags,agent $(ALLBELOW)) -lcmocka -lxlsxwriter -lpthread
# What a test of a program calls: the program's objects but its main.c.
$(B)/lib/libaudit_prog.a: $(filter-out $(B)/obj/audit/main.o,$(call objs,audit))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
$(B)/test/test_everybit: $(B)/lib/libaudit_prog.a
$(B)/test/test_moment: $(B)/lib/libagent_prog.a
# The agent with its table of commands; main() itself is the test's.
$(B)/obj/tests/agent_main.o: $(B)/obj/agent/main.o
	@mkdir -p $(@D)
	objcopy --redefine-sym main=tally_agent_main $< $@
$(B)/lib/libagent_prog.a: $(filter-out $(B)/obj/agent/main.o,$(call objs,agent)) $(B)/obj/tests/agent_main.o
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
# Tests of the agent: the names of their programs behind "test_".
AGENT_TESTS := duty photo thumb formcache subject typed roster sandbox search space watch session defence users phones md5 guess kept upload
$(AGENT_TESTS:%=$(B)/test/test_%): $(B)/lib/libagent_prog.a
$(B)/lib/libcounty_prog.a: $(filter-out $(B)/obj/county/main.o,$(call objs,county))
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^
$(B)/test/test_plan $(B)/test/test_question: $(B)/lib/libcounty_prog.a
$(B)/test/test_question: $(B)/forms/mutual-fund.xml
$(B)/test/test_fold $(B)/test/test_report $(B)/test/test_figures $(B)/test/test_judge $(B)/test/test_county_export $(B)/test/test_county_parts: $(B)/lib/libcounty_prog.a

# Our form engine for tests/engine, in lines of JSON.
$(B)/test/judge: $(B)/obj/tests/engine/judge.o $(call archives,forms base)
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $^ $(call lib_flags,forms base)

# Every allocation and every call on a file of our own code goes through tests/lib/fault{mem,io}.c.
WRAPPED   := malloc calloc realloc strdup strndup sodium_malloc ZSTD_createDCtx open read pread write pwrite fsync fdatasync rename renameat \
             link unlink unlinkat mkdir mkostemp fchmod chmod ftruncate flock close
$(patsubst %,$(B)/test/test_faults_%,memory files damage): $(B)/lib/libagent_prog.a
$(patsubst %,$(B)/test/test_faults_%,memory files sheet mirror): private LDFLAGS += $(foreach f,$(WRAPPED),-Wl,--wrap=$f)

# The simulation: agents and county in one process, over a network, clocks and disks of its own.
SIMWRAPS  := client_new client_free client_call client_part http_header http_query clock_wall clock_mono clock_boot host_fingerprint
# The whole county beside the whole agent: what both call by the same name stays each one's own.
$(B)/obj/tests/county_whole.o: $(call objs,county)
	@mkdir -p $(@D)
	ld -r -o $@ $^
	objcopy --wildcard $(foreach s,county_program office_* judge_new serve_routes audit_export fold_*,--keep-global-symbol='$s') $@
$(B)/sim/simulation: $(call objs,tests/sim) $(B)/obj/tests/county_whole.o $(B)/lib/libagent_prog.a $(call archives,$(ALLBELOW))
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) $(SIMWRAPS:%=-Wl,--wrap=%) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call lib_flags,agent county $(ALLBELOW)) -lpthread

# Fuzzing: tests/fuzz/fuzz_X.c, each linked with driver.c; built apart, with both
# sanitizers and a call at every branch, which the driver follows.
FUZZERS   := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZBELOW := sync store forms web evidence crypto base
$(B)/obj/tests/fuzz/driver.o: override CFLAGS := -O2 -g
$(B)/fuzz/fuzz_phones: $(B)/obj/agent/people/phones_text.o
$(B)/fuzz/fuzz_typed: $(patsubst %,$(B)/obj/agent/record/%.o,typed exception pixels)
$(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/driver.o $(B)/obj/tests/fuzz/fuzz.o $(B)/obj/tests/lib/mutate.o $(call archives,$(FUZZBELOW))
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(call lib_flags,$(FUZZBELOW))

# Benchmarks: bench/X.c with main, linked with what they share.
BENCHES   := $(patsubst %,$(B)/bench/%,record ingest export bytes search fill fold judge dict swarm)
BENCHLIB  := $(patsubst %,$(B)/obj/bench/%.o,bench world entry) $(B)/obj/tests/lib/county.o
$(B)/bench/record $(B)/bench/fill: $(B)/lib/libagent_prog.a
$(B)/bench/fold $(B)/bench/swarm: $(B)/lib/libcounty_prog.a
$(B)/bench/search: $(patsubst %,$(B)/obj/agent/people/%.o,search search_find search_name)
$(B)/bench/%: $(B)/obj/bench/%.o $(BENCHLIB) $(call archives,$(ALLBELOW))
	@mkdir -p $(@D)
	$(CC) $(SANFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(call lib_flags,agent $(ALLBELOW)) -lpthread

deps-%:
	@packaging/deps $*

demo: deps-demo
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/demo/run

# the lines of the demo that README shows
demo-output: deps-demo
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/demo/run --transcript docs/demo-output.txt
	@tests/demo/readme-lines

try: deps-demo
	@$(MAKE) --no-print-directory -s -j2 all
	@tests/demo/try

check: deps-check
	@$(MAKE) --no-print-directory -s -j2 all judge sim $(B)/bench/dict $(B)/bench/swarm
	@$(MAKE) --no-print-directory -s -j2 SAN=1 tests
	@tests/run --san-units

tests: $(TESTS)
sim: $(B)/sim/simulation

judge: $(B)/test/judge

bench: deps-bench
	@$(MAKE) --no-print-directory -s -j2 all benches
	@bench/run $(B)
	@bench/idle $(B)
	@bench/sync $(B)

benches: $(BENCHES)

# Make the program's own dictionary anew (docs/format.md 10.7).  Every one ever committed must stay readable: a new one is a new file, and the old one stays in sync/dict.
dictionary: all $(B)/bench/dict
	$(B)/bench/dict 1 sync/dict/default.zdict sync/dict/default.from $(sort $(FORMS)) $(sort $(wildcard forms/catalogue/*.xml))

asan: deps-check
	@$(MAKE) --no-print-directory -s -j2 SAN=1 all tests judge sim
	@tests/run --san

fuzzers: $(FUZZERS)

fuzz: deps-check
	@$(MAKE) --no-print-directory -s -j2 SAN=1 B=build-fuzz CFLAGS='-O1 -g -fsanitize-coverage=trace-pc' fuzzers
	@tests/fuzz/run build-fuzz/fuzz

torture: deps-torture
	@$(MAKE) --no-print-directory -s -j2 all tests judge sim
	@tests/torture/run

lint:
	@tests/lint

PREFIX  ?= /usr/local
I        = $(DESTDIR)$(PREFIX)
install: all
	install -d $I/bin $I/share/man/man1 $I/share/tallystick/forms/2026110101 $I/share/tallystick/forms/sheets $I/share/tallystick/openwrt $I/lib/systemd/system $I/lib/sysusers.d $I/lib/tmpfiles.d $(DESTDIR)/etc/tallystick
	install -m 755 $(PROGRAMS:%=$(B)/bin/tally-%) $I/bin
	for p in $(PROGRAMS); do $(B)/bin/tally-$$p --man >$I/share/man/man1/tally-$$p.1 || exit 1; done
	install -m 644 $(FORMS) $I/share/tallystick/forms
	install -m 644 $(wildcard forms/catalogue/*.xml) $I/share/tallystick/forms/2026110101
	install -m 644 $(wildcard forms/catalogue/*.csv) $I/share/tallystick/forms/sheets
	for u in agent county; do sed 's|/usr/bin/|$(PREFIX)/bin/|' packaging/systemd/tally-$$u.service >$I/lib/systemd/system/tally-$$u.service || exit 1; done
	install -m 644 packaging/systemd/sysusers.conf $I/lib/sysusers.d/tallystick.conf
	install -m 644 packaging/systemd/tmpfiles.conf $I/lib/tmpfiles.d/tallystick.conf
	install -m 755 packaging/openwrt/tally-agent.init $I/share/tallystick/openwrt
	install -m 644 packaging/openwrt/tally-agent.config $I/share/tallystick/openwrt
	for u in agent county; do test -e $(DESTDIR)/etc/tallystick/tally-$$u.ini || install -m 644 packaging/systemd/tally-$$u.ini $(DESTDIR)/etc/tallystick || exit 1; done

# a tarball of what is committed, with its version written in
dist:
	git archive --format=tar --prefix=tallystick-$(VERSION)/ HEAD >tallystick.tar
	printf '%s\n' '$(VERSION)' >$(B)/VERSION
	tar -rf tallystick.tar --transform 's|^.*VERSION|tallystick-$(VERSION)/VERSION|' $(B)/VERSION
	gzip -nf9 tallystick.tar && mv tallystick.tar.gz tallystick-$(VERSION).tar.gz

clean:
	rm -rf build build-san build-fuzz

.PHONY: all tests judge sim check demo demo-output try bench benches asan fuzzers fuzz torture lint install dist clean
.SECONDARY:
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
