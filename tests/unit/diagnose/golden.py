#!/usr/bin/env python3
"""Prints golden.inc: diagnostics of draws made by a formula, from an implementation that shares nothing with Dovetail.

Run as `python3 golden.py > golden.inc`. Written from the formulas of docs/diagnostics.md: lists, math.fsum, direct
autocovariance sums, sorting for ranks, and mpmath for normal, beta and Pareto functions. Needs mpmath.
"""
import math

from mpmath import betainc, erfinv, mp, mpf, sqrt

mp.dps = 30


def draws(case):
    """M chains of N draws: x <- phi x + u - 1/2 with u from a 32-bit linear congruential generator, then a map."""
    chains, n, phi, shape = case["chains"], case["draws"], case["phi"], case["shape"]
    out = []
    for m in range(chains):
        state = (12345 + 7919 * m) % 2**32
        x = 0.0
        chain = []
        for _ in range(n):
            state = (1664525 * state + 1013904223) % 2**32
            x = phi * x + (state / 4294967296.0 - 0.5)
            if shape == "plain":
                y = x
            elif shape == "shifted":
                y = x + 0.25 * m
            elif shape == "rounded":
                y = math.floor(4.0 * x)
            elif shape == "heavy":
                y = x / (1.0 - x * x / 4.0) if x * x < 4.0 else x
                y = y * y * y
            chain.append(float(y))
        out.append(chain)
    return out


def mean(v):
    return math.fsum(v) / len(v)


def variance(v):
    c = mean(v)
    return math.fsum((x - c) ** 2 for x in v) / (len(v) - 1)


def split(chains):
    n = len(chains[0]) // 2
    return [part for c in chains for part in (c[:n], c[len(c) - n:])]


SCORES = {}


def normal_scores(sequences):
    pooled = sorted(x for s in sequences for x in s)
    size = len(pooled)
    first, last = {}, {}
    for i, x in enumerate(pooled, 1):
        first.setdefault(x, i)
        last[x] = i

    def score(x):
        rank = mpf(first[x] + last[x]) / 2
        key = (rank, size)
        if key not in SCORES:
            p = (rank - mpf(3) / 8) / (size + mpf(1) / 4)
            SCORES[key] = float(sqrt(2) * erfinv(2 * p - 1))
        return SCORES[key]

    return [[score(x) for x in s] for s in sequences]


def quantile(v, p):
    v = sorted(v)
    h = (len(v) - 1) * p
    low = math.floor(h)
    return v[low] if h == low else v[low] + (h - low) * (v[low + 1] - v[low])


def pool(chains):
    return [x for c in chains for x in c]


def r_hat(sequences):
    n = len(sequences[0])
    w = mean([variance(s) for s in sequences])
    b = variance([mean(s) for s in sequences])
    return math.sqrt(((n - 1) / n * w + b) / w)


def ess(sequences):
    n, count = len(sequences[0]), len(sequences)
    w = mean([variance(s) for s in sequences])
    plus = (n - 1) / n * w + variance([mean(s) for s in sequences])
    centred = [[x - mean(s) for x in s] for s in sequences]

    def rho(t):
        if t == 0:
            return 1.0
        acov = mean([math.fsum(s[i] * s[i + t] for i in range(n - t)) / n for s in centred])
        return 1 - (w - n / (n - 1) * acov) / plus

    pairs = []
    lag = 0
    while lag == 0 or lag <= n - 6:
        pair = rho(lag) + rho(lag + 1)
        if pair <= 0:
            break
        pairs.append(pair if not pairs else min(pair, pairs[-1]))
        lag += 2
    tau = -1 + 2 * math.fsum(pairs) + max(rho(lag), 0)
    total = count * n
    return total / max(tau, 1 / math.log10(total))


def indicator(chains, p):
    q = quantile(pool(chains), p)
    if q == max(pool(chains)):
        return [[1.0 if x < q else 0.0 for x in s] for s in split(chains)]
    return [[1.0 if x <= q else 0.0 for x in s] for s in split(chains)]


def beta_quantile(p, a, b):
    low, high = mpf(0), mpf(1)
    for _ in range(60):
        mid = (low + high) / 2
        low, high = (mid, high) if betainc(a, b, 0, mid, regularized=True) < p else (low, mid)
    return low


def mcse_quantile(chains, p):
    e = ess(indicator(chains, p))
    v = sorted(pool(chains))
    s = len(v)
    low = max(math.floor(beta_quantile(mpf("0.158655253931457051"), e * p + 1, e * (1 - p) + 1) * s), 1)
    high = min(math.ceil(beta_quantile(mpf("0.841344746068542949"), e * p + 1, e * (1 - p) + 1) * s), s)
    return (v[high - 1] - v[low - 1]) / 2


