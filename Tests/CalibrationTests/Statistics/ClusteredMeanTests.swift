import Foundation
import TestSupport
import Testing

@testable import Calibration

/// Means and errors against the formulas as they are written, sum by sum.
@Suite struct ClusteredMeanTests {
  private let seed: UInt64 = 5_020_261

  /// `SE² = G/(G-1) · Σ_g (Σ_{i∈g} (x_i - mean))² / n²`, without any shortcut.
  private func reference(_ values: [Double], _ clusters: [Int]) -> Double? {
    let names = Set(clusters)
    guard names.count > 1 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    var sum = 0.0
    for name in names {
      let residuals = values.indices.filter { clusters[$0] == name }.map { values[$0] - mean }
      sum += pow(residuals.reduce(0, +), 2)
    }
    let groups = Double(names.count)
    return (groups / (groups - 1) * sum / pow(Double(values.count), 2)).squareRoot()
  }

  @Test func `errors are those of the formula, however rows and samples are mixed`() {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<400 {
      let count = Int.random(in: 1...60, using: &generator)
      let samples = Int.random(in: 1...count, using: &generator)
      let values = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
      let clusters = (0..<count).map { _ in Int.random(in: 0..<samples, using: &generator) * 7 }
      let mean = ClusteredMean(values, clusters: clusters)
      let context: Comment = "round \(round), seed \(seed)"
      #expect(mean.rows == count && mean.samples == Set(clusters).count, context)
      #expect(abs(mean.mean - values.reduce(0, +) / Double(count)) < 1e-15, context)
      guard let expected = reference(values, clusters) else {
        #expect(mean.standardError == nil, context)
        continue
      }
      #expect(abs((mean.standardError ?? -1) - expected) <= 1e-14, context)
      // The order of the rows says nothing.
      let order = (0..<count).shuffled(using: &generator)
      let mixed = ClusteredMean(order.map { values[$0] }, clusters: order.map { clusters[$0] })
      #expect(abs((mixed.standardError ?? -1) - expected) <= 1e-14, context)
    }
  }

  @Test func `intervals of clustered rows hold what they promise`() {
    // Samples with an effect of their own, five rows each: errors that ignore this are too small.
    var generator = SeededGenerator(seed: seed)
    func normal() -> Double {
      let radius = (-2 * log(Double.random(in: 1e-12...1, using: &generator))).squareRoot()
      return radius * cos(2 * .pi * Double.random(in: 0...1, using: &generator))
    }
    var (covered, naive) = (0, 0)
    let rounds = 2000
    for _ in 0..<rounds {
      let effects = (0..<20).map { _ in normal() }
      let values = (0..<100).map { effects[$0 / 5] + 0.5 * normal() }
      let clustered = ClusteredMean(values, clusters: (0..<100).map { $0 / 5 })
      let apart = ClusteredMean(values, clusters: Array(0..<100))
      // 2.093: Student's t for 95 % and 19 degrees of freedom.
      if abs(clustered.mean) <= 2.093 * (clustered.standardError ?? 0) { covered += 1 }
      if abs(apart.mean) <= 1.984 * (apart.standardError ?? 0) { naive += 1 }
    }
    #expect((0.92...0.97).contains(Double(covered) / Double(rounds)), "\(covered), seed \(seed)")
    #expect(Double(naive) / Double(rounds) < 0.75, "\(naive), seed \(seed)")
  }

  // MARK: Values by row

  private func randomRows(
    of count: Int, _ generator: inout SeededGenerator
  ) -> (table: [Int: Double], values: RowValues) {
    let rows = (0..<count).filter { _ in Bool.random(using: &generator) }
    let values = rows.map { _ in Double.random(in: 0...1, using: &generator) }
    let bad = rows.filter { _ in Int.random(in: 0..<5, using: &generator) == 0 }
    let kept = zip(rows, values).map { bad.contains($0) ? 0 : $1 }
    return (
      Dictionary(uniqueKeysWithValues: zip(rows, kept)),
      RowValues(rows: rows, values: kept, nonFinite: bad)
    )
  }

  @Test func `later reports win, row by row`() {
    var generator = SeededGenerator(seed: seed)
    for round in 0..<200 {
      let (older, first) = randomRows(of: 20, &generator)
      let (newer, second) = randomRows(of: 20, &generator)
      let merged = first.merging(second)
      let expected = older.merging(newer) { $1 }
      let context: Comment = "round \(round), seed \(seed)"
      #expect(merged.rows == expected.keys.sorted(), context)
      #expect(merged.values == expected.keys.sorted().map { expected[$0] }, context)
      let bad = first.nonFinite.filter { newer[$0] == nil } + second.nonFinite
      #expect(merged.nonFinite == bad.sorted(), context)
    }
  }

  @Test func `differences are taken on the rows that both have`() {
    var generator = SeededGenerator(seed: seed)
    let clusters = (0..<20).map { $0 / 3 }
    for round in 0..<200 {
      let (left, first) = randomRows(of: 20, &generator)
      let (right, second) = randomRows(of: 20, &generator)
      let common = left.keys.filter { right[$0] != nil }.sorted()
      let differences = common.map { (left[$0] ?? 0) - (right[$0] ?? 0) }
      let difference = first.difference(to: second, clusters: clusters)
      let context: Comment = "round \(round), seed \(seed)"
      #expect(difference.rows == common.count, context)
      let expected = reference(differences, common.map { clusters[$0] })
      #expect((difference.standardError == nil) == (expected == nil), context)
      if let expected { #expect(abs((difference.standardError ?? 0) - expected) < 1e-14, context) }
      let back = second.difference(to: first, clusters: clusters)
      #expect(abs(back.mean + difference.mean) < 1e-15, context)
    }
  }
}
