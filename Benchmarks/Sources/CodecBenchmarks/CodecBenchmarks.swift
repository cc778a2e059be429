import Foundation
import TensorCoding
import Tensors

/// Times the reading of the files that `Benchmarks/codecs.py` has written; one JSON line each.
@main
struct CodecBenchmarks {
  static let rounds = 101

  static func main() throws {
    guard let folder = CommandLine.arguments.dropFirst().first else {
      return print("usage: CodecBenchmarks FOLDER")
    }
    for name in ["file", "numbers", "base64"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
      try measure(name, bytes)
    }
  }

  static func measure(_ name: String, _ bytes: Data) throws {
    let storage = TensorStorage(byteCount: bytes.count) { memory in
      for (index, byte) in bytes.enumerated() {
        memory.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
    var elements = 0
    let median = try Self.median {
      elements +=
        name == "file"
        ? try SafetensorsFile(storage: storage)["attention"]?.shape.elementCount ?? 0
        : try tensor(storage).shape.elementCount
    }
    precondition(elements > 0, "the tensors are used")
    print(#"{"name":"\#(name)","seconds":\#(median),"bytes":\#(bytes.count)}"#)
  }

  static func tensor(_ storage: TensorStorage) throws -> Tensor {
    let root = JSONCursor(try JSONDocument.parse(storage))
    return try TensorJSON.decode(root.object(allowing: nil).required("attention"))
  }

  static func median(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    try body()
    let times = try (0..<rounds).map { _ in try clock.measure(body) }.sorted()
    let middle = times[rounds / 2].components
    return Double(middle.seconds) + Double(middle.attoseconds) * 1e-18
  }
}
