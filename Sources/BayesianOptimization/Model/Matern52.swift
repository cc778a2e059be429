private import Glibc

/// The Matérn kernel of smoothness 5/2 with one length scale per parameter.
///
/// k(r) = s (1 + √5 r + 5 r² / 3) e^(-√5 r), where r² sums squared differences over squared length
/// scales; two different choices of a categorical parameter differ by 1. Rasmussen and Williams,
/// "Gaussian Processes for Machine Learning", equation 4.17.
struct Matern52: Sendable, Equatable {
  /// One over the squared length scale of each parameter.
  var inverseSquares: [Double]
  /// The variance of the objective around its mean, s.
  var variance: Double

  /// From logarithms of length scales and variance.
  init(logLengthScales: ArraySlice<Double>, logVariance: Double) {
    inverseSquares = logLengthScales.map { exp(-2 * $0) }
    variance = exp(logVariance)
  }

  /// Fills `distances` with squared scaled distances from `point` to all points.
  func squaredDistances(
    from point: [Double], to design: DesignMatrix, into distances: inout [Double]
  ) {
    for index in distances.indices { distances[index] = 0 }
    for dimension in 0..<design.dimensions {
      let (weight, coordinate) = (inverseSquares[dimension], point[dimension])
      let column = design.columns[dimension]
      precondition(column.count <= distances.count, "a distance for each point")
      if design.categorical[dimension] {
        for index in column.indices where column[index] != coordinate {
          distances[index] += weight
        }
      } else {
        for index in column.indices {
          let difference = column[index] - coordinate
          distances[index] += weight * difference * difference
        }
      }
    }
  }

  /// Replaces squared distances by covariances divided by the variance.
  ///
  /// - Parameters:
  ///   - distances: Squared distances in, correlations out.
  ///   - slopes: Receives 5/3 (1 + √5 r) e^(-√5 r): the derivative by r², times -2.
  static func correlate(_ distances: inout [Double], slopes: inout [Double]) {
    precondition(distances.count == slopes.count, "a slope for each distance")
    // Both arrays have `distances.count` numbers; the last few are handled one by one.
    unsafe distances.withUnsafeMutableBufferPointer { distances in
      unsafe slopes.withUnsafeMutableBufferPointer { slopes in
        guard let values = distances.baseAddress, let slopes = slopes.baseAddress else { return }
        let whole = distances.count & ~3
        for index in Swift.stride(from: 0, to: whole, by: 4) {
          let (value, slope) = unsafe correlation(ofSquared: lanes(values + index))
          unsafe store(value, at: values + index)
          unsafe store(slope, at: slopes + index)
        }
        for index in whole..<distances.count {
          let (value, slope) = unsafe correlation(ofSquared: SIMD4(repeating: values[index]))
          unsafe values[index] = value[0]
          unsafe slopes[index] = slope[0]
        }
      }
    }
  }

  /// Correlations and slopes at four squared distances.
  @inline(__always)
  static func correlation(
    ofSquared squared: SIMD4<Double>
  ) -> (value: SIMD4<Double>, slope: SIMD4<Double>) {
    let root = (5 * squared).squareRoot()
    let decay = exponential(ofMinus: root)
    let linear = (1 + root) * decay
    return (linear + (5.0 / 3.0) * squared * decay, (5.0 / 3.0) * linear)
  }
}
