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

  @Test func `trials as good as the best are hardly ever stopped`() {
    let seed: UInt64 = 42
    var generator = SeededGenerator(seed: seed)
    var stopped = 0
    for _ in 0..<1000 {
      // Roughly normal, and as good as the best over the whole set.
      var all = (0..<30).map { _ in
        (0..<6).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &generator) }
      }
      let offset = all.reduce(0, +) / 30
      for index in all.indices { all[index] -= offset }
      for look in 1...6 {
        let seen = Array(all.prefix(5 * look))
        let mean = ClusteredMean(seen, clusters: Array(seen.indices))
        if EarlyStopping.isClearlyWorse(mean, look: look, of: 30) {
          stopped += 1
          break
        }
      }
    }
    #expect(stopped <= 25, "\(stopped) of 1000 with a risk of 0.01, seed \(seed)")
  }

  @Test func `samples of which only some rows are known are not known`() {
    let seed: UInt64 = 7
    var generator = SeededGenerator(seed: seed)
    var stopped = 0
    for _ in 0..<500 {
      // 30 samples of 8 rows, as good as the best over the whole set; one row of each per look.
      var all = (0..<240).map { _ in
        (0..<6).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &generator) }
      }
      let offset = all.reduce(0, +) / 240
      for index in all.indices { all[index] -= offset }
      for look in 1...16 {
        let seen = Array(all.prefix(15 * look))
        let mean = ClusteredMean(seen, clusters: seen.indices.map { $0 % 30 })
        if EarlyStopping.isClearlyWorse(mean, look: look, of: 240) {
          stopped += 1
          break
        }
      }
    }
    #expect(stopped <= 13, "\(stopped) of 500 with a risk of 0.01, seed \(seed)")
  }

  @Test func `a trial can be stopped once every sample has a row`() {
    let rows = (0..<30).map { -0.2 + 0.01 * Double($0 % 4) }
    let mean = ClusteredMean(rows, clusters: Array(rows.indices))
    #expect(EarlyStopping.isClearlyWorse(mean, look: 1, of: 240))
    #expect(!EarlyStopping.isClearlyWorse(mean, look: 1, of: 30), "nothing is left to save")
  }

  @Test func `clearly worse trials are stopped early`() {
    let clusters = Array(0..<6)
    let worse = ClusteredMean([-0.2, -0.25, -0.2, -0.3, -0.2, -0.21], clusters: clusters)
    #expect(EarlyStopping.isClearlyWorse(worse, look: 1, of: 30))
    let better = ClusteredMean([0.2, 0.25, 0.2, 0.3, 0.2, 0.21], clusters: clusters)
    #expect(!EarlyStopping.isClearlyWorse(better, look: 1, of: 30))
    let few = ClusteredMean([-0.2, -0.21, -0.2], clusters: [0, 1, 2])
    #expect(!EarlyStopping.isClearlyWorse(few, look: 1, of: 30))
  }
}
