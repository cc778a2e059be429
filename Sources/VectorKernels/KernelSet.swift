internal import CVectorKernels

/// The numeric kernels compiled for one instruction set.
///
/// Every set gives the same bits for the same input. Inputs need no alignment; where a method
/// takes sizes, its spans must hold exactly what they promise (a programmer's error otherwise).
/// Values may be infinite or NaN and then propagate as IEEE 754 says, unless a method says more.
@safe
public struct KernelSet: Sendable {
  /// The functions, all of them static and without state.
  let table: vk_kernels
  /// The name of the instruction set: `portable`, `avx2`, `avx512` or `neon`.
  public let name: String

  private init(_ table: vk_kernels) {
    unsafe self.table = unsafe table
    name = unsafe String(cString: table.name)
  }

  /// The sets this processor can run, slowest first.
  public static var supported: [KernelSet] {
    // A table is a constant of the C target: valid for ever, and never changed.
    let tables = unsafe [
      vk_portable_kernels(), vk_neon_kernels(), vk_avx2_kernels(), vk_avx512_kernels(),
    ]
    return unsafe tables.compactMap { table in
      unsafe table.map { unsafe KernelSet($0.pointee) }
    }
  }

  /// The fastest set this processor can run.
  public static var best: KernelSet {
    let sets = supported
    return sets[sets.count - 1]
  }

  /// Picks a set by name; nil when the name is unknown or the processor cannot run it.
  public init?(named name: String) {
    guard let set = KernelSet.supported.first(where: { $0.name == name }) else { return nil }
    self = set
  }
}
