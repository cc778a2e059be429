import Testing

@testable import Telemetry

struct HistogramTests {
  @Test(
    arguments: [
      (-1, 0), (0, 0), (1, 0), (1.000_1, 1), (2, 1), (3, 2), (4, 2), (4.1, 3), (.infinity, 3),
      (-.infinity, 0),
    ] as [(Double, Int)])
  func `counts a value in the first bucket that holds it`(value: Double, bucket: Int) {
    let histogram = Histogram(bounds: [1, 2, 4])
    histogram.observe(value)
    #expect(histogram.bucketCounts.firstIndex(of: 1) == bucket)
    #expect(histogram.count == 1)
    #expect(histogram.sum == value)
  }

  @Test func `leaves NaN out`() {
    let histogram = Histogram(bounds: [1])
    histogram.observe(.nan)
    #expect(histogram.count == 0)
    #expect(histogram.sum == 0)
  }

  @Test func `takes nanoseconds`() {
    let histogram = Histogram(bounds: Histogram.requestSeconds)
    histogram.observe(nanoseconds: 250_000_000)
    #expect(histogram.sum == 0.25)
  }

  @Test func `works without bounds`() {
    let histogram = Histogram(bounds: [])
    histogram.observe(7)
    #expect(histogram.bucketCounts == [1])
  }

  @Test func `loses nothing to other threads`() async {
    let histogram = Histogram(bounds: [10, 20])
    await inParallel { for value in 0..<3000 { histogram.observe(Double(value % 30)) } }
    #expect(histogram.count == 12_000)
    #expect(histogram.bucketCounts == [4400, 4000, 3600])
    #expect(histogram.sum == 4 * 100 * 435)
  }

  @Test func `makes exponential bounds`() {
    #expect(Histogram.exponentialBounds(from: 1, factor: 4, count: 4) == [1, 4, 16, 64])
    #expect(Histogram.exponentialBounds(from: 1, factor: 2, count: 0) == [])
  }
}
