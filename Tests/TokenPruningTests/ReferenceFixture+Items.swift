import Tensors
import TestSupport

extension ReferenceFixture {
  /// Entry `item` along the leading axis of a tensor.
  func floats(_ name: String, _ item: Int) throws -> [Float] { try tensor(name)[item].floats }

  /// Entry `item` along the leading axis of an integer tensor.
  func integers(_ name: String, _ item: Int) throws -> [Int] {
    try floats(name, item).map { Int($0) }
  }
}

extension Tensor {
  /// All elements, widened.
  var floats: [Float] { (0..<shape.elementCount).map { float(at: $0) } }
}
