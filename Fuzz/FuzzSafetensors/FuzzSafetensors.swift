// The input is a safetensors file as it is.
import FuzzHarness
import TensorCoding
import Tensors

/// Reads arbitrary bytes as a safetensors file; what is read is written and read again.
@main struct FuzzSafetensors {
  static func main() {
    _ = unsafe FuzzHarness.run { (data, size) in
      unsafe FuzzSafetensors.test(FuzzHarness.storage(copying: data, size))
      return 0
    }
  }

  private static func test(_ storage: TensorStorage) {
    guard let file = try? SafetensorsFile(storage: storage) else { return }
    for (name, tensor) in file.tensors {
      walk(tensor)
      FuzzHarness.require(file[name] != nil, "a tensor is found by its name")
    }
    for tensor in file.unsupported {
      FuzzHarness.require(
        tensor.byteRange.upperBound <= storage.byteCount, "ranges end inside the file")
    }
    if file.unsupported.isEmpty { checkRoundTrip(file) }
  }

  /// Touches every byte and some of the elements.
  private static func walk(_ tensor: Tensor) {
    let bytes = tensor.bytes
    FuzzHarness.require(bytes.byteCount == tensor.byteCount, "the shape spans the bytes")
    var sum: UInt8 = 0
    for offset in 0..<bytes.byteCount { sum ^= bytes.byte(at: offset) }
    if tensor.dtype.isReal {
      for index in 0..<min(tensor.shape.elementCount, 64) {
        sum ^= UInt8(tensor.float(at: index).sign == .minus ? 1 : 0)
      }
    }
    guard tensor.shape.rank > 0 else { return }
    for index in 0..<min(tensor.shape[0], 16) {
      FuzzHarness.require(
        tensor[index].shape == tensor.shape.droppingFirst, "a part has the shape of a part")
    }
    let flat = try? tensor.reshaped([tensor.shape.elementCount])
    FuzzHarness.require(flat?.bytes.byteCount == bytes.byteCount, "reshaping keeps the bytes")
  }

  private static func checkRoundTrip(_ file: SafetensorsFile) {
    var writer = SafetensorsWriter()
    for (name, tensor) in file.tensors {
      writer.declare(name, dtype: tensor.dtype, shape: tensor.shape)
    }
    for (key, value) in file.metadata { writer.addMetadata(key, value) }
    do {
      let layout = try writer.layout()
      var failure: CodingError?
      let storage = TensorStorage(byteCount: layout.byteCount) { bytes in
        for (range, (_, tensor)) in zip(layout.ranges, file.tensors) {
          for offset in 0..<range.count {
            bytes.storeBytes(
              of: tensor.bytes.byte(at: offset), toByteOffset: range.lowerBound + offset,
              as: UInt8.self)
          }
        }
        do throws(CodingError) { try layout.writeHeader(into: &bytes) } catch { failure = error }
      }
      if let failure { throw failure }
      check(try SafetensorsFile(storage: storage), equals: file)
    } catch { fatalError("a file that was read cannot be written: \(error)") }
  }

  private static func check(_ copy: SafetensorsFile, equals file: SafetensorsFile) {
    FuzzHarness.require(
      copy.metadata.elementsEqual(file.metadata, by: ==), "metadata survives writing")
    FuzzHarness.require(copy.tensors.count == file.tensors.count, "every tensor survives writing")
    for ((name, tensor), (otherName, other)) in zip(copy.tensors, file.tensors) {
      FuzzHarness.require(name == otherName && tensor.dtype == other.dtype, "names survive")
      FuzzHarness.require(tensor.shape == other.shape, "shapes survive writing")
      FuzzHarness.require(tensor.bytes.hasSameBytes(as: other.bytes), "bytes survive writing")
    }
  }
}
