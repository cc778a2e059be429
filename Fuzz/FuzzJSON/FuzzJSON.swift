// The first byte chooses: bits 0 and 1 the route, bit 2 the answer's encoding, bits 3 and 4 what
// the rest is: JSON (0 and 3), a safetensors file (1), or a plan from which one is made (2). With
// bit 6 it is the body of a route of studies, which bits 0 to 2 choose. Bit 5 says nothing: with it
// the other bits are characters that can be read.
import FuzzHarness
import TensorCoding
import Tensors
import TokenPruning
import VectorKernels

@testable import PruningService

/// Reads arbitrary bytes as a request of one of the four routes, answers it with two kernel sets,
/// and checks the answer.
@main struct FuzzJSON {
  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      FuzzJSON.test(unsafe FuzzHarness.bytes(copying: data, size))
      return 0
    }
  }

  private static let plain = Routes(kernels: KernelSet.supported.first ?? .best)
  private static let best = Routes(kernels: .best)
  // libFuzzer gives one input after the other to one thread.
  private nonisolated(unsafe) static let studies = StudyRoutes()

  private static func test(_ input: [UInt8]) {
    guard let selector = input.first else { return }
    let rest = input.dropFirst()
    guard selector & 64 == 0 else { return testStudies(selector, rest) }
    let route = Int(selector & 3)
    let answer: MessageEncoding = selector & 4 == 0 ? .json : .safetensors
    switch selector >> 3 & 3 {
    case 1: test(TensorStorage(exactly: rest), .safetensors, answer, route)
    case 2:
      guard let file = ComposedFile(rest).storage else { return }
      test(file, .safetensors, answer, route)
    default:
      let storage = TensorStorage(exactly: rest)
      DocumentChecks.check(storage)
      test(storage, .json, answer, route)
    }
  }

  private static func testStudies(_ selector: UInt8, _ rest: ArraySlice<UInt8>) {
    let (route, isSafetensors) = (Int(selector & 7), selector >> 3 & 3 == 1)
    unsafe studies.test(Array(rest), isSafetensors: isSafetensors, route: route)
  }

  private static func test(
    _ body: TensorStorage, _ encoding: MessageEncoding, _ answer: MessageEncoding, _ route: Int
  ) {
    let first = best.answer(body, encoding, answer, route)
    let second = plain.answer(body, encoding, answer, route)
    FuzzHarness.require(first == second, "every kernel set gives the same answer")
    guard case .success(let bytes) = first else { return }
    AnswerChecks.check(bytes, answer, isPrune: route == 0)
  }
}

/// The four routes with one kernel set.
struct Routes {
  private let prune: PruneOperation
  private let importance: ImportanceOperation
  private let plan: PlanOperation
  private let discrepancy: DiscrepancyOperation

  init(kernels: KernelSet) {
    let pruner = Pruner(kernels: kernels)
    let strategies = BuiltInStrategies()
    var limits = MessageLimits()
    limits.maximumItems = 64
    prune = PruneOperation(pruner: pruner, strategies: strategies, limits: limits)
    importance = ImportanceOperation(pruner: pruner, strategies: strategies, limits: limits)
    plan = PlanOperation(strategies: strategies, limits: limits)
    discrepancy = DiscrepancyOperation(pruner: pruner, limits: limits)
  }

  /// The answer's bytes, or the problem.
  func answer(
    _ body: TensorStorage, _ encoding: MessageEncoding, _ answer: MessageEncoding, _ route: Int
  ) -> Result<[UInt8], ServiceProblem> {
    Result { () throws(ServiceProblem) in
      switch route {
      case 0: try run(prune, body, encoding, answer)
      case 1: try run(importance, body, encoding, answer)
      case 2: try run(plan, body, encoding, answer)
      default: try run(discrepancy, body, encoding, answer)
      }
    }
  }

  private func run(
    _ operation: some MessageOperation, _ body: TensorStorage, _ encoding: MessageEncoding,
    _ answer: MessageEncoding
  ) throws(ServiceProblem) -> [UInt8] {
    do throws(ServiceProblem) {
      let request = try operation.decode(body, as: encoding)
      let document = try operation.run(request, checkpoint: Checkpoint {})
      var timing = PhaseTiming()
      let encoded = try AnswerEncoder.encode(
        document, as: answer, timing: &timing, now: { 0 }, makeBuffer: HeapAnswerBuffer.init)
      switch encoded {
      case .bytes(let bytes): return bytes
      case .buffer(let buffer): return buffer.bytes
      }
    } catch {
      check(error)
      throw error
    }
  }

  /// A problem is the client's fault, says why, and can be written.
  private func check(_ problem: ServiceProblem) {
    FuzzHarness.require(problem.type.status < 500, "no input is the server's fault: \(problem)")
    FuzzHarness.require(!problem.detail.isEmpty, "a problem has a detail")
    let document = TensorStorage(exactly: ProblemDetails(problem).encoded()[...])
    FuzzHarness.require(
      (try? JSONDocument.parse(document.bytes)) != nil, "a problem document is JSON: \(problem)")
  }
}
