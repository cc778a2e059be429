#!/usr/bin/env python3
"""Prunes a photograph's visual tokens through the running service and draws what was kept.

  Examples/demo/demo.py --binary .build/release/vflowopt      start the service, then stop it
  Examples/demo/demo.py --url http://127.0.0.1:8080           use one that runs

Needs the standard library only. What stands in for a vision encoder is described in inputs.py.
"""
import argparse
import contextlib
import http.client
import json
import pathlib
import statistics
import sys
import time
import urllib.parse

import drawing
import inputs
import png
import safetensors

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))

import service  # noqa: E402 (found beside the folder)

REPEATS = 20

# A similarity has no attention sinks: the strongest column collects 1.5 times the mean, where the
# published strategies (thresholds 28 to 39) look for 30 times. 1.25 takes the strongest sixth of the
# tokens as global, and the entropy of the pixels adds where the detail is.
STRATEGY = {
    "method": "vflowopt", "global_threshold": 1.25, "entropy_weight": 0.25,
    "recycling": "grid", "recycling_cell_size": 5, "layers": 28, "token_budget": 0.25,
    "stages": [
        {"layer": 0, "retain_ratio": 0.3}, {"layer": 9, "retain_ratio": 0.9}, {"layer": 18}],
}


def request_body(picture):
    """The safetensors body of one image."""
    rows, columns, vectors = inputs.patches(picture)
    count = rows * columns
    tokens = inputs.project(vectors)
    settings = {
        "strategy": STRATEGY, "text_tokens": 40, "model": "llava-onevision-7b",
        "layout": {"kind": "grid", "rows": rows, "columns": columns}}
    tensors = {
        "tokens": ("F16", [1, count, inputs.WIDTH], [v for token in tokens for v in token]),
        "attention": ("F16", [1, inputs.HEADS, count, count], inputs.attention(tokens)),
        "pixels": ("U8", [1, picture.height, picture.width, 3], b"".join(picture.rows))}
    return rows, columns, safetensors.encode(tensors, {"request": json.dumps(settings)})


def post(connection, body):
    """One exchange: (seconds, tensors, answer)."""
    started = time.perf_counter()
    connection.request(
        "POST", "/v1/prune", body, {"Content-Type": "application/vnd.safetensors"})
    response = connection.getresponse()
    data = response.read()
    seconds = time.perf_counter() - started
    if response.status != 200:
        raise SystemExit(f"{response.status} {response.reason}\n{data.decode(errors='replace')}")
    tensors, metadata = safetensors.decode(data)
    return seconds, tensors, json.loads(metadata["response"])


def table(rows):
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"  {name:<{width}}  {value}" if name else "")


def describe(photo, body, exchanges, tensors, answer):
    """Counts, report and timing as one table."""
    item = answer["items"][0]
    recycled = sum(tensors["items.0.recycled_mask"][2])
    report = item["report"]
    phases = {
        name: statistics.median(answer["timing"][f"{name}_us"] for _, _, answer in exchanges)
        for name in ("queue", "decode", "kernel", "encode")}
    stages = [
        (f"rows from layer {stage['layer']} on", f"{stage['count']} ({stage['retain_ratio']:.3f})")
        for stage in item["stages"]]
    table([
        ("photo", photo),
        ("body", f"{len(body) / 1e6:.2f} MB: tokens and attention F16, pixels U8"),
        ("", ""),
        ("tokens in", item["input_tokens"]),
        ("rows out", f"{item['count']}, of which {recycled} recycled"),
        *stages,
        ("importance from", item["importance_source"]),
        ("flags", ", ".join(item.get("flags", [])) or "none"),
        ("", ""),
        ("mean token ratio", f"{report['mean_token_ratio']:.3f}"),
        ("KV cache saved", f"{report['kv_cache_reduction']:.1%}"),
        ("prefill operations", f"{report['prefill_flop_ratio']:.2f} times fewer"),
        ("digest", item["digest"]),
        ("", ""),
        *((f"{name} (median of {REPEATS})", f"{us / 1000:.3f} ms") for name, us in phases.items()),
        ("whole exchange", f"{statistics.median(s for s, _, _ in exchanges) * 1000:.2f} ms"),
    ])


def run(url, photo, output):
    picture = png.read(photo)
    print("Building tokens and a self-similarity attention from the pixels (no model weights)…")
    rows, columns, body = request_body(picture)
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
    exchanges = [post(connection, body) for _ in range(REPEATS)]
    connection.close()
    _, tensors, answer = exchanges[0]
    digests = {answer["items"][0]["digest"] for _, _, answer in exchanges}
    if len(digests) != 1:
        raise SystemExit(f"the same bytes gave {len(digests)} digests")
    describe(pathlib.Path(photo).name, body, exchanges, tensors, answer)
    fate_of = drawing.fates(
        rows * columns, tensors["items.0.retained_indices"][2],
        tensors["items.0.recycled_mask"][2])
    output.mkdir(parents=True, exist_ok=True)
    png.write(output / "demo.png", drawing.draw(picture, inputs.PATCH, columns, fate_of))
    print("\n  bright: kept   outlined: recycled   dim: merged into the outlined patch of its cell")
    print(f"  picture: {output / 'demo.png'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--binary", help="start this program on a free port")
    target.add_argument("--url", help="use a service that runs")
    parser.add_argument(
        "--photo", default=str(HERE / "china-378.png"), help="an 8-bit RGB PNG")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("demo-output"))
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        url = arguments.url or stack.enter_context(service.running(arguments.binary))
        run(url, arguments.photo, arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
