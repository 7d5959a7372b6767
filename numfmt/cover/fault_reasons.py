# SPDX-License-Identifier: BSD-3-Clause
"""Why no vector of a job tells another behaviour from the right one: where it takes a case that cannot be."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np

from numfmt import faults
from numfmt.cover.extremes import NO_SUCH_CLASS, class_codes
from numfmt.cover.operation_points import fused_bins
from numfmt.cover.points import Bin, argument, to_format
from numfmt.cover.rounding_points import carry_bins, lgs_bins
from numfmt.cover.sample import INTEGRAL, precision
from numfmt.cover.span import Need, has_span, span, why_not
from numfmt.cover.tininess import tininess_bins
from numfmt.faults import Fault
from numfmt.formats import Format
from numfmt.inttypes import IntType
from numfmt.jobs import Job

#: Behaviours that show only in results that the operands' classes and extreme magnitudes decide.
_BY_CLASS = ("overflow_", "invalid_", "nan_", "underflow_", "inexact_missing_on_", "inexact_with_", "sign_lost",
             "divide_by_zero_", "zero_by_zero_", "infinity_by_zero_")  # fmt: skip
_TIES = ("rounds_ties_even", "rounds_ties_away", "ties_toward_zero", "ties_toward_positive", "ties_to_odd")
_NEAREST = ("ties_even", "ties_away")
_WIDER = {"binary32": 24, "binary64": 53, "x87_extended": 64}


def why_alike(job: Job, fault: Fault) -> str:
    """Why the fault makes no difference; "" if nothing that is known here says so."""
    name = fault.name
    if name == "underflow_when_exact":
        return _why_no_exact_subnormal(job)
    if name.startswith(_BY_CLASS):
        return "" if _differs_at_extremes(job, fault) else NO_SUCH_CLASS
    if not has_span(job):
        return "the result is an operand" if name == "inexact_missing" and job.result.type in job.types else ""
    if name in _TIES and job.env.rounding in _NEAREST:
        return _all([one for one in lgs_bins(job) if "G1S0" in one.name], job, "no exact result is a tie")
    if name == "tininess_swapped" and to_format(job) is not None:
        some = [one for one in tininess_bins(job) if "not_tiny" in one.name]
        return _all(some, job, "both rules agree on what is tiny")
    if name == "rounding_carry_lost" and to_format(job) is not None and job.op.name not in INTEGRAL:
        guard = "G1" if job.env.rounding in _NEAREST else ""
        some = [one for one in carry_bins(job) if "binade_" in one.name and guard in one.name]
        return _all(some, job, "no normal result rounds up to a power of two")
    if name == "fma_unfused":
        return _all(list(fused_bins(job)), job, "every product is a value of the result's format")
    if name == "int_range_before_rounding":
        return _why_no_fraction_at_ends(job)
    return _why_rounded_alike(job, name.removeprefix("double_rounding_")) if name.startswith("double_") else ""


def _all(some: list[Bin], job: Job, reason: str) -> str:
    """The reason, if no exact result is in any of the bins."""
    return reason if some and all(argument(job, one) for one in some) else ""


@functools.lru_cache(maxsize=1024)
def _differs_at_extremes(job: Job, fault: Fault) -> bool:
    codes = class_codes(job)
    for random in (0, (1 << job.random_width) - 1) if job.is_random else (None,):
        bits = None if random is None else np.full(codes[0].shape, random, np.uint32)
        if any(differs.any() for differs in fault.differs(faults.Block(job, codes, bits))):
            return True
    return False


def _why_no_exact_subnormal(job: Job) -> str:
    """Why no subnormal value is an exact result."""
    to = to_format(job)
    if to is None or to.min_normal is None or job.op.name in INTEGRAL or not has_span(job):
        return ""
    for minus in (False, True):
        if not why_not(job, Need(low=to.min_positive, high=to.min_normal, ends=True, negative=minus, open="high")):
            return ""
    return "no exact result that ends is subnormal"


def _why_no_fraction_at_ends(job: Job) -> str:
    """Why no operand lies between an end of the integers and the next integer."""
    type_ = job.result.type
    if not isinstance(type_, IntType):
        return ""
    for value in (type_.values[0], type_.values[-1]):
        need = Need(low=Fraction(abs(value)), high=Fraction(abs(value) + 1), unit=-1, bits=abs(value).bit_length() + 1,
                    negative=value < 0 or (value == 0), open="both")  # fmt: skip
        if not why_not(job, need):
            return ""
    return "no operand lies less than 1 beyond an end of the range"


def _why_rounded_alike(job: Job, wider: str) -> str:
    """Why rounding to a wider precision first makes no difference."""
    to, p = to_format(job), precision(job)
    bounds = span(job)
    more = _WIDER.get(wider, 0)
    if to is None or not more or job.env.rounding not in _NEAREST:
        return ""
    if bounds.unit is not None and to.emax + 2 - bounds.unit <= more:
        return f"every exact result that does not overflow has at most {more} bits"
    types = [type_ for type_ in job.types if isinstance(type_, Format)]
    near = to.emax + 1 - (to.emin - p + 1) < more - 1  # no addend is lost below a product that is a midpoint
    if job.op.name == "fma" and all(type_ == to for type_ in types) and more >= 3 * p + 3 and near:
        return f"a sum next to a midpoint is {3 * p + 3} bits or less away from it"
    if job.op.name == "rsqrt" and types[0].precision <= p and more >= 3 * p + 3:
        return f"no inverse root of {p} bits is within 2^-{3 * p + 2} of a midpoint"
    if job.op.name == "rsqrt" and (p, types[0].precision) == (24, 24) and more >= 53:
        return "no inverse root of the 2^24 significands, of even and odd exponents, is that near to a midpoint"
    return ""
