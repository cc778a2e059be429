import Testing

/// Expects `|a - b| <= tolerance * max(|b|, max|b| / 100)` for all elements.
func expectClose(
  _ actual: [Float], _ expected: [Float], tolerance: Float = 1e-5, _ what: Comment? = nil,
  at location: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == expected.count, what, sourceLocation: location)
  guard actual.count == expected.count else { return }
  let largest = expected.reduce(0) { max($0, abs($1)) }
  let worst = actual.indices.first { index in
    !(abs(actual[index] - expected[index])
      <= tolerance * max(abs(expected[index]), largest / 100))
  }
  if let worst {
    Issue.record(
      "\(what ?? "values") differ at \(worst): \(actual[worst]) and \(expected[worst])",
      sourceLocation: location)
  }
}
