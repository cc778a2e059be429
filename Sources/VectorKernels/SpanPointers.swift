// How spans reach the C kernels. Every pointer is used only inside the closure that receives it,
// while the span it came from is borrowed; an empty span calls nothing.

/// Requires that a span holds `rows * columns` elements, without overflow.
func requireBytes(_ span: RawSpan, _ rows: Int, _ columns: Int, _ type: ElementType) {
  precondition(rows >= 0 && columns >= 0, "sizes are not negative")
  let (elements, tooMany) = rows.multipliedReportingOverflow(by: columns)
  let (bytes, tooLarge) = elements.multipliedReportingOverflow(by: type.byteSize)
  precondition(
    !tooMany && !tooLarge && span.byteCount == bytes, "the span holds what its sizes promise")
}

/// Requires that every index lies in `0..<limit`.
func requireIndices(_ indices: Span<Int32>, below limit: Int) {
  for position in indices.indices {
    precondition(
      indices[position] >= 0 && Int(indices[position]) < limit, "the indices are in range")
  }
}

/// Runs `body` with the addresses of an input and an output.
func withPointers(
  _ input: RawSpan, _ output: inout MutableSpan<Float>,
  _ body: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
) {
  unsafe input.withUnsafeBytes { input in
    unsafe output.withUnsafeMutableBufferPointer { output in
      guard let from = input.baseAddress, let to = output.baseAddress else { return }
      unsafe body(from, to)
    }
  }
}

/// Runs `body` with the addresses of two inputs.
func withPointers(
  _ first: RawSpan, _ second: RawSpan, _ body: (UnsafeRawPointer, UnsafeRawPointer) -> Void
) {
  unsafe first.withUnsafeBytes { first in
    unsafe second.withUnsafeBytes { second in
      guard let one = first.baseAddress, let two = second.baseAddress else { return }
      unsafe body(one, two)
    }
  }
}

/// Runs `body` with the addresses of two inputs and an output.
func withPointers(
  _ first: RawSpan, _ second: RawSpan, _ output: inout MutableSpan<Float>,
  _ body: (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
) {
  unsafe second.withUnsafeBytes { second in
    guard let other = second.baseAddress else { return }
    unsafe withPointers(first, &output) { first, output in unsafe body(first, other, output) }
  }
}

/// Runs `body` with uninitialised memory that lives as long as the call.
func withScratch(byteCount: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
  unsafe withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { scratch in
    guard let base = scratch.baseAddress else { return }
    unsafe body(base)
  }
}
