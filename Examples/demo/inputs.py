"""Builds patch tokens and a self-similarity attention from the pixels of a photograph.

No model weights are shipped, so nothing here comes from a vision encoder. A token is its patch's
pixels behind a seeded random projection, and the attention of a head is the softmax of the cosine
similarities of the tokens' slices. It has the shapes, the precision and the row sums of the real
thing, not its judgement.
"""
import math
import operator
import random

PATCH = 14
HEADS = 4
HEAD_SIZE = 16
WIDTH = HEADS * HEAD_SIZE
TEMPERATURE = 0.1
SEED = 20250805


def patches(picture):
    """One list of averaged 2x2 pixels per patch, row-major, each value about zero."""
    rows, columns = picture.height // PATCH, picture.width // PATCH
    result = []
    for row in range(rows):
        for column in range(columns):
            values = []
            for y in range(row * PATCH, (row + 1) * PATCH, 2):
                upper, lower = picture.rows[y], picture.rows[y + 1]
                for x in range(column * PATCH * 3, (column + 1) * PATCH * 3, 6):
                    for c in range(x, x + 3):
                        total = upper[c] + upper[c + 3] + lower[c] + lower[c + 3]
                        values.append(total / 510 - 1)
            result.append(values)
    return rows, columns, result


def project(vectors):
    """Tokens of `WIDTH` numbers: a projection with seeded signs, then the mean token removed."""
    signs = random.Random(SEED)
    length = len(vectors[0])
    scale = 1 / math.sqrt(length)
    matrix = [[signs.choice((-scale, scale)) for _ in range(length)] for _ in range(WIDTH)]
    tokens = [[sum(map(operator.mul, row, vector)) for row in matrix] for vector in vectors]
    mean = [sum(column) / len(tokens) for column in zip(*tokens)]
    return [[value - offset for value, offset in zip(token, mean)] for token in tokens]


def _normalised(vector):
    norm = math.sqrt(sum(map(operator.mul, vector, vector))) or 1.0
    return [value / norm for value in vector]


def attention(tokens):
    """Flat `[HEADS, N, N]`: per head, softmax over cosine similarity / temperature."""
    flat = []
    for head in range(HEADS):
        start = head * HEAD_SIZE
        slices = [_normalised(token[start : start + HEAD_SIZE]) for token in tokens]
        for query in slices:
            row = [
                math.exp((sum(map(operator.mul, query, key)) - 1) / TEMPERATURE) for key in slices]
            total = sum(row)
            flat.extend([value / total for value in row])
    return flat
