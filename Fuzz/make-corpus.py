#!/usr/bin/env python3
"""Writes the seeds of the fuzz drivers: small, well-formed inputs that the fuzzer starts from.

Inputs that a run has found and that widen the coverage are added by `Fuzz/run.sh DRIVER minimise`.
"""

import gzip
import json
import pathlib
import struct
import zlib

corpus = pathlib.Path(__file__).resolve().parent / "Corpus"


def put(driver, name, data):
    folder = corpus / driver
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def safetensors(tensors, metadata=None):
    header, body = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def tensor(shape, values=None):
    count = 1
    for length in shape:
        count *= length
    values = values or [round(0.1 + (7 * i % 11) / 10, 2) for i in range(count)]
    return {"dtype": "F32", "shape": shape, "data": values}


strategy = {"global_threshold": 1.1, "recycling_cell_size": 2, "layers": 12, "stages": [
    {"layer": 0, "retain_ratio": 0.5}, {"layer": 4, "retain_ratio": 0.75},
    {"layer": 8, "retain_ratio": 0.5}]}
short = {"recycling_cell_size": 2, "stages": [{"layer": 0, "retain_ratio": 0.5}]}
anyres = {"kind": "anyres", "side": 2, "tile_pixels": 4, "image_width": 8, "image_height": 4,
          "max_tiles": 2}
frames = {"kind": "frames", "frames": 2, "rows": 2, "columns": 2, "pool": 2}
everything = ["tokens", "indices", "merges", "stages", "importance", "positions", "report"]

# Files as they are.
put("FuzzSafetensors", "empty", safetensors([]))
put("FuzzSafetensors", "scalar", safetensors([("s", "F32", [], floats(1))]))
put("FuzzSafetensors", "two", safetensors(
    [("tokens", "F16", [2, 2], bytes(8)), ("pixels", "U8", [1, 1, 3], b"abc")],
    {"request": "{\"strategy\":\"a\"}"}))
put("FuzzSafetensors", "unsupported", safetensors([("x", "F64", [1], bytes(8))]))
put("FuzzSafetensors", "empty-tensor", safetensors([("x", "I32", [0, 3], b"")]))
put("FuzzSafetensors", "escape", safetensors([("a\u20ac\\\"\n", "BF16", [1], bytes(2))], {"": ""}))

# The first character chooses route, answer and form: see FuzzJSON.swift.
PRUNE, IMPORTANCE, PLAN, DISCREPANCY, BINARY = 0, 1, 2, 3, 4


def request(name, route, body):
    put("FuzzJSON", name, bytes([0x20 | route]) + json.dumps(body, separators=(",", ":")).encode())


request("importance-source", PRUNE, {
    "strategy": short, "importance": tensor([1, 9]), "return": everything})
request("attention", PRUNE | BINARY, {"strategy": strategy, "items": [
    {"id": "a", "tokens": tensor([4, 2]), "attention": tensor([1, 4, 4]),
     "entropy": tensor([4])}]})
request("query-key", PRUNE, {"strategy": dict(strategy, entropy_weight=-0.5), "items": [
    {"query": tensor([1, 4, 2]), "key": tensor([1, 4, 2]), "pixels":
     {"dtype": "U8", "shape": [4, 4, 3], "base64": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj"
      "JCUmJygpKissLS4v"}}]})
request("cls", PRUNE, {"strategy": strategy, "items": [
    {"attention": tensor([1, 5, 5]), "layout":
     {"kind": "grid", "rows": 2, "columns": 2, "cls_tokens": 1}}]})
request("anyres", PRUNE, {"strategy": short, "layout": anyres, "items": [
    {"received_attention": tensor([3, 4]), "tokens": tensor([3, 4, 1]), "newline": tensor([1])}]})
request("frames", PRUNE | BINARY, {"strategy": dict(short, recycling="none"), "layout": frames,
        "items": [{"importance": tensor([2, 4]), "tokens": tensor([2, 4, 1]),
                   "newline": tensor([1])}], "return": everything})
request("exact", PRUNE, {"strategy": dict(short, count="exact"), "importance": tensor([2, 9])})
request("budget", PRUNE, {"strategy": {
    "token_budget": 0.3, "layers": 8, "recycling_cell_size": 2,
    "stages": [{"layer": 0, "retain_ratio": 0.3}, {"layer": 4}]}, "importance": tensor([1, 4])})
request("partial", PRUNE, {"strategy": short, "partial": True, "timing": False, "items": [
    {"importance": tensor([4])}, {"importance": tensor([3, 3])}]})
request("named", PRUNE, {"strategy": "llava-onevision-7b@0.25", "text_tokens": 3,
                         "model": {"hidden": 8, "kv_width": 4, "ffn": 16},
                         "attention": tensor([1, 1, 4, 4])})
request("entropy", IMPORTANCE, {"layout": {"patch_pixels": 2}, "items": [
    {"pixels": {"dtype": "U8", "shape": [3, 4, 2], "data": list(range(24))}}]})
