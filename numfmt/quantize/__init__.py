# SPDX-License-Identifier: BSD-3-Clause
"""Quantizers: values to integer or float codes with scales, and what that costs."""
