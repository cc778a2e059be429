// The first byte chooses the kernel, the second the element type, the next three the sizes; the
// rest is the data, repeated as often as the sizes need it.
import FuzzHarness
import VectorKernels

/// Gives arbitrary numbers to one kernel of every set that the processor has: the bits of the
/// results must be the same.
@main struct FuzzKernels {
  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      FuzzKernels.test(unsafe FuzzHarness.bytes(copying: data, size))
      return 0
    }
  }

  private static let sets = KernelSet.supported

  private static func test(_ input: [UInt8]) {
    guard input.count > 5 else { return }
    let call = KernelCall(input)
    guard let expected = sets.first.map(call.results) else { return }
    for set in sets.dropFirst() {
      let results = call.results(of: set)
      FuzzHarness.require(
        results.elementsEqual(expected, by: isSame),
        "\(set.name) gives the bits of \(sets[0].name) for \(call): \(results) \(expected)")
    }
  }

  /// The same bits; a NaN is a NaN, since IEEE 754 leaves its payload open.
  private static func isSame(_ first: UInt32, _ second: UInt32) -> Bool {
    first == second || Float(bitPattern: first).isNaN && Float(bitPattern: second).isNaN
  }
}
