"""Draws over a photograph what became of each patch."""
import png

RETAINED, RECYCLED, DROPPED = "retained", "recycled", "dropped"
OUTLINE = (255, 176, 0)
GAP = 8


def fates(count, retained_indices, recycled_mask):
    """One fate per patch."""
    result = [DROPPED] * count
    for index, recycled in zip(retained_indices, recycled_mask):
        result[index] = RECYCLED if recycled else RETAINED
    return result


def draw(picture, patch, columns, fate_of):
    """The photograph and, beside it, the same with the patches' fates drawn in."""
    result = picture.copy()
    for index, fate in enumerate(fate_of):
        top, left = index // columns * patch, index % columns * patch
        if fate != RETAINED:
            _dim(result, top, left, patch)
        if fate == RECYCLED:
            _outline(result, top, left, patch)
    gap = bytearray(b"\xff\xff\xff" * GAP)
    rows = [before + gap + after for before, after in zip(picture.rows, result.rows)]
    return png.Picture(2 * picture.width + GAP, picture.height, rows)


def _dim(picture, top, left, patch):
    """Leaves a third of the light and a third of the colour."""
    for y in range(top, top + patch):
        row = picture.rows[y]
        for x in range(left * 3, (left + patch) * 3, 3):
            grey = (row[x] + row[x + 1] + row[x + 2]) // 3
            for c in range(x, x + 3):
                row[c] = (row[c] + 2 * grey) // 9


def _outline(picture, top, left, patch):
    last = patch - 1
    for y in range(patch):
        for x in range(patch):
            if min(y, x, last - y, last - x) < 2:
                place = (left + x) * 3
                picture.rows[top + y][place : place + 3] = bytes(OUTLINE)
