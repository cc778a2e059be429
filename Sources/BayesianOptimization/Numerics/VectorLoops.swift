// The innermost loops over contiguous numbers. Goals in order: the same sums in the same order
// everywhere, then speed. Sums run in fixed lanes because the compiler may not reorder additions.
//
// Safety: pointers are only read or written for the stated number of elements, which every caller
// owns for the duration of the call; nothing is kept.

/// The sum of products of `count` numbers, in two times four lanes.
@inline(__always)
func dotProduct(
  _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ count: Int
) -> Double {
  var (even, odd) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
  var index = 0
  while index + 8 <= count {
    unsafe even += lanes(left + index) * lanes(right + index)
    unsafe odd += lanes(left + index + 4) * lanes(right + index + 4)
    index += 8
  }
  var sum = (even + odd).sum()
  while index < count {
    unsafe sum += left[index] * right[index]
    index += 1
  }
  return sum
}

/// Products of four rows with two others: lane *r* of the results belongs to row *r*.
///
/// Eight sums of two lanes fill the registers that every x86-64 and ARM64 processor has.
@inline(__always)
func dotProducts(
  ofRows rows: UnsafePointer<Double>, stride: Int, with first: UnsafePointer<Double>,
  and second: UnsafePointer<Double>, _ count: Int
) -> (SIMD4<Double>, SIMD4<Double>) {
  let (row1, row2, row3) = unsafe (rows + stride, rows + 2 * stride, rows + 3 * stride)
  var (a0, a1, a2, a3) = (
    SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero
  )
  var (b0, b1, b2, b3) = (a0, a0, a0, a0)
  var index = 0
  while index + 2 <= count {
    let (one, two) = unsafe (pair(first + index), pair(second + index))
    let (r0, r1) = unsafe (pair(rows + index), pair(row1 + index))
    a0 += r0 * one
    b0 += r0 * two
    a1 += r1 * one
    b1 += r1 * two
    let (r2, r3) = unsafe (pair(row2 + index), pair(row3 + index))
    a2 += r2 * one
    b2 += r2 * two
    a3 += r3 * one
    b3 += r3 * two
    index += 2
  }
  var one = SIMD4(a0.sum(), a1.sum(), a2.sum(), a3.sum())
  var two = SIMD4(b0.sum(), b1.sum(), b2.sum(), b3.sum())
  if index < count {
    let last = unsafe SIMD4(rows[index], row1[index], row2[index], row3[index])
    unsafe one += last * first[index]
    unsafe two += last * second[index]
  }
  return (one, two)
}

/// Adds a multiple of `source` to `target`.
@inline(__always)
func addMultiple(
  of source: UnsafePointer<Double>, times factor: Double, to target: UnsafeMutablePointer<Double>,
  _ count: Int
) {
  for index in 0..<count { unsafe target[index] += factor * source[index] }
}

/// Four numbers from any address.
@inline(__always)
func lanes(_ source: UnsafePointer<Double>) -> SIMD4<Double> {
  unsafe UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Double>.self)
}

/// Writes four numbers to any address.
@inline(__always)
func store(_ values: SIMD4<Double>, at target: UnsafeMutablePointer<Double>) {
  unsafe UnsafeMutableRawPointer(target).storeBytes(of: values, as: SIMD4<Double>.self)
}

@inline(__always)
private func pair(_ source: UnsafePointer<Double>) -> SIMD2<Double> {
  unsafe UnsafeRawPointer(source).loadUnaligned(as: SIMD2<Double>.self)
}
