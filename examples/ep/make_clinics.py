#!/usr/bin/env python3
"""Writes clinics.csv, the example of docs/ep.md: simulated patients of 16 clinics, seed 20.

Whether a patient recovers (y) depends on dose and age through an intercept and slopes of the clinic's own, which are
normal about those of all clinics: intercept N(0.4, 0.7^2), dose N(1.0, 0.5^2), age N(-0.6, 0.4^2) on the logit scale.
Both predictors are standardised. Standard library alone; the numbers of random.Random(20) are the same everywhere.

    python3 examples/ep/make_clinics.py > examples/ep/clinics.csv
"""
import math
import random

CLINICS, PATIENTS = 16, 25

draw = random.Random(20)
print("clinic,y,dose,age")
for clinic in range(1, CLINICS + 1):
    intercept = draw.gauss(0.4, 0.7)
    of_dose = draw.gauss(1.0, 0.5)
    of_age = draw.gauss(-0.6, 0.4)
    for _ in range(PATIENTS):
        dose = round(draw.gauss(0, 1), 3)
        age = round(draw.gauss(0, 1), 3)
        chance = 1 / (1 + math.exp(-(intercept + of_dose * dose + of_age * age)))
        print(f"clinic{clinic:02d},{1 if draw.random() < chance else 0},{dose},{age}")
