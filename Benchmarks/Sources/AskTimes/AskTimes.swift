import BayesianOptimization
import Glibc

/// How long one suggestion takes: one JSON line per number of observations.
///
/// Six parameters, a smooth objective with a little noise, points spread evenly; each ask has other
/// data. Wall time shows other work on the machine, the thread's processor time does not.
@main
struct AskTimes {
  static func main() throws {
    for (observations, rounds) in [(50, 200), (300, 200), (1000, 50)] {
      var (wall, processor): ([Double], [Double]) = ([], [])
      for round in 0..<rounds {
        let times = try seconds(observations, seed: UInt64(round))
        wall.append(times.wall)
        processor.append(times.processor)
      }
      print(
        "{\"observations\": \(observations), \"asks\": \(rounds), \(summary("wall", wall)), "
          + "\(summary("processor", processor))}")
    }
  }

  private static func summary(_ name: String, _ times: [Double]) -> String {
    let sorted = times.sorted().map { ($0 * 1e4).rounded() / 10 }
    let tail = sorted[(sorted.count * 99 + 99) / 100 - 1]
    return "\"\(name)_median_ms\": \(sorted[sorted.count / 2]), \"\(name)_p99_ms\": \(tail)"
  }

  /// The duration of one ask.
  private static func seconds(
    _ count: Int, seed: UInt64
  ) throws -> (wall: Double, processor: Double) {
    let space = try SearchSpace((0..<6).map { try Parameter("x\($0)", .linear(0...1)) })
    let spread = Optimizer(space: space, seed: seed, configuration: .init(initialPoints: count))
    let points = try spread.suggest(count: count, observations: [], pending: [], firstIndex: 0)
    let observations = points.map { Observation(point: $0, value: objective($0)) }
    let optimizer = Optimizer(space: space, seed: seed)
    let start = (now(CLOCK_MONOTONIC), now(CLOCK_THREAD_CPUTIME_ID))
    let next = try optimizer.suggest(
      count: 1, observations: observations, pending: [], firstIndex: count)
    precondition(next.count == 1, "one point was asked for")
    return (now(CLOCK_MONOTONIC) - start.0, now(CLOCK_THREAD_CPUTIME_ID) - start.1)
  }

  private static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func objective(_ point: [Double]) -> Double {
    let distance = point.enumerated().reduce(0.0) { sum, coordinate in
      let offset = coordinate.element - 0.2 - 0.1 * Double(coordinate.offset)
      return sum + Double(coordinate.offset + 1) * offset * offset
    }
    let noise = (point[0] * 1e6).rounded().remainder(dividingBy: 7) * 1e-3
    return 1 / (1 + distance) + noise
  }
}
