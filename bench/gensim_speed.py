"""Tokens per second of processor time of gensim's LdaModel, one pass with 100 topics over the beginning of a bag of words."""
import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import gzip
import sys
import time

from gensim.models import LdaModel

TOKENS = 200000

ids, documents, tokens = {}, [], 0
open_file = gzip.open if sys.argv[1].endswith(".gz") else open
with open_file(sys.argv[1], "rt", encoding="utf-8") as lines:
    for line in lines:
        bag = []
        for field in line.rstrip("\n").split("\t")[1:]:
            word, _, count = field.rpartition(":")
            bag.append((ids.setdefault(word, len(ids)), int(count)))
            tokens += int(count)
        documents.append(bag)
        if tokens >= TOKENS:
            break
clock = time.process_time()
LdaModel(documents, num_topics=100, id2word={i: w for w, i in ids.items()}, passes=1, random_state=1, eval_every=None)
print(tokens / (time.process_time() - clock))