request("map", IMPORTANCE | BINARY, {"strategy": strategy, "items": [
    {"attention": tensor([2, 4, 4])}]})
request("plan", PLAN, {"items": [{"input_tokens": 576}, {"layout": anyres}, {"layout": frames}],
                       "strategy": strategy, "text_tokens": 40})
request("discrepancy", DISCREPANCY, {"full": tensor([2, 3]), "pruned": tensor([2, 3])})

put("FuzzJSON", "numbers", b" [0,-0,1.5,123456789012345678901234567890,2.2250738585072011e-308,"
    b"9007199254740993,1E+2,0.1,1e-400,4.9406564584124654e-324,1.7976931348623157e308]")
put("FuzzJSON", "number", b" 12345678.901234567e-8")
put("FuzzJSON", "file", bytes([0x28]) + safetensors(
    [("items.0.importance", "F32", [4], floats(1, 3, 2, 4))],
    {"request": json.dumps({"strategy": short}, separators=(",", ":"))}))


CREATE, BASELINE, TELL, REPORT, IMPORT, ASK, PUBLISH, WRITE = range(8)


def study(name, route, body):
    put("FuzzJSON", "study-" + name, bytes([0x60 | route]) + json.dumps(body, separators=(",", ":")).encode())


suggested = {"layers": 28, "token_budget": 0.25, "global_threshold": 30, "recycling_cell_size": 8, "stages": [
    {"layer": 0, "retain_ratio": 0.3}, {"layer": 9, "retain_ratio": 0.8}, {"layer": 18}]}
study("create", CREATE, {
    "name": "t", "model": "m", "layers": 28, "stage_layers": [9, 18], "token_budget": 0.1, "seed": 3,
    "recycling": "none", "count": "exact",
    "parameters": {"global_threshold": {"lower": 1, "upper": 40, "scale": "log"},
                   "entropy_weight": {"lower": 0, "upper": 0},
                   "recycling_cell_size": {"lower": 3, "upper": 9, "integer": True}}})
study("create-default", CREATE, {
    "name": "t", "layers": 28, "stage_layers": [9, 18], "token_budget": 0.25, "default_strategy": suggested})
study("baseline", BASELINE, {"last_token": tensor([3, 2]), "sample_ids": ["a", "a", "b"]})
study("baseline-names", BASELINE, {"sample_ids": ["a", "b"]})
study("tell-value", TELL, {"value": 0.93, "standard_error": 0.01})
study("tell-values", TELL, {"values": [0.5, None, 1]})
study("tell-vectors", TELL, {"last_token": [[1, 0.5], [0, 2], [3, 1e30]]})
study("tell-samples", TELL, {"last_token": tensor([3, 2]), "sample_ids": ["a", "a", "b"]})
study("tell-infeasible", TELL, {"infeasible": True, "reason": "out of memory"})
study("tell-reported", TELL, {"reported": True})
study("report", REPORT, {"rows": [2, 0], "values": [0.5, None], "lease_seconds": 60})
study("report-all", REPORT, {"last_token": tensor([3, 2])})
study("import", IMPORT, {"trials": [
    {"strategy": suggested, "value": 0.5}, {"strategy": suggested, "values": [1, 1, 0]},
    {"strategy": dict(suggested, global_threshold=90), "infeasible": True}]})
study("ask", ASK, {"count": 3, "client_id": "d", "lease_seconds": 1})
study("ask-again", ASK, {"client_id": "c"})
study("publish", PUBLISH, {"name": "p", "version": "1", "trial": 1, "minimum_probability": 0.9,
                           "force": True, "promote": False})
study("write", WRITE, {"strategy": suggested})
put("FuzzJSON", "study-file", bytes([0x68 | TELL]) + safetensors(
    [("last_token", "F16", [3, 2], bytes(12))], {"request": "{}"}))


def composed(name, route, fields, *tensors):
    text = json.dumps(fields, separators=(",", ":")).encode() + b"\0"
    put("FuzzJSON", name, bytes([0x30 | route]) + text + b"".join(
        bytes([place, dtype, len(shape), *shape, kind, 7]) for place, dtype, shape, kind in tensors))


# Names and dtypes by number: see ComposedFile.swift; 0x80 and above are the batch axis.
composed("composed-attention", PRUNE | BINARY, {"strategy": strategy},
         (0x80, 1, [1, 4, 2], 0), (0x82, 0, [1, 2, 4, 4], 0))
composed("composed-items", PRUNE, {"strategy": strategy},
         (0x02, 2, [9, 9], 0), (0x23, 1, [2, 4, 8], 5), (0x24, 1, [2, 4, 8], 5))
composed("composed-pixels", IMPORTANCE, {"layout": {"patch_pixels": 2}}, (0x08, 3, [6, 6, 3], 0))
composed("composed-discrepancy", DISCREPANCY, {}, (0x89, 0, [2, 5], 5), (0x8A, 0, [2, 5], 5))

