import HTTPEngine
import Locking
internal import TensorCoding
import Tensors
internal import TokenPruning

/// The shared memory that one request refers to.
public final class ReferencedMemory: Sendable {
  private struct Part {
    let identity: MemoryFile.Identity
    let range: Range<Int>
  }

  private struct State {
    var bytes = 0
    var inputs: [Part] = []
  }

  private let memory: SharedMemory
  private let client: ClientKey
  private let room: CopyRoom
  private let state = Locked(State())

  /// Lets a request of a client refer to the client's regions.
  init(_ memory: SharedMemory, client: ClientKey, room: CopyRoom) {
    self.memory = memory
    self.client = client
    self.room = room
  }

  /// A tensor whose elements lie in a region.
  ///
  /// - Parameters:
  ///   - value: The tensor object.
  ///   - name: Which tensor of the request it is.
  ///   - pointer: Where it stands in the request.
  ///   - limits: Bounds on what is read.
  /// - Returns: A view of the region, or of a copy.
  /// - Throws: 404 for an unknown region, 413 for too many bytes, 422 for what does not fit.
  func tensor(
    _ value: JSONValue, _ name: TensorName, at pointer: JSONPointer, limits: CodingLimits
  ) throws(ServiceProblem) -> Tensor {
    let (dtype, shape) = try Self.head(value, name, at: pointer, limits: limits)
    guard case .object(let object) = value else { throw .field(pointer, "must be an object") }
    let reference = try MemoryReference(
      object[MemoryReference.member], at: pointer.appending(MemoryReference.member))
    let needed = shape.elementCount * dtype.byteSize
    guard reference.byteCount == needed else {
      throw .field(
        reference.pointer.appending("byte_size"),
        "must be \(needed), which is what dtype and shape need")
    }
    let (region, range) = try resolve(reference, alignment: dtype.byteSize)
    try count(region, range, at: reference)
    let storage = try storage(region, range, reference, isCopied: name.isLookedAtTwice)
    do throws(TensorError) {
      return try Tensor(dtype: dtype, shape: shape, storage: storage, byteCount: needed)
    } catch { throw ServiceProblem(error, at: pointer) }
  }

  /// Where an answer's tokens go.
  ///
  /// - Parameters:
  ///   - value: The reference.
  ///   - pointer: Where it stands in the request.
  /// - Returns: The place, in which nothing has been written.
  /// - Throws: 404 for an unknown region, 422 for one that cannot be written to.
  func output(_ value: JSONValue, at pointer: JSONPointer) throws(ServiceProblem) -> OutputMemory {
    let reference = try MemoryReference(value, at: pointer)
    let (region, range) = try resolve(reference, alignment: OutputMemory.alignment)
    guard region.isWritable else {
      throw .field(pointer.appending("region"), "cannot be written to")
    }
    guard region.isAllThere else { throw .shrunk(reference) }
    return OutputMemory(region: region, range: range, reference: reference, room: room)
  }

  /// Refuses an output that overlaps what the request reads, under whatever names.
  func requireApart(_ output: OutputMemory) throws(ServiceProblem) {
    let range = output.region.absolute(output.range)
    let overlaps = state.withLock { state in
      state.inputs.contains {
        $0.identity == output.region.identity && $0.range.overlaps(range)
      }
    }
    guard !overlaps else {
      throw .field(output.reference.pointer, "must not overlap memory that the request reads")
    }
  }

  private static func head(
    _ value: JSONValue, _ name: TensorName, at pointer: JSONPointer, limits: CodingLimits
  ) throws(ServiceProblem) -> (DType, Shape) {
    do throws(CodingError) {
      return try TensorJSON.decodeHead(
        JSONCursor(value, at: pointer), besides: MemoryReference.member, limits: limits)
    } catch { throw ServiceProblem(error, at: pointer, in: name) }
  }

  private func resolve(
    _ reference: MemoryReference, alignment: Int
  ) throws(ServiceProblem) -> (SharedRegion, Range<Int>) {
    guard let region = memory.region(reference.region, of: client) else {
      throw ServiceProblem(
        .notFound, at: reference.pointer.appending("region"), "names no region of this client")
    }
    let range = try reference.range(in: region.byteCount)
    guard region.absolute(range).lowerBound % alignment == 0 else {
      throw .field(
        reference.pointer.appending("offset"),
        "must, with the region's own offset, be a multiple of \(alignment)")
    }
    return (region, range)
  }

  /// Counts what the request reads, however often it names the same bytes.
  private func count(
    _ region: SharedRegion, _ range: Range<Int>, at reference: MemoryReference
  ) throws(ServiceProblem) {
    let limit = memory.rules.requestBytes
    let part = Part(identity: region.identity, range: region.absolute(range))
    let fits = state.withLock { state in
      guard range.count <= limit - state.bytes else { return false }
      state.bytes += range.count
      state.inputs.append(part)
      return true
    }
    guard fits else {
      throw ServiceProblem(
        .contentTooLarge, at: reference.pointer,
        "makes the request refer to more than \(limit) bytes", extensions: [.limitBytes(limit)])
    }
  }

  private func storage(
    _ region: SharedRegion, _ range: Range<Int>, _ reference: MemoryReference, isCopied: Bool
  ) throws(ServiceProblem) -> TensorStorage {
    if !isCopied, let view = region.view(range) { return view }
    let buffer = try room.buffer(range.count)
    var isAllThere = false
    buffer.write { bytes in
      var target = bytes._mutatingExtracting(0..<range.count)
      isAllThere = region.copy(range, into: &target)
      return range.count
    }
    guard isAllThere else { throw .shrunk(reference) }
    return TensorStorage(viewing: buffer)
  }
}

extension SharedRegion {
  /// A range of the region as one of the memory that it is part of.
  func absolute(_ range: Range<Int>) -> Range<Int> {
    offset + range.lowerBound..<offset + range.upperBound
  }
}

extension TensorName {
  /// Whether the method looks at the elements and then uses them: they must not change in between.
  ///
  /// All of these are as short as the tokens are many, or as wide. The long ones are only ever
  /// taken as numbers, so that a client that changes them spoils nothing but its own answer.
  fileprivate var isLookedAtTwice: Bool {
    switch self {
    case .importance, .receivedAttention, .entropy, .newline: true
    case .tokens, .attention, .query, .key, .pixels, .full, .pruned, .lastToken: false
    }
  }
}

extension ServiceProblem {
  /// Memory that its owner has truncated or punched holes into.
  static func shrunk(_ reference: MemoryReference) -> ServiceProblem {
    .field(
      reference.pointer.appending("region"),
      "is shorter than when it was registered, has holes, or cannot be read or written")
  }
}
