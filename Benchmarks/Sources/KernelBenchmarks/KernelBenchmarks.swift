import CFusedPeak
import CReadBandwidth
import VectorKernels

/// Prints one JSON line per kernel; `Benchmarks/run.py` makes the table.
///
/// A line has the median time, the bytes that the kernel must read, and the time in which this
/// machine can read the same bytes at all. A kernel bound by arithmetic also has the time in which
/// this machine can do as many multiplications and additions.
@main
struct KernelBenchmarks {
  static let rounds = 31

  static func main() {
    let name = CommandLine.arguments.dropFirst().first ?? KernelSet.best.name
    guard let kernels = KernelSet(named: name) else { return print("no kernel set \(name)") }
    var random = RandomBytes()
    attention(kernels, &random)
    entropy(kernels, &random)
    recycling(kernels, &random)
    queryKey(kernels, &random)
  }

  static func report(
    _ name: String, bytes: Int, floor: Double, arithmetic: Double = 0, _ seconds: Double
  ) {
    print(
      #"{"name":"\#(name)","seconds":\#(seconds),"bytes":\#(bytes),"floor_seconds":\#(floor),"#
        + #""arithmetic_seconds":\#(arithmetic)}"#)
  }

  /// The time of that many multiplications and additions with the widest vectors, all fused.
  static func arithmetic(_ operations: Int) -> Double {
    var done = 0
    var sink: Float = 0
    let time = Measurement.median(rounds: rounds) { sink += multiply_and_add(100_000, &done) }
    precondition(sink != 0, "the sum is used")
    return time.seconds * Double(operations) / Double(done)
  }

  /// The time to read `array` once, from wherever the kernel would find it.
  static func floor<Element>(_ array: [Element]) -> Double {
    array.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      var sink: UInt64 = 0
      let time = Measurement.median(rounds: rounds) {
        sink ^= read_every_byte(base, bytes.count & ~255)
      }
      precondition(sink != 1, "the sum is used")
      return time.seconds
    }
  }

  /// Per-head attention: heads added up as they arrive, and received attention of the whole map.
  static func attention(_ kernels: KernelSet, _ random: inout RandomBytes) {
    let (heads, tokens) = (16, 729)
    let size = tokens * tokens
    let half = random.float16(heads * size)
    let single = random.float32(heads * size)
    var sums = [Float](repeating: 0, count: size)
    let time = Measurement.median(rounds: rounds) {
      for head in 0..<heads {
        let part = half.span.bytes.extracting(head * size * 2..<(head + 1) * size * 2)
        var out = sums.mutableSpan
        precondition(
          kernels.add(part, type: .float16, isFirst: head == 0, to: &out), "all are finite")
      }
    }
    report("head mean F16 [16,729,729]", bytes: half.count * 2, floor: floor(half), time.seconds)
    columnMeans("F16", half, .float16, kernels, (heads, tokens))
    columnMeans("BF16", random.bfloat16(heads * size), .bfloat16, kernels, (heads, tokens))
    columnMeans("F32", single, .float32, kernels, (heads, tokens))
  }

  static func columnMeans<Element: BitwiseCopyable>(
    _ name: String, _ map: [Element], _ type: ElementType, _ kernels: KernelSet,
    _ shape: (heads: Int, tokens: Int)
  ) {
    var columns = [Float](repeating: 0, count: shape.tokens)
    let time = Measurement.median(rounds: rounds) {
      var out = columns.mutableSpan
      kernels.columnMeans(
        of: map.span.bytes, type: type, heads: shape.heads, rows: shape.tokens,
        columns: shape.tokens, into: &out)
    }
    report(
      "column mean \(name) [16,729,729]", bytes: map.count * MemoryLayout<Element>.size,
      floor: floor(map), time.seconds)
  }

  static func entropy(_ kernels: KernelSet, _ random: inout RandomBytes) {
    let (tiles, side, patch) = (10, 384, 14)
    let pixels = random.uint8(tiles * side * side * 3)
    var bits = [Float](repeating: 0, count: 27 * 27)
    for channelsLast in [false, true] {
      let time = Measurement.median(rounds: rounds) {
        for tile in 0..<tiles {
          var out = bits.mutableSpan
          let size = side * side * 3
          kernels.patchEntropies(
            pixels: pixels.span.bytes.extracting(tile * size..<(tile + 1) * size), height: side,
            width: side, channelsLast: channelsLast, patch: patch, rows: 27, columns: 27,
            into: &out)
        }
      }
      report(
        "entropy of 10 tiles, \(channelsLast ? "[H,W,3]" : "[3,H,W]")", bytes: pixels.count,
        floor: floor(pixels), time.seconds)
    }
  }

  static func recycling(_ kernels: KernelSet, _ random: inout RandomBytes) {
    recycling("F16", random.float16(7371 * 3584), .float16, kernels, &random)
    recycling("BF16", random.bfloat16(7371 * 3584), .bfloat16, kernels, &random)
  }

  static func recycling(
    _ name: String, _ tokens: [UInt16], _ type: ElementType, _ kernels: KernelSet,
    _ random: inout RandomBytes
  ) {
    let (rows, width, cells) = (7371, 3584, 61)
    let weights = random.float32(rows)
    let indices = (0..<Int32(rows)).map { $0 }
    var row = [Float](repeating: 0, count: width)
    let time = Measurement.median(rounds: 11) {
      for cell in 0..<cells {
        let range = cell * rows / cells..<(cell + 1) * rows / cells
        var out = row.mutableSpan
        kernels.weightedRowSum(
          of: tokens.span.bytes, type: type, width: width,
          indices: indices.span.extracting(range), weights: weights.span.extracting(range),
          into: &out)
      }
    }
    report(
      "recycling \(name) 7371 x 3584", bytes: tokens.count * 2, floor: floor(tokens), time.seconds)
  }

  static func queryKey(_ kernels: KernelSet, _ random: inout RandomBytes) {
    let (heads, tokens, size) = (16, 729, 72)
    let query = random.float16(heads * tokens * size)
    let key = random.float16(heads * tokens * size)
    var columns = [Float](repeating: 0, count: tokens)
    let time = Measurement.median(rounds: 11) {
      var out = columns.mutableSpan
      kernels.receivedAttention(
        query: query.span.bytes, key: key.span.bytes, type: .float16, heads: heads,
        tokens: tokens, headSize: size, into: &out)
    }
    report(
      "attention from q, k F16 [16,729,72]", bytes: query.count * 4, floor: floor(query) * 2,
      arithmetic: arithmetic(2 * heads * tokens * tokens * size), time.seconds)
  }
}
