# SPDX-License-Identifier: BSD-3-Clause
"""Why no vector of a job tells another behaviour from the right one: where it takes a case that cannot be."""

from __future__ import annotations

import functools
from fractions import Fraction

import numpy as np

from numfmt import faults
from numfmt.cover.extremes import NO_SUCH_CLASS, class_codes, flushes
from numfmt.cover.operation_points import fused_bins, lost_bins
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
_BY_CLASS = ("overflow_", "invalid_", "nan_", "underflow_missing", "inexact_missing_on_", "inexact_with_",
             "divide_by_zero_", "zero_by_zero_", "infinity_by_zero_")  # fmt: skip
_TIES = ("rounds_ties_even", "rounds_ties_away", "ties_toward_zero", "ties_toward_positive", "ties_to_odd")
_NEAREST = ("ties_even", "ties_away")
_DIRECTED = ("toward_zero", "toward_positive", "toward_negative", "to_odd")
#: Faults that round positive results as the right rounding does.
_ALIKE_ABOVE_ZERO = {
    "toward_positive": ("rounds_away_from_zero", "rounding_ignores_sign"),
    "toward_zero": ("rounds_toward_negative",),
    "toward_negative": ("rounds_toward_zero", "rounding_ignores_sign"),
}
#: Roundings that see nothing of a sticky bit below an exact value or the least that they round up.
_MORE_IS_ALIKE = ("toward_zero", "ties_away", "stochastic_a", "stochastic_b")
_WIDER = {"binary32": 24, "binary64": 53, "x87_extended": 64}
#: Their largest exponents.
_REACHES = {24: 127, 53: 1023, 64: 16383}


def why_alike(job: Job, fault: Fault) -> str:
    """Why the fault makes no difference; "" if nothing that is known here says so."""
    name = fault.name
    if name == "underflow_when_exact":
        return _why_no_exact_subnormal(job)
    if name.startswith(_BY_CLASS) or (name == "sign_lost" and job.op.name == "from_int"):
        is_open = name.startswith("overflow_") and _has_more_classes(job)
        return "" if is_open or _differs_at_extremes(job, fault) else NO_SUCH_CLASS
    if not has_span(job):
        return "the result is an operand" if name == "inexact_missing" and job.result.type in job.types else ""
    once = to_format(job) is None or precision(job) > 1
    if name == "sticky_stuck" and once and job.op.name.endswith("_not_exact") and job.env.rounding in _MORE_IS_ALIKE:
        return f"{job.env.rounding} takes a little more than an exact result or a threshold to the same integer"
    if name == "int_lowest_out_of_range" and isinstance(job.result.type, IntType):
        size = Fraction(abs(job.result.type.values[0]))
        return why_not(job, Need(low=size - 1, high=size + 1, negative=True, open="both")) if size else ""
    if name == "int_range_before_rounding":
        return _why_no_fraction_at_ends(job)
    if to_format(job) is None or job.op.name in INTEGRAL:
        return ""
    if name == "fma_unfused" and not _differs_at_extremes(job, fault):
        return _all(list(fused_bins(job)), job, "every product is a value of the result's format")
    if name == "tininess_swapped":
        return _all(
            [one for one in tininess_bins(job) if "not_tiny" in one.name], job, "both rules agree on what is tiny"
        )
    if name.startswith("double_rounding_"):
        return _why_rounded_alike(job, name.removeprefix("double_rounding_"))
    return _why_flushed(job, name) or _why_same_rounding(job, name)


def _has_more_classes(job: Job) -> bool:
    """Has an operand encodings that no class stands for?  x87's have unnormals and the like."""
    return any(isinstance(type_, Format) and type_.explicit_leading_bit for type_ in job.types)


def _why_flushed(job: Job, name: str) -> str:
    """Why flushing hides the difference."""
    if not flushes(job):
        return ""
    if name == "results_not_flushed" and not tiny_results(job):
        return "no exact result is tiny"
    inexact = [one for one in lgs_bins(job) if "_normal_" in one.name and "G0S0" not in one.name]
    inexact = [one for one in inexact if "subnormal" not in one.name]
    return _all(inexact, job, "what is inexact is flushed") if name.startswith("rounds_") else ""


def tiny_results(job: Job) -> bool:
    """May an exact result be tiny?"""
    to = to_format(job)
    if to is None or to.min_normal is None:
        return True
    needs = [Need(low=Fraction(0), high=to.min_normal, negative=minus, open="high") for minus in (False, True)]
    return not all(why_not(job, need) for need in needs)


