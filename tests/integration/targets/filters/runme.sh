#!/usr/bin/env bash
# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

set -eux

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

ansible-playbook filters.yml -i localhost, --vault-password-file password.txt -e "work=$work" "$@"
