# SPDX-License-Identifier: BSD-3-Clause
"""Coverage: which cases a set of vectors holds, sampled on the exact results, and vectors that hold them all."""
