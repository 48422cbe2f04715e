"""Walker-steps per second of processor time of emcee on the normal law of builtin:mvn,d=2: its own loop, and with all walkers in one call."""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import time

import emcee
import numpy


def log_density(x):
    return -5.0 * (x[0] * x[0] + x[1] * x[1])


def log_densities(x):
    return -5.0 * (x * x).sum(axis=1)


def best_rate(function, vectorize, walkers, steps):
    start = numpy.random.default_rng(1).normal(size=(walkers, 2))
    rates = []
    for _ in range(5):
        sampler = emcee.EnsembleSampler(walkers, 2, function, vectorize=vectorize)
        clock = time.process_time()
        sampler.run_mcmc(start, steps)
        rates.append(walkers * steps / (time.process_time() - clock))
    return max(rates)


print(best_rate(log_density, False, 32, 500), best_rate(log_densities, True, 32, 2000))
