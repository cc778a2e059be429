import HTTPEngine
import Tensors
import TokenPruning
import VectorKernels
import WorkerPool

/// The prune route without a server: the same bytes in, the same bytes out.
package struct OfflineService: Sendable {
  /// What a request comes to.
  package enum Outcome: Sendable {
    /// The answer's bytes.
    case answer([UInt8])
    /// A problem document.
    case problem([UInt8])
  }

  private let operations: ServiceOperations

  /// Chooses the kernels.
  ///
  /// - Parameter configuration: Checked settings.
  /// - Throws: When the processor lacks the kernel set.
  package init(_ configuration: ServiceConfiguration) throws(ServiceStartError) {
    operations = ServiceOperations(
      kernels: try KernelSet(configuration), strategies: BuiltInStrategies(),
      limits: MessageLimits())
  }

  /// Answers the body of one prune request in the encoding in which it came.
  package func prune(_ body: [UInt8], as encoding: MessageEncoding) -> Outcome {
    let buffers = BufferPool(maximumIdleBytes: 0)
    let buffer = buffers.take(capacity: body.count)
    // The span is used only during the call.
    unsafe buffer.append(body.span.bytes)
    var run = OperationRun(
      body: TensorStorage(viewing: buffer), bodyEncoding: encoding, answerEncoding: encoding,
      context: JobContext(), buffers: buffers)
    do throws(ServiceProblem) {
      return .answer(try run.response(of: operations.prune).body.copied)
    } catch { return .problem(ProblemDetails(error).encoded()) }
  }
}

extension ResponseBody {
  /// The bytes of a body that is complete.
  var copied: [UInt8] {
    switch self {
    case .bytes(let bytes): return bytes
    case .buffer(let buffer):
      // The pointer is used only inside the closure.
      return unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) }
    case .empty, .stream: return []
    }
  }
}
