#!/usr/bin/env python3
"""Writes the attack files of this folder. Each is named <rule>.<variant>.<format>; the rule is the
CodingError.Code that must stop it. Standard library only; run it in this folder."""
import json
import struct


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def tensor(dtype, shape, begin, end, **extra):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end], **extra}


def container(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def safetensors(name, *arguments, **keywords):
    write(name + ".safetensors", container(*arguments, **keywords))


ONE = {"a": tensor("F32", [1], 0, 4)}
write("headerLengthTruncated.empty.safetensors", b"")
write("headerLengthTruncated.seven-bytes.safetensors", b"\x02\0\0\0\0\0\0")
safetensors("headerTooLarge.official-limit", b"{}", length=100_000_001)
safetensors("headerTooLarge.all-ones", b"{}", length=2**64 - 1)
safetensors("headerTooLarge.sign-bit", b"{}", length=2**63)
safetensors("headerOutOfBounds.one-byte", b"{}", length=3)
safetensors("headerOutOfBounds.no-header", b"", length=1)
safetensors("headerNotAnObject.empty", b"")
safetensors("headerNotAnObject.array", b"[]")
safetensors("headerNotAnObject.leading-space", b" {}")
safetensors("headerNotAnObject.byte-order-mark", b"\xef\xbb\xbf{}")
safetensors("invalidUTF8.name", b'{"\xff":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
safetensors("unexpectedEnd.cut-header", b'{"a":{"dtype":"F32","shape":[1]')
safetensors("unexpectedToken.trailing-comma", b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},}')
safetensors("trailingContent.zero-padding", b"{}\0\0")
safetensors("trailingContent.second-object", b"{}{}")
safetensors("tooDeep.metadata", b'{"__metadata__":{"a":[[[[]]]]}}')
safetensors("duplicateKey.tensor", b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
            b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x")
safetensors("duplicateKey.escaped", b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
            b'"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', b"x")
safetensors("duplicateKey.dtype", b'{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', b"x")
safetensors("duplicateKey.metadata", b'{"__metadata__":{"k":"1","k":"2"}}')
safetensors("invalidMetadata.number", {"__metadata__": {"k": 1}})
safetensors("invalidMetadata.list", {"__metadata__": []})
safetensors("invalidMetadata.null", {"__metadata__": None})
safetensors("invalidMetadata.nested", {"__metadata__": {"k": {}}})
for key in ("dtype", "shape", "data_offsets"):
    entry = tensor("F32", [1], 0, 4)
    del entry[key]
    safetensors(f"invalidTensorEntry.no-{key}", {"a": entry}, b"1234")
safetensors("invalidTensorEntry.extra-key", {"a": tensor("F32", [1], 0, 4, stride=[1])}, b"1234")
safetensors("invalidTensorEntry.not-an-object", {"a": 1})
safetensors("invalidTensorEntry.dtype-number", {"a": tensor(1, [1], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.shape-string", {"a": tensor("F32", "1", 0, 4)}, b"1234")
safetensors("invalidTensorEntry.negative-dimension", {"a": tensor("F32", [-1], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.two-negatives", {"a": tensor("F32", [-1, -1], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.fractional-dimension", {"a": tensor("F32", [1.5], 0, 6)}, b"123456")
safetensors("invalidTensorEntry.float-dimension", {"a": tensor("F32", [1.0], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.nested-shape", {"a": tensor("F32", [[1]], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.huge-dimension", {"a": tensor("U8", [2**63], 0, 4)}, b"1234")
safetensors("invalidTensorEntry.one-offset", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}, b"1234")
safetensors("invalidTensorEntry.three-offsets", {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}}, b"1234")
safetensors("invalidTensorEntry.negative-offset", {"a": tensor("F32", [1], -4, 0)}, b"1234")
safetensors("invalidTensorEntry.offset-string", {"a": tensor("F32", [1], "0", "4")}, b"1234")
safetensors("invalidTensorEntry.too-many-axes", {"a": tensor("U8", [1] * 9, 0, 1)}, b"1")
safetensors("unknownDType.case", {"a": tensor("f32", [1], 0, 4)}, b"1234")
safetensors("unknownDType.word", {"a": tensor("FLOAT", [1], 0, 4)}, b"1234")
safetensors("sizeOverflow.product", {"a": tensor("F32", [2**40, 2**40], 0, 4)}, b"1234")
safetensors("sizeOverflow.wraps-to-zero", {"a": tensor("F32", [2**32, 2**32], 0, 0)})
safetensors("sizeOverflow.zero-last", {"a": tensor("F32", [2**40, 2**40, 0], 0, 0)})
safetensors("sizeOverflow.bytes", {"a": tensor("F64", [2**31, 2**30], 0, 8)}, b"12345678")
safetensors("offsetsReversed.plain", {"a": tensor("F32", [1], 4, 0)}, b"1234")
safetensors("offsetsOutOfBounds.by-one", {"a": tensor("F32", [1], 0, 4)}, b"123")
safetensors("offsetsOutOfBounds.far", {"a": tensor("F32", [1], 2**52, 2**52 + 4)}, b"1234")
safetensors("offsetsOutOfBounds.four-tebibytes", {"a": tensor("F32", [2**40], 0, 2**42)}, b"1234")
safetensors("sizeMismatch.too-few", {"a": tensor("F32", [2], 0, 4)}, b"1234")
safetensors("sizeMismatch.too-many", {"a": tensor("F32", [1], 0, 8)}, b"12345678")
safetensors("sizeMismatch.zero-size", {"a": tensor("F32", [0], 0, 4)}, b"1234")
safetensors("sizeMismatch.half-byte", {"a": tensor("F4", [3], 0, 1)}, b"1")
safetensors("hole.at-start", {"a": tensor("U8", [2], 2, 4)}, b"1234")
safetensors("hole.between", {"a": tensor("U8", [1], 0, 1), "b": tensor("U8", [1], 3, 4)}, b"1234")
safetensors("overlap.same", {"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [4], 0, 4)}, b"1234")
safetensors("overlap.partly", {"a": tensor("U8", [3], 0, 3), "b": tensor("U8", [2], 2, 4)}, b"1234")
safetensors("overlap.inside", {"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [1], 1, 2)}, b"1234")
safetensors("overlap.zero-size-inside", {"a": tensor("U8", [4], 0, 4), "b": tensor("U8", [0], 1, 1)}, b"1234")
safetensors("trailingBytes.after-tensor", ONE, b"12345")
safetensors("trailingBytes.no-tensor", {}, b"1")

write("byteOrderMark.object.json", b"\xef\xbb\xbf{}")
write("tooDeep.arrays.json", b"[" * 4096)
write("tooDeep.objects.json", b'{"a":' * 1024)
write("tooDeep.balanced.json", b"[" * 65 + b"]" * 65)
write("duplicateKey.nested.json", b'{"items":[{"id":"x","id":"y"}]}')
write("invalidUTF8.overlong.json", b'{"id":"\xc0\xae"}')
write("invalidUTF8.surrogate.json", b'{"id":"\xed\xa0\x80"}')
write("controlCharacter.utf-16.json", '{"id":1}'.encode("utf-16"))
write("invalidEscape.half-pair.json", b'{"id":"\\ud800"}')
write("controlCharacter.newline.json", b'{"id":"a\nb"}')
write("numberOverflow.exponent.json", b'{"data":[1e400]}')
write("numberOverflow.digits.json", b'{"data":[' + b"9" * 400 + b"]}")
write("invalidNumber.nan.json", b'{"data":[1,-NaN]}')
write("unexpectedToken.nan.json", b'{"data":[NaN]}')
write("unexpectedToken.infinity.json", b'{"data":[Infinity]}')
write("unexpectedToken.comment.json", b'{"data":[/* none */]}')
write("unexpectedEnd.cut.json", b'{"data":[1,2')
write("trailingContent.second.json", b'{}\n{}')
write("emptyDocument.spaces.json", b" \r\n\t ")
