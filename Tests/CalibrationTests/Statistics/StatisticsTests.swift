import TestSupport
import Testing

@testable import Calibration

@Suite struct StatisticsTests {
  // Two-sided tables of Student's t: P(T <= t) with so many degrees of freedom.
  static let table: [(Double, Double, Double)] = [
    (0, 5, 0.5), (1, 1, 0.75), (2.015, 5, 0.95), (-2.015, 5, 0.05), (12.706, 1, 0.975),
    (2.262, 9, 0.975), (1.699, 29, 0.95), (3.659, 29, 0.9995), (1.960, 100_000, 0.975),
  ]

  @Test(arguments: table)
  func `the t distribution agrees with the tables`(_ row: (Double, Double, Double)) {
    #expect(abs(StudentT.cumulative(row.0, degrees: row.1) - row.2) < 1e-4)
  }

  @Test func `the t distribution has closed forms for one and two degrees`() {
    for t in [-30.0, -3, -0.7, 0.1, 1, 8, 1000] {
      let two = 0.5 + t / (2 * (2 + t * t).squareRoot())
      #expect(abs(StudentT.cumulative(t, degrees: 2) - two) < 1e-12, "\(t)")
    }
    #expect(StudentT.cumulative(.infinity, degrees: 3) == 1)
    #expect(StudentT.cumulative(-.infinity, degrees: 3) == 0)
  }

  @Test func `rows of one sample count as one piece of evidence`() {
    let values = [1.0, 2, 3, 4]
    let apart = ClusteredMean(values, clusters: [0, 1, 2, 3])
    #expect(apart.mean == 2.5)
    // The usual formula: the standard deviation 1.2910 over the root of 4.
    #expect(abs((apart.standardError ?? 0) - 0.645_497_224_367_902_8) < 1e-15)
    // Each sample twice: as sure as once.
    let twice = ClusteredMean(values + values, clusters: [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(abs((twice.standardError ?? 0) - (apart.standardError ?? 1)) < 1e-15)
    #expect(twice.samples == 4 && twice.rows == 8)
    #expect(ClusteredMean(values, clusters: [7, 7, 7, 7]).standardError == nil)
    #expect(ClusteredMean([], clusters: []).mean == 0)
  }

  @Test func `without spread the sign of the mean decides`() {
    let clusters = [0, 1, 2]
    #expect(ClusteredMean([1, 1, 1], clusters: clusters).probabilityAboveZero() == 1)
    #expect(ClusteredMean([0, 0, 0], clusters: clusters).probabilityAboveZero() == 0.5)
    #expect(ClusteredMean([-1, -1, -1], clusters: clusters).probabilityAboveZero() == 0)
    #expect(ClusteredMean([1], clusters: [0]).probabilityAboveZero() == nil)
  }

  @Test func `the best of many is less probably better than it looks`() {
    let difference = ClusteredMean([0.1, 0.2, 0.1, -0.05, 0.1], clusters: [0, 1, 2, 3, 4])
    let alone = PairedAdvantage(difference, trials: 1)
    let many = PairedAdvantage(difference, trials: 50)
    #expect(alone.probability == many.probability)
    #expect(alone.probabilityAfterSelection == alone.probability)
    #expect((many.probabilityAfterSelection ?? 1) < (alone.probability ?? 0))
  }

  /// Roughly normal numbers whose mean is just `mean`.
  private static func rows(
    _ count: Int, mean: Double, _ generator: inout SeededGenerator
  ) -> [Double] {
    let all = (0..<count).map { _ in
      (0..<6).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &generator) }
    }
    let offset = mean - all.reduce(0, +) / Double(count)
    return all.map { $0 + offset }
  }

  /// Whether some look at growing portions ends the trial.
  private static func isStopped(
    _ rows: [Double], clusters: [Int], portion: Int, margin: Double
  ) -> Bool {
    stride(from: portion, to: rows.count, by: portion).contains { seen in
      let difference = ClusteredMean(
        Array(rows.prefix(seen)), clusters: Array(clusters.prefix(seen)))
      return EarlyStopping.isHopeless(
        difference, after: seen - portion, of: rows.count, margin: margin)
    }
  }

  @Test(arguments: [1, 2, 5, 10])
  func `a trial that is better by the margin is seldom stopped, however often one looks`(
    portion: Int
  ) {
    let seed: UInt64 = 42
    var generator = SeededGenerator(seed: seed)
    let stopped = (0..<1000).count { _ in
      let rows = Self.rows(30, mean: 0.05, &generator)
      return Self.isStopped(
        rows, clusters: Array(rows.indices), portion: portion, margin: 0.05)
    }
    // The risk is 0.1; looks resemble each other, so that less is spent than allowed.
    #expect(stopped <= 100, "\(stopped) of 1000, seed \(seed)")
  }

  @Test(arguments: [1, 8])
  func `the risk holds for samples of several rows`(rowsAtATime: Int) {
    let seed: UInt64 = 7
    var generator = SeededGenerator(seed: seed)
    let stopped = (0..<500).count { _ in
      let rows = Self.rows(240, mean: 0.05, &generator)
      // One row of each sample after the other, or all rows of a sample at once.
      let clusters = rows.indices.map { rowsAtATime == 1 ? $0 % 30 : $0 / 8 }
      return Self.isStopped(rows, clusters: clusters, portion: 15, margin: 0.05)
    }
    #expect(stopped <= 50, "\(stopped) of 500, seed \(seed)")
  }

  @Test func `trials as good as the best are stopped more often, the wider the margin`() {
    var counts: [Int] = []
    for margin in [0, 0.1, 0.3, 0.6] {
      var generator = SeededGenerator(seed: 3)
      counts.append(
        (0..<300).count { _ in
          let rows = Self.rows(240, mean: 0, &generator)
          return Self.isStopped(
            rows, clusters: rows.indices.map { $0 % 30 }, portion: 15, margin: margin)
        })
    }
    #expect(counts == counts.sorted(), "\(counts)")
    #expect(counts[0] <= 40 && counts[3] >= 270, "\(counts)")
  }

  @Test func `a trial can be stopped once every sample has a row`() {
    let rows = (0..<30).map { -0.2 + 0.01 * Double($0 % 4) }
    let mean = ClusteredMean(rows, clusters: Array(rows.indices))
    #expect(EarlyStopping.isHopeless(mean, after: 0, of: 240, margin: 0))
    #expect(
      !EarlyStopping.isHopeless(mean, after: 0, of: 30, margin: 0), "nothing is left to save")
    #expect(
      !EarlyStopping.isHopeless(mean, after: 30, of: 240, margin: 0), "nothing new was seen")
  }

  @Test func `hopeless trials are stopped early`() {
    let clusters = Array(0..<6)
    let worse = ClusteredMean([-0.2, -0.25, -0.2, -0.3, -0.2, -0.21], clusters: clusters)
    #expect(EarlyStopping.isHopeless(worse, after: 0, of: 30, margin: 0))
    let better = ClusteredMean([0.2, 0.25, 0.2, 0.3, 0.2, 0.21], clusters: clusters)
    #expect(!EarlyStopping.isHopeless(better, after: 0, of: 30, margin: 0.1))
    #expect(EarlyStopping.isHopeless(better, after: 0, of: 30, margin: 0.5))
    let few = ClusteredMean([-0.2, -0.21, -0.2], clusters: [0, 1, 2])
    #expect(!EarlyStopping.isHopeless(few, after: 0, of: 30, margin: 0))
  }
}
