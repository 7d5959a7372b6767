# SPDX-License-Identifier: BSD-3-Clause
"""Products of two significands: which integers are one, and of what."""

from __future__ import annotations

import functools
import math

#: Steps of the search for one factor; an integer whose factors are not found by then may or may not be a product.
_STEPS = 1 << 17
_SMALL = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)


@functools.lru_cache(maxsize=4096)
def factors(odd: int, a_bits: int, b_bits: int) -> tuple[int, int] | None:
    """Two factors of a positive number, the first of at most ``a_bits`` bits, the other of ``b_bits``; None if none
    were found.
    """
    if odd.bit_length() <= b_bits:
        return 1, odd
    if odd.bit_length() <= a_bits:
        return odd, 1
    for first in _divisors(_primes(odd)[0]):
        second = odd // first
        if first.bit_length() <= a_bits and second.bit_length() <= b_bits:
            return first, second
    return None


def has_factors(odd: int, a_bits: int, b_bits: int) -> bool:
    """False only if it is proven that there are no such factors."""
    if odd.bit_length() > a_bits + b_bits:
        return False
    return factors(odd, a_bits, b_bits) is not None or not _primes(odd)[1]


def _divisors(primes: tuple[int, ...]) -> list[int]:
    found = {1}
    for prime in primes:
        found |= {one * prime for one in found}
    return sorted(found)


@functools.lru_cache(maxsize=4096)
def _primes(number: int) -> tuple[tuple[int, ...], bool]:
    """The prime factors, with repetitions, and whether these are all: else one of them is not prime."""
    found = []
    for prime in _SMALL:
        while number % prime == 0:
            found.append(prime)
            number //= prime
    whole, rest = True, [number] if number > 1 else []
    while rest:
        one = rest.pop()
        if _is_prime(one):
            found.append(one)
            continue
        part = _part(one)
        if part is None:
            found.append(one)
            whole = False
        else:
            rest += [part, one // part]
    return tuple(sorted(found)), whole


def _is_prime(number: int) -> bool:
    """Miller and Rabin with the primes up to 41 as bases: proven below 3.3e24, no counterexample known above."""
    if number < 43 * 43:
        return all(number % prime or number == prime for prime in _SMALL)
    twos = (number - 1 & 1 - number).bit_length() - 1
    for base in _SMALL:
        x = pow(base, number - 1 >> twos, number)
        if x in (1, number - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                break
        else:
            return False
    return True


def _part(number: int) -> int | None:
    """A factor of a composite number, by Pollard's rho; None if it takes too long."""
    root = math.isqrt(number)
    if root * root == number:
        return root
    for start in (1, 3, 5):
        slow = fast = start
        product = 1
        for step in range(1, _STEPS):
            slow = (slow * slow + start) % number
            fast = (fast * fast + start) % number
            fast = (fast * fast + start) % number
            product = product * abs(slow - fast) % number
            if step % 128 == 0 or step < 128:
                common = math.gcd(product, number)
                if 1 < common < number:
                    return common
                if common == number:
                    break
    return None
