import BayesianOptimization
import Foundation

/// Suggests points on standard output and reads their values from standard input.
///
/// `AskTell SEED` first reads one line of bounds, `low high low high …`; then a line with a point and
/// a line with its value alternate, until the input ends. Benchmarks/Peers/optimisers.py drives it.
@main
struct AskTell {
  static func main() throws {
    guard CommandLine.arguments.count == 2, let seed = UInt64(CommandLine.arguments[1]),
      let space = try space()
    else { throw Usage() }
    let optimizer = Optimizer(space: space, seed: seed)
    var observations: [Observation] = []
    while true {
      let point = try optimizer.suggest(
        count: 1, observations: observations, pending: [], firstIndex: observations.count)[0]
      let line = point.map { "\($0)" }.joined(separator: " ") + "\n"
      FileHandle.standardOutput.write(Data(line.utf8))
      guard let answer = readLine() else { return }
      guard let value = Double(answer) else { throw Usage() }
      observations.append(Observation(point: point, value: value))
    }
  }

  private static func space() throws -> SearchSpace? {
    let bounds = (readLine() ?? "").split(separator: " ").compactMap { Double($0) }
    guard !bounds.isEmpty, bounds.count.isMultiple(of: 2) else { return nil }
    return try SearchSpace(
      stride(from: 0, to: bounds.count, by: 2).map { index in
        try Parameter("x\(index / 2)", .linear(bounds[index]...bounds[index + 1]))
      })
  }
}

/// The command line or a line of input was not understood.
struct Usage: Error {}
