/// Numbers as little-endian bytes, the way a store keeps them.
enum PackedValues {
  static func pack(_ values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values { append(UInt64(value.bitPattern), 4, to: &bytes) }
    return bytes
  }

  static func floats(_ bytes: [UInt8]) throws(CalibrationError) -> [Float] {
    guard bytes.count.isMultiple(of: 4) else { throw DocumentReader.unreadable }
    return (0..<bytes.count / 4).map {
      Float(bitPattern: UInt32(truncatingIfNeeded: word(bytes, at: 4 * $0, 4)))
    }
  }

  /// Per row: its number in 4 bytes, 1 where it was not finite, and its value in 8.
  static func pack(_ values: RowValues) -> [UInt8] {
    let nonFinite = Set(values.nonFinite)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(rowSize * values.rows.count)
    for (row, value) in zip(values.rows, values.values) {
      append(UInt64(truncatingIfNeeded: row), 4, to: &bytes)
      bytes.append(nonFinite.contains(row) ? 1 : 0)
      append(value.bitPattern, 8, to: &bytes)
    }
    return bytes
  }

  static func rowValues(_ bytes: [UInt8]) throws(CalibrationError) -> RowValues {
    guard bytes.count.isMultiple(of: rowSize) else { throw DocumentReader.unreadable }
    let starts = (0..<bytes.count / rowSize).map { rowSize * $0 }
    let rows = starts.map { Int(word(bytes, at: $0, 4)) }
    return RowValues(
      rows: rows, values: starts.map { Double(bitPattern: word(bytes, at: $0 + 5, 8)) },
      nonFinite: zip(rows, starts).filter { bytes[$1 + 4] != 0 }.map { row, _ in row })
  }

  private static let rowSize = 13

  private static func append(_ word: UInt64, _ count: Int, to bytes: inout [UInt8]) {
    for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * index))) }
  }

  private static func word(_ bytes: [UInt8], at start: Int, _ count: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in 0..<count { word |= UInt64(bytes[start + index]) << (8 * index) }
    return word
  }
}
