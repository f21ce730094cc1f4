"""Random numbers by counter: the n-th draw of a stream is a function of n, with no state.

Threefry-2x64 with 20 rounds (Salmon, Moraes, Dror, Shaw, *Parallel random numbers: as easy as
1, 2, 3*, SC 2011; constants and test vectors from their Random123 library, also in
``tests/engine/test_chance.py``). It needs additions, rotations and exclusive ors alone, so lanes
compute it as they compute anything else, and a member's numbers do not depend on the batch, its
place in it, or the thread.
"""

from __future__ import annotations

from nqpf.engine.jit import called, inlined
from nqpf.engine.lanes import bits_of, choose_int, either, from_bits, shifted_right, xor

_PARITY = 0x1BD11BDAA9FC1A22
_ONE_BITS = 0x3FF0000000000000
_ELEMENT = 0xFFFFFF  # the low bits of a site number the elements of an array


@inlined
def _mix(a, b, bits):
    a = a + b
    return a, xor(either(b << bits, shifted_right(b, 64 - bits)), a)


@inlined
def _four(a, b, r0, r1, r2, r3):
    a, b = _mix(a, b, r0)
    a, b = _mix(a, b, r1)
    a, b = _mix(a, b, r2)
    return _mix(a, b, r3)


@called
def threefry(a, b, k0, k1):
    """The first word of the block of counter (a, b) under the key (k0, k1)."""
    k2 = xor(xor(k0, k1), _PARITY)
    a = a + k0
    b = b + k1
    a, b = _four(a, b, 16, 42, 12, 31)
    a = a + k1
    b = b + k2 + 1
    a, b = _four(a, b, 16, 32, 24, 21)
    a = a + k2
    b = b + k0 + 2
    a, b = _four(a, b, 16, 42, 12, 31)
    a = a + k0
    b = b + k1 + 3
    a, b = _four(a, b, 16, 32, 24, 21)
    a = a + k1
    b = b + k2 + 4
    a, b = _four(a, b, 16, 42, 12, 31)
    return a + k2


@inlined
def draw(stream, seed, site, i):
    """A uniform number in (0, 1), of 52 bits, for step ``i`` of a call ``site``.

    ``stream`` is the call's own seed: where it is 0 every call has numbers of its own, else calls
    with the same seed see the same numbers (Vensim reference manual, RANDOM UNIFORM). ``seed`` is
    the model's.
    """
    own = choose_int(stream == 0.0, site, site % (_ELEMENT + 1))
    word = threefry(own, i, bits_of(seed), bits_of(stream))
    # The middle of each of 2^52 equal intervals: neither 0 nor 1.
    return from_bits(either(shifted_right(word, 12), _ONE_BITS)) - (1.0 - 2.0**-53)
