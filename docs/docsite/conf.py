# Copyright: (c) 2026, keysmith.jwt contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site of the Markdown under docs/ and the reference of antsibull-docs."""

from __future__ import annotations

project = "keysmith.jwt"
copyright = "keysmith.jwt contributors"
title = html_short_title = "keysmith.jwt"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 4
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

html_theme = "sphinx_ansible_theme"
html_theme_options = {"collapse_navigation": True, "navigation_depth": 3}
html_show_sphinx = False
html_copy_source = False
html_use_index = False
pygments_style = "ansible"
highlight_language = "YAML+Jinja"

default_role = "any"
nitpicky = True
# Labels of Ansible's own documentation, which would have to be downloaded. Examples are parts of plays.
suppress_warnings = ["ref.ref", "misc.highlighting_failure"]
