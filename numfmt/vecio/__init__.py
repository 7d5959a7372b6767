# SPDX-License-Identifier: BSD-3-Clause
"""Vector files, one module per file format."""
