/// e to the power of minus `argument`, to two units in the last place, for arguments not negative.
///
/// The library's exponential takes one number at a time and differs between processors; covariance
/// matrices need millions, and the same on each of them.
@inline(__always)
func exponential(ofMinus argument: SIMD4<Double>) -> SIMD4<Double> {
  // Beyond 700 the result is no normal number, and it is zero for every purpose.
  let limit = SIMD4<Double>(repeating: 700)
  let x = -argument.replacing(with: limit, where: argument .> limit)
  // Adding 1.5 * 2^52 leaves the nearest whole number in the lowest bits.
  let magic = SIMD4<Double>(repeating: 0x1.8p52)
  let shifted = x * 0x1.71547652b82fep0 + magic
  let exponent = shifted - magic
  let rest = (x - exponent * 0x1.62e42fefa3p-1) - exponent * 0x1.3de6af278ece6p-42
  var sum = SIMD4<Double>(repeating: 1 / 6_227_020_800)
  // The Taylor series: its next term is below 1e-17 for |rest| <= ln(2) / 2.
  sum = sum * rest + 1 / 479_001_600
  sum = sum * rest + 1 / 39_916_800
  sum = sum * rest + 1 / 3_628_800
  sum = sum * rest + 1 / 362_880
  sum = sum * rest + 1 / 40_320
  sum = sum * rest + 1 / 5_040
  sum = sum * rest + 1 / 720
  sum = sum * rest + 1 / 120
  sum = sum * rest + 1 / 24
  sum = sum * rest + 1 / 6
  sum = sum * rest + 0.5
  sum = sum * rest + 1
  sum = sum * rest + 1
  // Both vectors have four lanes of 64 bits.
  let bits = unsafe unsafeBitCast(shifted, to: SIMD4<UInt64>.self)
  let power = (bits &+ 1023) &<< 52
  return unsafe sum * unsafeBitCast(power, to: SIMD4<Double>.self)
}
