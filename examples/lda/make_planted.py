#!/usr/bin/env python3
"""Writes planted.tsv: 240 documents of 60 words from eight planted topics, in the form `name<TAB>word:count...`.

Every document has one to three topics with uneven shares; within a topic the word at place i has a weight of 1/(i + 2).
The words `bass`, `scale` and `track` belong to two topics each.
"""
import random

TOPICS = {
    "garden": "rose soil seed leaf bloom hedge spade lawn root moss prune compost",
    "sea": "wave tide harbour sail anchor bass gull reef mast cargo shoal buoy",
    "music": "chord melody bass rhythm scale violin tempo choir track drum octave refrain",
    "kitchen": "flour oven butter knife simmer scale onion dough salt broth ladle pepper",
    "weather": "cloud storm frost wind thunder drizzle fog hail breeze drought front rainbow",
    "sky": "star planet orbit comet lens eclipse moon galaxy nebula meteor crater dwarf",
    "rail": "train track signal station engine carriage ticket bridge freight platform tunnel driver",
    "cloth": "wool thread loom needle silk stitch linen dye button weave hem ribbon",
}
DOCUMENTS = 240
LENGTH = 60

generator = random.Random(1)
themes = list(TOPICS)
with open("planted.tsv", "w", encoding="utf-8") as out:
    for number in range(DOCUMENTS):
        chosen = generator.sample(themes, 1 + number % 3)
        shares = [4, 2, 1][: len(chosen)]
        counts = {}
        for _ in range(LENGTH):
            words = TOPICS[generator.choices(chosen, shares)[0]].split()
            word = generator.choices(words, [1 / (i + 2) for i in range(len(words))])[0]
            counts[word] = counts.get(word, 0) + 1
        pairs = [f"{word}:{count}" for word, count in sorted(counts.items())]
        out.write("\t".join([f"{number:03}-" + "-".join(chosen)] + pairs) + "\n")
