# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# Sourced: what suite_share() of tests/suite.h is for tests in C.

# usage: share_of N: how many of N a whole soak has, which sets SOAK_SHARE.
share_of() {
    echo $((($1 + ${SOAK_SHARE:-1} - 1) / ${SOAK_SHARE:-1}))
}
