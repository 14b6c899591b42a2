# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What is not asked of checkpatch.
# shellcheck disable=SC2034 # not every script needs all

# checkpatch speaks for the newest kernel, in which everything it names exists.
# The module is built for older ones too (kzalloc_obj), the header is also read
# by programs (BIT), and in compat.h an argument may be for other kernels only.
readonly MODULE_IGNORES=ALLOC_WITH_SIZEOF,BIT_MACRO,MACRO_ARG_UNUSED

# The layout that the kernel's own TRACE_EVENT headers have.
readonly TRACE_IGNORES=OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT

# What is sound advice in the kernel, but has no counterpart outside; and BRACES,
# which the harness's ASSERT, a for loop within, needs around a single statement.
readonly PROGRAM_IGNORES=ARRAY_SIZE,AVOID_EXTERNS,BIT_MACRO,BRACES,CAMELCASE,COMPLEX_MACRO,\
CONST_STRUCT,EMBEDDED_FUNCTION_NAME,ENOSYS,MACRO_ARG_REUSE,MACRO_WITH_FLOW_CONTROL,MULTISTATEMENT_MACRO_USE_DO_WHILE,NAKED_SSCANF,\
NEW_TYPEDEFS,PREFER_DEFINED_ATTRIBUTE_MACRO,PREFER_KERNEL_TYPES,SPLIT_STRING,\
SSCANF_TO_KSTRTO,STRCPY,STRLCPY,STRNCPY,TRAILING_SEMICOLON,USE_NEGATIVE_ERRNO,VOLATILE