def mcse_sd(chains):
    c = mean(pool(chains))
    v = [(x - c) ** 2 for x in pool(chains)]
    s2 = mean(v)
    e = ess([[(x - c) ** 2 for x in s] for s in split(chains)])
    return math.sqrt((mean([x * x for x in v]) - s2 * s2) / e) / (2 * math.sqrt(s2))


def sokal(chains):
    n = len(chains[0])
    centred = [[x - mean(c) for x in c] for c in chains]

    def acov(t):
        return math.fsum(c[i] * c[i + t] for c in centred for i in range(n - t))

    tau = 1.0
    for t in range(1, n):
        tau += 2 * acov(t) / acov(0)
        if t >= 5 * max(tau, 1):
            return tau, t
    return tau, n - 1


def batch_means(chains):
    n = len(chains[0])
    b = math.isqrt(n)
    c = mean(pool(chains))
    means = [mean(chain[i * b:(i + 1) * b]) for chain in chains for i in range(n // b)]
    of_means = math.fsum((x - c) ** 2 for x in means) / (len(means) - 1)
    total = n * len(chains)
    return total / max(b * of_means / variance(pool(chains)), 1 / math.log10(total))


def e_bfmi(v):
    c = mean(v)
    return math.fsum((b - a) ** 2 for a, b in zip(v, v[1:])) / math.fsum((x - c) ** 2 for x in v)


def k_hat(log_weights):
    lw = [mpf(x) for x in log_weights]
    top = max(lw)
    w = sorted(mp.exp(x - top) for x in lw)
    s = len(w)
    m = min(s // 5, math.ceil(3 * math.sqrt(s)))
    cutoff = w[s - m - 1]
    x = [v - cutoff for v in w if v > cutoff]  # draws equal to the cutoff do not exceed it
    m = len(x)
    grid = 30 + math.isqrt(m)
    xq = x[math.floor(m / 4 + 0.5) - 1]
    theta = [1 / x[-1] + (1 - sqrt(grid / (j - mpf(1) / 2))) / (3 * xq) for j in range(1, grid + 1)]

    def shape(t):
        return sum(mp.log(1 - t * v) for v in x) / m

    ll = []
    for t in theta:
        k = shape(t)
        ll.append(m * (mp.log(-t / k) - k - 1))
    weight = [1 / sum(mp.exp(a - b) for a in ll) for b in ll]
    t = sum(a * b for a, b in zip(theta, weight)) / sum(weight)
    k = shape(t)
    sigma = -k / t
    shrunk = (m * k + 5) / (m + 10)
    # smoothed tail: smallest, and sum of all smoothed weights
    fitted = [min(cutoff + sigma / shrunk * ((1 - (z - mpf(1) / 2) / m) ** (-shrunk) - 1), mpf(1)) for z in range(1, m + 1)]
    return shrunk, sigma, sum(w[:s - m]) + sum(fitted), sum(w) ** 2 / sum(v * v for v in w)


CASES = [
    dict(chains=4, draws=100, phi=0.5, shape="plain"),
    dict(chains=3, draws=51, phi=0.9375, shape="plain"),
    dict(chains=1, draws=40, phi=0.25, shape="plain"),
    dict(chains=2, draws=400, phi=0.75, shape="rounded"),
    dict(chains=4, draws=125, phi=0.0, shape="heavy"),
    dict(chains=4, draws=200, phi=-0.5, shape="plain"),
    dict(chains=4, draws=60, phi=0.5, shape="shifted"),
    dict(chains=2, draws=8, phi=0.5, shape="plain"),
]


def main():
    print("// Printed by golden.py; do not edit. Columns as in struct Golden of golden_test.cpp.")
    for case in CASES:
        c = draws(case)
        folded_at = quantile(pool(c), 0.5)
        folded = [[abs(x - folded_at) for x in s] for s in split(c)]
        bulk = normal_scores(split(c))
        tau, window = sokal(c)
        khat, sigma, smoothed, is_ess = k_hat(pool(c)) if len(pool(c)) >= 40 else (0, 0, 0, 0)
        figures = [
            mean(pool(c)), math.sqrt(variance(pool(c))),
            quantile(pool(c), 0.05), quantile(pool(c), 0.5), quantile(pool(c), 0.95),
            r_hat(bulk), r_hat(normal_scores(folded)), r_hat(split(c)),
            ess(bulk), min(ess(indicator(c, 0.05)), ess(indicator(c, 0.95))), ess(split(c)),
            ess([[(x - mean(pool(c))) ** 2 for x in s] for s in split(c)]), ess(indicator(c, 0.5)),
            math.sqrt(variance(pool(c)) / ess(split(c))), mcse_sd(c), mcse_quantile(c, 0.1), mcse_quantile(c, 0.5),
            tau, float(window), batch_means(c), e_bfmi(c[0]), khat, smoothed, is_ess,
        ]
        print("{%d, %d, %r, Shape::%s, {" % (case["chains"], case["draws"], case["phi"], case["shape"])
              + ", ".join(mp.nstr(mpf(f), 17) for f in figures) + "}},")


main()
