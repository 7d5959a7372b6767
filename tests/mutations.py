# SPDX-License-Identifier: BSD-3-Clause
"""The table of classic faults that are built into the rational oracle, and the operations where each can show."""

from __future__ import annotations

import oracle_bits
from faulty import (
    CarryLost,
    Flushing,
    Mutation,
    OtherTininess,
    TiesDown,
    Wrapping,
    a_little_more,
    answers,
    by_case,
    by_env,
    by_magnitude,
    by_op,
    by_outcome,
    exact_underflow,
    first_of_zeros,
    first_signaling,
    invalid_as_divide,
    invalid_of_signaling,
    nan_canonical,
    nan_is_true,
    no_invalid_of_signaling,
    only_guard,
    other_zero,
    plus_zero,
    select_2008,
    short_alignment,
    sign_xor,
    stuck_next,
    subnormal_twice,
    swapped,
    truncated_range,
    twice_rounded,
    unfused,
    without,
    zeros_unequal,
)
from oracle import INEXACT, OVERFLOW, UNDERFLOW
from oracle_compare import PREDICATES
from oracle_select import SELECTIONS

ROUNDED = ("add", "sub", "mul", "div", "fma", "faa", "sqrt", "recip", "rsqrt", "convert", "scaleb", "from_int")
PRODUCTS = ("mul", "div", "fma", "convert", "scaleb")
SUMS = ("add", "sub", "faa", "fma")
RANGED = ("mul", "div", "add", "fma", "convert", "scaleb")
COMPARISONS = tuple(op for op in PREDICATES if op not in ("ordered", "unordered"))
BITS = ("negate", "absolute", "copysign")
IEEE = ("binary16",)
MUTATIONS = (
    Mutation("tininess_swapped", ("mul", "fma", "convert"), by_case(OtherTininess)),
    Mutation("results_flushed", PRODUCTS, by_case(Flushing)),
    Mutation("operands_flushed", ("add", "mul", "div", "fma", "sqrt", "convert"), by_env(daz=True)),
    Mutation("rounds_toward_zero", ROUNDED, by_env(rounding="toward_zero")),
    Mutation("rounds_ties_away", ("add", "sub", "mul", "fma", "convert", "from_int"), by_env(rounding="ties_away")),
    Mutation("rounds_toward_positive", ("add", "mul", "div"), by_env(rounding="toward_positive")),
    Mutation("ties_toward_zero", ("add", "sub", "mul", "fma", "convert", "from_int"), by_case(TiesDown)),
    Mutation("sticky_lost", ("add", "mul", "div", "sqrt", "fma", "convert"), by_magnitude(only_guard)),
    Mutation("sticky_stuck", ROUNDED, by_magnitude(a_little_more)),
    Mutation("double_rounding_plus_2", ("add", "mul", "div", "fma", "convert"), twice_rounded(2)),
    Mutation("exponent_high", (*ROUNDED, "logb"), by_magnitude(lambda _, size: 2 * size)),
    Mutation("exponent_low", ("mul", "div", "sqrt"), by_magnitude(lambda _, size: size / 2)),
    Mutation("rounding_carry_lost", ("add", "mul", "fma", "convert", "from_int"), by_case(CarryLost)),
    Mutation("subnormal_shift_short", ("mul", "div", "add", "convert"), by_magnitude(subnormal_twice)),
    Mutation("overflow_wraps", RANGED, by_case(Wrapping)),
    Mutation("overflow_saturate", RANGED, by_env(overflow="saturate"), formats=IEEE),
    Mutation("overflow_ieee", RANGED, by_env(overflow="ieee"), formats=("e4m3fn",)),
    Mutation("cancellation_sign", SUMS, other_zero),
    Mutation("zero_sign_lost", ("mul", "div", "sqrt", "fma", "round_to_integral", "fmod", "remainder"),
             by_outcome(plus_zero)),
    Mutation("alignment_no_sticky", ("add", "sub"), short_alignment),
    Mutation("fma_unfused", ("fma",), unfused),
    Mutation("operands_swapped", ("sub", "div", "fmod", "remainder", "lt", "ge", "total_order"), swapped),
    Mutation("remainder_truncated", ("remainder",), by_op(lambda _: "fmod")),
    Mutation("fmod_to_nearest", ("fmod",), by_op(lambda _: "remainder")),
    Mutation("nan_canonical", ("add", "mul", "fma", "sqrt"), by_outcome(nan_canonical), {"nan": "arm"}, IEEE),
    Mutation("nan_not_quieted", ("add", "mul", "sqrt", "minimum"), by_outcome(first_signaling), formats=IEEE),
    Mutation("inexact_missing_on_overflow", RANGED, without(INEXACT, OVERFLOW)),
    Mutation("underflow_missing", PRODUCTS, without(UNDERFLOW, UNDERFLOW)),
    Mutation("underflow_when_exact", ("add", "sub", "mul", "div"), exact_underflow),
    Mutation("divide_by_zero_is_invalid", ("div", "recip", "rsqrt", "logb"), by_outcome(invalid_as_divide),
             formats=IEEE),
    Mutation("invalid_missing_for_signaling", ("add", "fma", "sqrt", "eq", "next_up", "next_down", *SELECTIONS),
             by_outcome(no_invalid_of_signaling), formats=IEEE),
    Mutation("invalid_in_quiet_operation", (*BITS, *oracle_bits.TESTS, "classify", "total_order", "total_order_mag"),
             by_outcome(invalid_of_signaling), formats=IEEE),
    Mutation("flags_stuck_at_zero", ("round_to_integral", "scaleb", "to_int"), without(31, 31)),
    Mutation("nan_compares", tuple(PREDICATES), by_outcome(nan_is_true)),
    Mutation("zeros_differ", COMPARISONS, by_outcome(zeros_unequal)),
    Mutation("minmax_2008", ("minimum", "maximum", "minimum_magnitude", "maximum_magnitude_number"),
             by_op(select_2008), formats=IEEE),
    Mutation("minmax_first_zero", tuple(SELECTIONS), by_outcome(first_of_zeros)),
    Mutation("int_wrap", ("to_int", "to_int_not_exact"), by_env(int_overflow="wrap")),
    Mutation("int_range_before_rounding", ("to_int", "to_int_not_exact"), truncated_range, formats=IEEE),
    Mutation("rounds_toward_zero", ("to_int", "to_int_not_exact", "round_to_integral", "round_to_integral_not_exact"),
             by_env(rounding="toward_zero"), name="integers_truncated"),
    Mutation("next_stuck_in_binade", ("next_up", "next_down"), by_outcome(stuck_next)),
    Mutation("sign_operation", BITS, by_outcome(sign_xor)),
    Mutation("specials_confused", ("is_nan", "is_infinite"),
             answers(is_nan=lambda kind: kind == "inf", is_infinite=lambda kind: kind.endswith("nan")), formats=IEEE),
)  # fmt: skip