# One connection's bytes: see FuzzHTTP1.swift for the four bytes before them.
HEAD = b"\x00\x11\x22\x33"
for name, text in {
    "get": "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "length": "POST /v1/prune HTTP/1.1\r\nHost: a:80\r\nContent-Length: 3\r\n\r\nabc",
    "chunked": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n",
    "pipelined": "GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /b?c HTTP/1.1\r\nHost: a\r\n\r\n",
    "continue": "PUT / HTTP/1.1\r\nHost: [::1]\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
    "http10": "GET http://a/b HTTP/1.0\r\nConnection: keep-alive\r\n\r\nOPTIONS * HTTP/1.1\r\n"
              "Host: a\r\nConnection: close\r\n\r\n",
    "empty-line": "\r\nDELETE /%41 HTTP/1.1\r\nHost:\ta \r\nA:\r\n\r\n",
    "both": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
}.items():
    put("FuzzHTTP1", name, HEAD + text.encode())

# A client's frames after its preface: see FuzzHTTP2.swift for the two bytes before them.
def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def block(method, path, *fields):
    lines = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "a"), *fields]
    return b"".join(b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)])
                    + value.encode() for name, value in lines)


indexed = b"\x82\x86\x84\x41\x01a"
post = block("POST", "/p", ("content-length", "3"))
for name, frames in {
    "get": [frame(1, 5, 1, block("GET", "/")), frame(1, 5, 3, indexed)],
    "post": [frame(1, 4, 1, post), frame(0, 1, 1, b"abc")],
    "padded": [frame(1, 44, 1, b"\1\0\0\0\0\x0f" + block("PUT", "/") + b"\0"),
               frame(0, 9, 1, b"\2abc\0\0")],
    "trailers": [frame(1, 4, 1, block("POST", "/")), frame(0, 0, 1, b"ab"),
                 frame(1, 5, 1, b"\0\1x\1y")],
    "continued": [frame(1, 1, 1, block("GET", "/")), frame(9, 0, 1, b"\0\1x\1y"),
                  frame(9, 4, 1)],
    "control": [frame(4, 0, 0, b"\0\4\0\0\0\7"), frame(6, 0, 0, b"12345678"),
                frame(8, 0, 0, b"\0\0\0\1"), frame(2, 0, 3, b"\0\0\0\0\7"),
                frame(16, 0, 0, b"\0\0\0\1u=1, i"), frame(1, 5, 1, indexed), frame(7, 0, 0, bytes(8))],
    "reset": [frame(1, 4, 1, post), frame(3, 0, 1, b"\0\0\0\x08"), frame(0, 1, 1, b"abc")],
    "expect": [frame(1, 4, 1, block("POST", "/", ("expect", "100-continue"))), frame(0, 1, 1)],
    "rejected": [frame(1, 4, 1, block("POST", "/reject")), frame(0, 1, 1, b"x")],
    "acknowledged": [frame(4, 1, 0), frame(1, 4, 1, block("POST", "/")), frame(0, 0, 1, bytes(300)),
                     frame(0, 1, 1)],
}.items():
    for choice in (0, 6):
        put("FuzzHTTP2", f"{name}-{choice}", bytes([choice, 7]) + b"".join(frames))

for kernel in range(12):
    put("FuzzKernels", f"kernel-{kernel:02}", bytes([kernel, 0, 3, 4, 5]) + bytes(range(96)))

# A byte of choices: coding, direction and the size of pieces; then content.
phrase = json.dumps(strategy).encode()
member = gzip.compress(phrase, 1, mtime=0)
raw = zlib.compressobj(9, zlib.DEFLATED, -15)
bare = raw.compress(phrase) + raw.flush()
dictionary = zlib.compressobj(9, zlib.DEFLATED, 15, zdict=b"retain_ratio")
put("FuzzInflate", "gzip", b"\x00" + member)
put("FuzzInflate", "gzip-fields", b"\x38" + member[:3] + b"\x1e" + member[4:10]
    + b"\x02\x00ab" + b"name\x00" + b"comment\x00" + b"\x00\x00" + member[10:])
put("FuzzInflate", "members", b"\x18" + member + gzip.compress(b"", mtime=0) + member)
put("FuzzInflate", "trailing", b"\x80" + member + b"\x00")
put("FuzzInflate", "truncated", b"\x80" + member[:-5])
put("FuzzInflate", "checksum", b"\x10" + member[:-8] + bytes(8))
put("FuzzInflate", "bomb", b"\xf8" + gzip.compress(bytes(2 << 20), 9, mtime=0))
put("FuzzInflate", "zlib", b"\x09" + zlib.compress(phrase))
put("FuzzInflate", "stored", b"\x09" + zlib.compress(phrase, 0))
put("FuzzInflate", "raw", b"\x09" + bare)
put("FuzzInflate", "bare", b"\x0a" + bare)
put("FuzzInflate", "dictionary", b"\x09" + dictionary.compress(phrase) + dictionary.flush())
put("FuzzInflate", "coded", b"\x0c" + phrase)
put("FuzzInflate", "coded-zlib", b"\xfd" + phrase)
