import Foundation
import ReferenceModel
import TokenPruning

/// Evaluates strategies on the reference model: an evaluator for `vflowopt calibrate`.
///
/// `ReferenceEvaluator [--seed N] [--samples N] [--questions N] [--values]` reads one JSON request per
/// line and answers each with one line, as docs/calibration.md describes; with `--values` it compares
/// the vectors itself.
@main
struct ReferenceEvaluator {
  static func main() throws {
    let options = try Options(CommandLine.arguments.dropFirst())
    let desk = try EvaluationDesk(options)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    while let line = readLine() {
      let request = try decoder.decode(EvaluationRequest.self, from: Data(line.utf8))
      var answer = try JSONSerialization.data(
        withJSONObject: desk.answer(to: request), options: [.sortedKeys, .withoutEscapingSlashes])
      answer.append(0x0A)
      try FileHandle.standardOutput.write(contentsOf: answer)
    }
  }
}

/// What the command line asks for.
struct Options {
  var seed: UInt64 = 1
  var samples = 30
  var questions = 8
  var comparesItself = false

  init(_ arguments: ArraySlice<String>) throws {
    var rest = arguments
    while let name = rest.popFirst() {
      if name == "--values" {
        comparesItself = true
        continue
      }
      guard let number = rest.popFirst().flatMap({ Int($0) }), number > 0 else { throw Usage() }
      switch name {
      case "--seed": seed = UInt64(number)
      case "--samples": samples = number
      case "--questions": questions = number
      default: throw Usage()
      }
    }
  }
}

/// The command line was not understood.
struct Usage: Error {}
