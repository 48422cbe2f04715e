"""The two gates of docs/one-model.md as a program: dovetail temper 'exec:python3 two_gates.py' --data two_gates.json."""
import json
import math
import sys


def say(answer):
    print(json.dumps(answer), flush=True)


with open(json.loads(sys.stdin.readline())["data"], encoding="utf-8") as file:
    data = json.load(file)
parts, passed = data["parts"], data["passed"]


def log_likelihood(x):
    p = x[0] * x[1]
    if not 0 < p < 1:  # at the ends, where rounding has left nothing of the distance
        return "-inf"
    return math.log(math.comb(parts, passed)) + passed * math.log(p) + (parts - passed) * math.log1p(-p)


say({"dovetail": 1, "name": "two_gates", "parts": True,
     "parameters": [{"name": name, "lower": 0, "upper": 1} for name in ("p1", "p2")]})
for line in sys.stdin:
    question = json.loads(line)
    say({"id": question["id"], "log_prior": [0 for _ in question["x"]],  # uniform on the unit square
         "log_likelihood": [log_likelihood(x) for x in question["x"]]})
