/// The mean of rows, and how sure it is when rows of one sample resemble each other.
struct ClusteredMean: Sendable, Equatable {
  /// The mean over all rows.
  let mean: Double
  /// The standard error of the mean; nil with fewer than two samples.
  let standardError: Double?
  /// How many rows there are.
  let rows: Int
  /// How many samples they belong to.
  let samples: Int
  /// What a mean has to exceed to be more than rounding.
  let resolution: Double

  /// Measures rows that belong to samples; no rows have a mean of 0.
  ///
  /// The standard error is the cluster-robust one: with the mean `m` of `n` rows in `G` samples,
  /// `SE² = G / (G - 1) · Σ_g (Σ_{i in g} (x_i - m))² / n²`. Several questions about one image are
  /// no independent evidence, and one row per sample gives the usual formula.
  ///
  /// - Parameters:
  ///   - values: One per row.
  ///   - clusters: The sample of each row, as a small number.
  ///   - resolution: What a mean has to exceed to be more than rounding.
  init(_ values: [Double], clusters: [Int], resolution: Double = 0) {
    self.resolution = resolution
    rows = values.count
    let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    self.mean = mean
    var sums: [Int: Double] = [:]
    var order: [Int] = []
    for (value, cluster) in zip(values, clusters) {
      if sums[cluster] == nil { order.append(cluster) }
      sums[cluster, default: 0] += value - mean
    }
    samples = order.count
    guard samples > 1 else {
      standardError = nil
      return
    }
    // In the order of the rows, so that the same rows give the same bits.
    var squares = 0.0
    for cluster in order { squares += (sums[cluster] ?? 0) * (sums[cluster] ?? 0) }
    let groups = Double(samples)
    standardError = (groups / (groups - 1) * squares).squareRoot() / Double(rows)
  }

  /// The probability that the true mean is above 0, judged by these rows; nil without an error.
  ///
  /// - Returns: By Student's t, with one degree of freedom less than there are samples.
  func probabilityAboveZero() -> Double? { probabilityAbove(0) }

  /// The probability that the true mean is above a number; nil without an error.
  ///
  /// - Parameters:
  ///   - number: What the mean is compared with.
  ///   - correction: A factor of the standard error, for samples of a finite set.
  /// - Returns: By Student's t, with one degree of freedom less than there are samples.
  func probabilityAbove(_ number: Double, correction: Double = 1) -> Double? {
    guard let standardError else { return nil }
    let error = max(standardError * correction, resolution)
    let distance = mean - number
    guard error > 0 else { return distance > 0 ? 1 : distance < 0 ? 0 : 0.5 }
    return StudentT.cumulative(distance / error, degrees: Double(samples - 1))
  }
}
