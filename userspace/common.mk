# SPDX-License-Identifier: GPL-2.0-or-later
# What the Makefiles of userspace share. Everything is built in $(BUILD):
#   lib/  libraries            bin/  programs, /bin of the guest
#   obj/  objects              t/    TAP programs, /t of the guest
USERSPACE := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
BUILD     := $(USERSPACE)/build
UAPI      := $(USERSPACE)/../module/uapi
# Linked into every program: see the file.
STREAMS   := $(BUILD)/obj/streams.o
# Linked into those that print JSON and are static.
JSON      := $(BUILD)/obj/json.o
# Programs have libvmadev within them, and two link to no library at all: they go into
# guests of other machines and into containers. LINK=shared is for distributions.
LINK      ?= static
STATIC    := $(BUILD)/lib/libvmadev.a
LIBVMADEV := $(BUILD)/lib/libvmadev.$(if $(filter shared,$(LINK)),so,a)
STATICALLY := $(if $(filter static,$(LINK)),-static)

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
INSTALL    ?= install
CFLAGS     ?= -O2 -g

NAME     := $(notdir $(CURDIR))
OBJ      := $(BUILD)/obj/$(NAME)
VERSION  := $(shell sed -n 's/^.define LIBVMADEV_VERSION "\(.*\)"/\1/p' $(USERSPACE)/lib/libvmadev.h)
CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I$(USERSPACE)/lib -I$(UAPI) -MMD -MP
CFLAGS   += -std=gnu11 -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes

KSELFTEST_DIR ?= $(error KSELFTEST_DIR is not set: name the folder of kselftest_harness.h \
	(tools/testing/selftests of a kernel source))
TEST_CPPFLAGS = $(CPPFLAGS) -isystem $(KSELFTEST_DIR)

all:
tests: all
check: tests
.PHONY: all tests check install

$(BUILD)/lib/libvmadev.%:
	$(MAKE) -C $(USERSPACE)/lib all

$(STREAMS): $(USERSPACE)/../selftests/lib/streams.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(JSON): $(USERSPACE)/json.c $(USERSPACE)/json.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(OBJ)/%.o: %.c Makefile $(USERSPACE)/common.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

-include $(wildcard $(OBJ)/*.d $(OBJ)/*/*.d)
