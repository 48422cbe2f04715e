"""The density of builtin:banana as a program (docs/exec.md): dovetail sample 'exec:python3 examples/exec/banana.py'."""
import json
import sys


def log_density(x):
    ridge = x[1] - x[0] * x[0]
    return -((x[0] - 1) ** 2) / 20 - 5 * ridge**2


def gradient(x):
    ridge = x[1] - x[0] * x[0]
    return [-(x[0] - 1) / 10 + 20 * ridge * x[0], -10 * ridge]


def say(answer):
    print(json.dumps(answer), flush=True)  # without the flush the line would wait in a buffer


json.loads(sys.stdin.readline())  # {"dovetail": 1, "data": null}: this model needs no data
say({"dovetail": 1, "name": "banana", "parameters": ["x1", "x2"], "gradient": True})
for line in sys.stdin:
    question = json.loads(line)
    answer = {"id": question["id"], "log_density": [log_density(x) for x in question["x"]]}
    if question["gradient"]:
        answer["gradient"] = [gradient(x) for x in question["x"]]
    say(answer)
