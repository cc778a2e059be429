import Foundation
import ReferenceModel

/// Compares calibration with the default strategy and with random search on the reference model.
///
/// `CalibrationTable [--first N] [--seeds N] [--trials N] [--samples N] [--questions N] [--portion N]
/// [--budgets 0.25,0.1] [--method NAME]` writes one line of JSON per search, as searches end. Benchmarks/calibration.py
/// makes the table and the plot of it.
@main
struct CalibrationTable {
  static func main() async throws {
    let options = try Options(CommandLine.arguments.dropFirst())
    let places = options.places
    try await withThrowingTaskGroup(of: Void.self) { group in
      for place in 0..<places {
        group.addTask {
          for seed in stride(from: options.first + place, to: options.seeds, by: places) {
            try run(seed: UInt64(seed), options)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private static func run(seed: UInt64, _ options: Options) throws {
    let laboratory = try Laboratory(seed: seed, options: options)
    for budget in options.budgets {
      for method in options.methods {
        let outcome =
          switch method {
          case .standard: try laboratory.standard(budget)
          case .random: try laboratory.random(budget)
          case .calibrated: try laboratory.calibrated(budget, stopping: false)
          case .stopping: try laboratory.calibrated(budget, stopping: true)
          }
        var line = try JSONEncoder().encode(outcome)
        line.append(0x0A)
        FileHandle.standardOutput.write(line)
      }
    }
  }
}

/// What the command line asks for.
struct Options: Sendable {
  var first = 0
  var seeds = 10
  var trials = 50
  var samples = 30
  var questions = 8
  var portion = 15
  var places = 2
  var budgets = [0.25, 0.1]
  var methods = Method.allCases

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let name = rest.popFirst() {
      guard let text = rest.popFirst() else { throw Usage() }
      if name == "--budgets" {
        budgets = text.split(separator: ",").compactMap { Double($0) }
        continue
      }
      if name == "--method" {
        guard let method = Method(rawValue: text) else { throw Usage() }
        methods = [method]
        continue
      }
      guard let number = Int(text), number > 0 else { throw Usage() }
      switch name {
      case "--first": first = number
      case "--seeds": seeds = number
      case "--trials": trials = number
      case "--samples": samples = number
      case "--questions": questions = number
      case "--portion": portion = number
      case "--places": places = number
      default: throw Usage()
      }
    }
  }
}

/// The command line was not understood.
struct Usage: Error {}