def _why_same_rounding(job: Job, name: str) -> str:
    """Why another rounding rounds all results of the job alike."""
    rounding = job.env.rounding
    if name == "subnormal_rounded_twice" and rounding == "to_odd":
        return "rounding twice to odd is rounding once"
    to, unit = to_format(job), span(job).unit
    short = to is not None and unit is not None and to.emin - unit <= precision(job)
    if name == "subnormal_rounded_twice" and short and not job.env.is_stochastic:
        return "no tiny result has more bits than the precision"
    if name == "rounds_away_from_zero" and rounding in _NEAREST:
        some = [one for one in lgs_bins(job) if "G0S0" not in one.name]
        if exact := _all(some, job, "what is inexact overflows"):
            return exact
    if name in _TIES and rounding in _NEAREST:
        ties = [one for one in lgs_bins(job) if "G1S0" in one.name]
        ties = [one for one in ties if not (flushes(job) and "subnormal" in one.name)]
        return _all(ties, job, "no exact result is a tie")
    if name == "rounding_carry_lost":
        guard = "G1" if rounding in _NEAREST else ""
        some = [one for one in carry_bins(job) if "binade_" in one.name and guard in one.name]
        return _all(some, job, "no normal result rounds up to a power of two")
    if not span(job).negative and name in _ALIKE_ABOVE_ZERO.get(rounding, ()):
        return "no exact result is negative"
    if job.env.is_stochastic and name.startswith("rounds_stochastic_"):
        tie = {rounding, name.removeprefix("rounds_")} == {"stochastic_b", "stochastic_c"}
        return _why_no_bits_below_random(job, ends=tie)
    return ""


def _why_no_bits_below_random(job: Job, *, ends: bool) -> str:
    """Why no exact result lies between two multiples of the weight of the last random bit, which is where stochastic
    roundings part; B and C only in the middle, where it ``ends``.
    """
    to, p = to_format(job), precision(job) + job.random_width + 1
    if to is None:
        return ""
    unit = to.emin - p + 1
    for minus in (False, True):
        normal = Need(low=to.min_normal or to.max, high=2 * to.max, unit=unit + to.emax - to.emin, bits=p, ends=ends,
                      negative=minus)  # fmt: skip
        low = Need(low=Fraction(0), high=to.min_normal or to.max, unit=unit, ends=ends, negative=minus)
        if not (why_not(job, normal) and why_not(job, low)):
            return ""
    return f"no exact result {'ends one place' if ends else 'has bits'} below the random bits"


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
    if to.min_positive == to.min_normal:
        return f"{to} has no subnormal values"
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
    if to is None:
        return ""
    if more and bounds.unit is not None and to.emax + 2 - bounds.unit <= more:
        return f"every exact result that does not overflow has at most {more} bits"
    if job.env.rounding in _DIRECTED:
        return _why_directed_alike(job, more)
    if not more or job.env.rounding not in _NEAREST:
        return ""
    types = [type_ for type_ in job.types if isinstance(type_, Format)]
    if job.op.name in ("add", "sub", "fma") and _is_half_alone(job, more):
        return f"next to a midpoint, {more} bits hold both addends"
    near = to.emax + 1 - (to.emin - p + 1) < more - 1  # no addend is lost below a product that is a midpoint
    if job.op.name == "fma" and all(type_ == to for type_ in types) and more >= 3 * p + 3 and near:
        return f"a sum next to a midpoint is {3 * p + 3} bits or less away from it"
    if job.op.name == "rsqrt" and types[0].precision <= p and more >= 3 * p + 3:
        return f"no inverse root of {p} bits is within 2^-{3 * p + 2} of a midpoint"
    if job.op.name == "rsqrt" and (p, types[0].precision) == (24, 24) and more >= 53:
        return "no inverse root of the 2^23 significands, of even and odd exponents, is that near to a midpoint"
    return ""


def _is_half_alone(job: Job, more: int) -> bool:
    """Do so many bits hold every sum that is next to a midpoint?

    Such a sum with more bits has addends so far apart that the larger one is the midpoint itself, which has a bit more
    than the destination.  Tiny results have fewer bits, so these must be exact, or fit.
    """
    to, p, bounds = to_format(job), precision(job), span(job)
    bits = [bits for _, bits, _ in bounds.addends]
    if to is None or bounds.unit is None or not bits or max(bits) > p or more < sum(bits) - max(bits) + p + 3:
        return False
    inexact = [one for one in lgs_bins(job) if "subnormal" in one.name and "G0S0" not in one.name]
    fits = to.emin - bounds.unit <= more and to.emax < _REACHES.get(more, 1 << 30)
    return fits or all(argument(job, one) for one in inexact)


def _why_directed_alike(job: Job, more: int) -> str:
    """Rounding twice to odd is rounding once.  So is rounding twice in one direction, where no result is tiny and
    inexact: there the first rounding may leave nothing for the second, which then sees no underflow.
    """
    reason = "rounding twice in one direction is rounding once"
    if job.env.rounding == "to_odd":
        return "rounding twice to odd is rounding once"
    to, unit = to_format(job), span(job).unit
    wide = to is not None and to.emax < _REACHES.get(more, 1 << 30)
    if to is not None and wide and unit is not None and to.emin - unit <= more:  # tiny results have no more bits
        return reason
    inexact = [one for one in lgs_bins(job) if "subnormal" in one.name and "G0S0" not in one.name]
    if job.op.name == "fma" and all(argument(job, one) for one in lost_bins(job)):
        addend = job.types[2].precision if isinstance(job.types[2], Format) else more
        return reason if addend < more >= _WIDER["binary64"] else ""
    return _all(inexact, job, reason)
