import PruningService

/// Bodies that claim to be safetensors files: 400 when they break a rule of the format.
enum SafetensorsRows {
  static let all = lengths + headers + offsets + tensors

  private static func body(
    _ rule: String, _ shown: String, _ answer: HostileRow.Answer,
    _ body: @escaping @Sendable () -> [UInt8]
  ) -> HostileRow {
    .bytes(rule, shown, answer) { Wire.post("/v1/prune", "application/vnd.safetensors", body()) }
  }

  private static let lengths: [HostileRow] = [
    body("a file without bytes", "(empty)", .problem(.malformedBody)) { [] },
    body("a file of seven bytes", "00 00 00 00 00 00 00", .problem(.malformedBody)) {
      [UInt8](repeating: 0, count: 7)
    },
    body("a header without bytes", "length 0", .problem(.malformedBody)) {
      Wire.littleEndian(0)
    },
    body("a header longer than the file", "length 100, 2 bytes", .problem(.malformedBody)) {
      Wire.littleEndian(100) + Array("{}".utf8)
    },
    body("a header of 2^63 bytes", "length 2^63", .problem(.malformedBody)) {
      Wire.littleEndian(1 << 63) + Array("{}".utf8)
    },
    body("a header of 2^64 - 1 bytes", "length 2^64 - 1", .problem(.malformedBody)) {
      Wire.littleEndian(.max) + Array("{}".utf8)
    },
    body("a header above its limit", "length 33554432, all there", .problem(.malformedBody)) {
      Wire.littleEndian(32 << 20) + [UInt8](repeating: 0x20, count: 32 << 20)
    },
    body("JSON without the length before it", "{}", .problem(.malformedBody)) {
      Array(#"{"strategy":"llava-onevision-7b@0.50"}"#.utf8)
    },
  ]

  private static func malformed(
    _ rule: String, _ header: String, data: Int = 0, _ pointer: String? = nil
  ) -> HostileRow {
    .file(rule, header, data: data, .problem(.malformedBody, pointer))
  }

  private static let headers: [HostileRow] = [
    malformed("a header that is no JSON", "{,}"),
    malformed("a header that is a list", "[]"),
    malformed("a space before a header", " {}"),
    malformed("a tensor that is a number", #"{"importance":1}"#, "/importance"),
    malformed(
      "a tensor twice",
      #"{"importance":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"importance":{"dtype":"F32","shape":[],"data_offsets":[4,8]}}"#,
      data: 8),
    malformed("metadata that are no object", #"{"__metadata__":1}"#),
    malformed("metadata that are no text", #"{"__metadata__":{"request":{}}}"#),
    malformed("a request that is no JSON", #"{"__metadata__":{"request":"{"}}"#),
    malformed(
      "a request with a name twice", #"{"__metadata__":{"request":"{\"id\":1,\"id\":2}"}}"#, "/id"),
    .file("a file without a request", "{}", .problem(.valueOutOfRange, "/items")),
    malformed("a header with deep lists", #"{"a":[[[[[[[[[[1]]]]]]]]]]}"#),
    malformed(
      "a field that tensors of the format do not have",
      #"{"importance":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}"#, data: 4,
      "/importance"),
    malformed(
      "a tensor without offsets", #"{"importance":{"dtype":"F32","shape":[]}}"#, "/importance"),
  ]

  private static func tensor(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private static func importance(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{$META,"importance":\#(tensor(dtype, shape, offsets))}"#
  }

  private static func pair(_ first: String, _ second: String) -> String {
    #"{$META,"items.0.importance":\#(tensor("F32", "[4]", first)),"#
      + #""items.1.importance":\#(tensor("F32", "[4]", second))}"#
  }

  private static let offsets: [HostileRow] = [
    malformed(
      "offsets the wrong way round", importance("F32", "[1,4]", "[16,0]"), data: 16, "/importance"),
    malformed(
      "offsets beyond the file", importance("F32", "[1,4]", "[0,16]"), data: 12, "/importance"),
    malformed(
      "offsets far beyond the file",
      importance("U8", "[9223372036854775807]", "[0,9223372036854775807]"), "/importance"),
    malformed(
      "offsets that do not fit the shape", importance("F32", "[1,4]", "[0,12]"), data: 12,
      "/importance"),
    malformed("a negative offset", importance("F32", "[1,4]", "[-16,0]"), data: 16, "/importance"),
    malformed(
      "a fractional offset", importance("F32", "[1,4]", "[0,16.5]"), data: 16, "/importance"),
    malformed("one offset", importance("F32", "[1,4]", "[16]"), data: 16, "/importance"),
    malformed("tensors that overlap", pair("[0,16]", "[8,24]"), data: 24, "/items/1/importance"),
    malformed(
      "tensors that share all bytes", pair("[0,16]", "[0,16]"), data: 16, "/items/1/importance"),
    malformed("a hole between tensors", pair("[0,16]", "[20,36]"), data: 36, "/items/1/importance"),
    malformed(
      "a hole before the first tensor", importance("F32", "[1,4]", "[4,20]"), data: 20,
      "/importance"),
    malformed("bytes behind the last tensor", importance("F32", "[1,4]", "[0,16]"), data: 20),
  ]

  private static let tensors: [HostileRow] = [
    malformed(
      "a negative dimension in a file", importance("F32", "[-1,-4]", "[0,16]"), data: 16,
      "/importance"),
    malformed(
      "a shape of 4 TiB in a file", importance("F32", "[1048576,1048576]", "[0,16]"), data: 16,
      "/importance"),
    malformed(
      "a shape that overflows in a file", importance("F32", "[4294967296,4294967296]", "[0,16]"),
      data: 16, "/importance"),
    malformed(
      "a dtype that the format does not have", importance("F33", "[1,4]", "[0,16]"), data: 16,
      "/importance"),
    .file(
      "a dtype of the format that is not read", importance("F64", "[1,4]", "[0,32]"), data: 32,
      .problem(.unsupportedDType, "/importance")),
    .file(
      "integers as importance", importance("I32", "[1,4]", "[0,16]"), data: 16,
      .problem(.unsupportedDType, "/items/0/importance")),
    .file(
      "a tensor of four billion empty items", importance("F32", "[4294967295,0]", "[0,0]"),
      .problem(.valueOutOfRange, "/items")),
    .file(
      "a tensor of no items", importance("F32", "[0,4]", "[0,0]"),
      .problem(.valueOutOfRange, "/items")),
    .file(
      "a tensor without a batch axis", importance("F32", "[]", "[0,4]"), data: 4,
      .problem(.shapeMismatch, "/importance")),
    .file(
      "a tensor that nobody knows", #"{$META,"weights":\#(tensor("F32", "[1]", "[0,4]"))}"#,
      data: 4,
      .problem(.valueOutOfRange, "/weights")),
    .file(
      "an item that is no number",
      #"{$META,"items.a.importance":\#(tensor("F32", "[4]", "[0,16]"))}"#,
      data: 16, .problem(.valueOutOfRange, "/items/a/importance")),
    .file(
      "an item with a leading zero",
      #"{$META,"items.00.importance":\#(tensor("F32", "[4]", "[0,16]"))}"#,
      data: 16, .problem(.valueOutOfRange, "/items/00/importance")),
    .file(
      "an item with a huge number",
      #"{$META,"items.999999999.importance":\#(tensor("F32", "[4]", "[0,16]"))}"#, data: 16,
      .problem(.valueOutOfRange, "/items/0")),
    .file(
      "a gap between items",
      #"{$META,"items.0.importance":\#(tensor("F32", "[4]", "[0,16]")),"items.2.importance":\#(tensor("F32", "[4]", "[16,32]"))}"#,
      data: 32, .problem(.valueOutOfRange, "/items/1")),
    .file(
      "tensors of the batch beside tensors of an item",
      #"{$META,"importance":\#(tensor("F32", "[1,4]", "[0,16]")),"items.0.tokens":\#(tensor("F32", "[4,1]", "[16,32]"))}"#,
      data: 32, .problem(.valueOutOfRange, "/items/0/tokens")),
    .file(
      "zero bytes are a file of zeros", importance("F32", "[1,4]", "[0,16]"), data: 16, .success),
  ]
}
