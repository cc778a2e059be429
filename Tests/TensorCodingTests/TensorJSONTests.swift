import TensorCoding
import Tensors
import TestSupport
import Testing

@Suite struct TensorJSONTests {
  static func decode(_ text: String) throws(CodingError) -> Tensor {
    try TensorJSON.decode(JSONCursor(try parse(text), at: .root.appending("t")))
  }

  static func bytes(_ tensor: Tensor) -> [UInt8] {
    // In range by the loop's bound.
    (0..<tensor.byteCount).map {
      unsafe tensor.bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
    }
  }

  @Test(
    arguments: [
      (
        #"{"dtype":"F32","shape":[2,2],"data":[[1,2],[3,4]]}"#,
        [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64]
      ),
      (#"{"dtype":"F32","shape":[2,1],"data":[1,2]}"#, [0, 0, 128, 63, 0, 0, 0, 64]),
      (#"{"data":[1,-1.5],"shape":[2],"dtype":"F16"}"#, [0, 60, 0, 190]),
      (#"{"dtype":"BF16","shape":[1,2],"data":[[1,-1.5]]}"#, [128, 63, 192, 191]),
      (#"{"dtype":"U8","shape":[3],"data":[0,255,2.0]}"#, [0, 255, 2]),
      (
        #"{"dtype":"I32","shape":[2],"data":[-2147483648,2147483647]}"#,
        [0, 0, 0, 128, 255, 255, 255, 127]
      ),
      (#"{"dtype":"F32","shape":[],"data":1}"#, [0, 0, 128, 63]),
      (#"{"dtype":"F32","shape":[],"data":[1]}"#, [0, 0, 128, 63]),
      (#"{"dtype":"F32","shape":[0],"data":[]}"#, []),
      (#"{"dtype":"F32","shape":[2,0],"data":[[],[]]}"#, []),
      (#"{"dtype":"F32","shape":[2,0,3],"data":[]}"#, []),
      (#"{"dtype":"F32","shape":[0,3],"data":[]}"#, []),
      (#"{"dtype":"U8","shape":[4],"base64":"AQIDBA=="}"#, [1, 2, 3, 4]),
      (#"{"dtype":"F16","shape":[1,2],"base64":"ADwAfg=="}"#, [0, 60, 0, 126]),
      (#"{"dtype":"F32","shape":[0],"base64":""}"#, []),
    ] as [(String, [UInt8])])
  func `reads`(text: String, bytes: [UInt8]) throws {
    #expect(Self.bytes(try Self.decode(text)) == bytes)
  }

  @Test(
    arguments: [
      (#""data":[1,2,3]"#, [3]), (#""data":[[1,2]]"#, [1, 2]), (#""data":[[1],[2,3]]"#, [3]),
      (#""data":[]"#, [0]), (#""base64":"AQIDBA==""#, [2]), (#""base64":"AQID""#, nil),
    ] as [(String, [Int]?)])
  func `a shape mismatch tells both sides`(data: String, actual: [Int]?) {
    let error = #expect(throws: CodingError.self) {
      try Self.decode(#"{"dtype":"F16","shape":[2,2],\#(data)}"#)
    }
    #expect(error?.code == .shapeMismatch)
    #expect(error?.expectedDimensions == [2, 2])
    #expect(error?.actualDimensions == actual)
  }

  static let refusals: [(String, CodingError.Code, String)] = [
    ("[1]", .wrongType, "/t"), ("null", .wrongType, "/t"), ("{}", .missingField, "/t/dtype"),
    (#"{"dtype":"F32"}"#, .missingField, "/t/shape"),
    (#"{"dtype":"F32","shape":[1]}"#, .missingField, "/t/data"),
    (
      #"{"dtype":"F32","shape":[1],"data":[1],"base64":"AACAPw=="}"#, .conflictingFields,
      "/t/base64"
    ),
    (#"{"dtype":"F32","shape":[1],"data":[1],"x/y":0}"#, .unknownField, "/t/x~1y"),
    (#"{"dtype":"F64","shape":[1],"data":[1]}"#, .unsupportedDType, "/t/dtype"),
    (#"{"dtype":"f32","shape":[1],"data":[1]}"#, .unsupportedDType, "/t/dtype"),
    (#"{"dtype":1,"shape":[1],"data":[1]}"#, .wrongType, "/t/dtype"),
    (#"{"dtype":"F32","shape":1,"data":[1]}"#, .wrongType, "/t/shape"),
    (#"{"dtype":"F32","shape":["1"],"data":[1]}"#, .wrongType, "/t/shape"),
    (#"{"dtype":"F32","shape":[[1]],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[-1],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[1.5],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[1.0],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[1e300],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[4294967296,4294967296],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data":[1]}"#, .invalidShape, "/t/shape"),
    (#"{"dtype":"F32","shape":[1099511627776],"data":[1]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[2],"data":[1]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[2,2],"data":[[1,2,3,4]]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[2,2],"data":[[1,2],[3]]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[2],"data":[]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[2,0],"data":[[]]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[0,2],"data":[[],[]]}"#, .shapeMismatch, "/t/data"),
    (#"{"dtype":"F32","shape":[1],"data":1}"#, .wrongType, "/t/data"),
    (#"{"dtype":"F32","shape":[1],"data":"AACAPw=="}"#, .wrongType, "/t/data"),
    (#"{"dtype":"F32","shape":[2],"data":[1,"2"]}"#, .wrongType, "/t/data/1"),
    (#"{"dtype":"F32","shape":[2,1],"data":[[1],[null]]}"#, .wrongType, "/t/data/1/0"),
    (#"{"dtype":"F32","shape":[1],"base64":[1]}"#, .wrongType, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AAAA"}"#, .shapeMismatch, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AACAPwAA"}"#, .shapeMismatch, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AACAP"}"#, .invalidBase64Length, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AACA\n/=="}"#, .invalidBase64Character, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AAC-Pw=="}"#, .invalidBase64Character, "/t/base64"),
    (#"{"dtype":"F32","shape":[1],"base64":"AACAPx=="}"#, .base64TrailingBits, "/t/base64"),
  ]

  @Test(arguments: refusals)
  func `refuses`(text: String, code: CodingError.Code, pointer: String) throws {
    let error = try #require(refusal { () throws(CodingError) in try Self.decode(text) })
    #expect(error.code == code)
    #expect(error.pointer?.description == pointer)
  }

  static let misfits: [(String, String, Int?, CodingError.Code)] = [
    ("F32", "3.4028235677973367e38", 1, .valueDoesNotFit), ("F32", "1e39", 1, .valueDoesNotFit),
    ("F32", "-1e39", 1, .valueDoesNotFit), ("F32", "3.4028235677973366e38", nil, .valueDoesNotFit),
    ("F16", "65520", 1, .valueDoesNotFit), ("F16", "65519.99999999", nil, .valueDoesNotFit),
    ("F16", "-65536", 1, .valueDoesNotFit), ("BF16", "3.4e38", 1, .valueDoesNotFit),
    ("BF16", "3.39e38", nil, .valueDoesNotFit), ("U8", "256", 1, .valueDoesNotFit),
    ("U8", "-1", 1, .valueDoesNotFit), ("U8", "1.5", 1, .notAnInteger),
    ("I32", "2147483648", 1, .valueDoesNotFit), ("I32", "-2147483649", 1, .valueDoesNotFit),
    ("I32", "0.1", 1, .notAnInteger), ("I32", "-0", nil, .notAnInteger),
    ("I32", "1e9", nil, .notAnInteger), ("U8", "1e300", 1, .valueDoesNotFit),
  ]

  @Test(arguments: misfits)
  func `refuses values that do not fit`(
    dtype: String, value: String, index: Int?, code: CodingError.Code
  ) throws {
    let text = "{\"dtype\":\"\(dtype)\",\"shape\":[3],\"data\":[1,\(value),2]}"
    let error = refusal { () throws(CodingError) in try Self.decode(text) }
    #expect(error?.index == index)
    if index != nil {
      #expect(error?.code == code && error?.pointer?.description == "/t/data")
      #expect(error?.fault == (code == .notAnInteger ? .invalid : .malformed))
    }
  }

  @Test(arguments: DType.allCases, [true, false])
  func `reads back what the writer writes`(dtype: DType, asBase64: Bool) throws {
    let seed: UInt64 = 9
    var generator = SeededGenerator(seed: seed)
    for shape in [Shape(arrayLiteral: 3, 5, 41), [], [0], [2, 0], [1000]] {
      let count = shape.elementCount * dtype.byteSize
      let storage = TensorStorage(byteCount: count + 1) { bytes in
        for offset in 0..<count {
          // Small exponents keep every element finite.
          let isHigh = dtype.isReal && offset % dtype.byteSize == dtype.byteSize - 1
          let byte = UInt8.random(in: isHigh ? 0x30...0x3F : 0...255, using: &generator)
          bytes.storeBytes(of: byte, toByteOffset: offset + 1, as: UInt8.self)
        }
      }
      let tensor = try Tensor(dtype: dtype, shape: shape, storage: storage, byteOffset: 1)
      var writer = JSONWriter()
      writer.value(tensor, asBase64: asBase64)
      let back = try TensorJSON.decode(JSONCursor(try parse(writer.bytes)))
      #expect(back.shape == shape && back.dtype == dtype)
      #expect(Self.bytes(back) == Self.bytes(tensor), "seed \(seed)")
    }
  }
}
