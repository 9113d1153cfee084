//! Products of one query with many rows, in integers: int8 rows, an int16 query, int32 sums.
//!
//! With AVX2 sixteen products are one instruction (`vpmaddwd`), reached through pulp, which checks once that the machine has
//! it; elsewhere the same loop is left to the compiler. Sums can't overflow: 127 · 2¹⁵ · [`MAX_WIDTH`] < 2³¹.

/// Values that are taken at once; rows are filled up to a multiple of it with zeros.
pub const LANES: usize = 16;
/// The widest row.
pub const MAX_WIDTH: usize = 512;
/// Rows that share a scale and a bound of their errors ([`super::matrix`]), and whose products are passed over together when the largest of
/// them is too small.
pub const BLOCK: usize = 16;

/// One slice of a row.
pub type Chunk = [i8; LANES];

/// The product of `query` with each row; a row has as many chunks as the query. `out` is as long as there are rows.
pub fn products(rows: &[Chunk], query: &[[i16; LANES]], out: &mut [i32]) {
    match query.len() {
        1 => fixed::<1>(rows, query, out),
        2 => fixed::<2>(rows, query, out),
        3 => fixed::<3>(rows, query, out),
        4 => fixed::<4>(rows, query, out),
        6 => fixed::<6>(rows, query, out),
        8 => fixed::<8>(rows, query, out),
        16 => fixed::<16>(rows, query, out),
        24 => fixed::<24>(rows, query, out),
        _ => other(rows, query, out),
    }
}

fn fixed<const C: usize>(rows: &[Chunk], query: &[[i16; LANES]], out: &mut [i32]) {
    let (rows, _) = rows.as_chunks::<C>();
    let Ok(query) = <&[[i16; LANES]; C]>::try_from(query) else { return };
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(x86::Scan { simd, rows, query, out });
    }
    for (row, out) in rows.iter().zip(out) {
        *out = product(row, query);
    }
}

/// The largest product of each block.
pub fn largest(blocks: &[[i32; BLOCK]], out: &mut [i32]) {
    #[cfg(target_arch = "x86_64")]
    if let Some(simd) = pulp::x86::V3::try_new() {
        return simd.vectorize(x86::Largest { simd, blocks, out });
    }
    for (block, out) in blocks.iter().zip(out) {
        *out = block.iter().copied().fold(i32::MIN, i32::max);
    }
}

/// For widths that are seldom.
fn other(rows: &[Chunk], query: &[[i16; LANES]], out: &mut [i32]) {
    for (row, out) in rows.chunks_exact(query.len()).zip(out) {
        *out = product(row, query);
    }
}

/// The plain one, which says what all others compute.
fn product(row: &[Chunk], query: &[[i16; LANES]]) -> i32 {
    let pairs = row.as_flattened().iter().zip(query.as_flattened());
    pairs.map(|(value, query)| i32::from(*value) * i32::from(*query)).sum()
}

#[cfg(target_arch = "x86_64")]
#[expect(clippy::inline_always, reason = "what is not inlined is not compiled for these instructions")]
mod x86 {
    use pulp::{NullaryFnOnce, cast, i8x16, i16x16, i32x4, i32x8, x86::V3};

    use super::{BLOCK, Chunk, LANES, product};

    pub struct Scan<'s, const C: usize> {
        pub simd: V3,
        pub rows: &'s [[Chunk; C]],
        pub query: &'s [[i16; LANES]; C],
        pub out: &'s mut [i32],
    }

    impl<const C: usize> NullaryFnOnce for Scan<'_, C> {
        type Output = ();

        // No closures in here: they would not be compiled for the instructions that this function may use.
        #[inline(always)]
        fn call(self) {
            let Self { simd, rows, query, out } = self;
            let mut wide: [i16x16; C] = [simd.splat_i16x16(0); C];
            for (wide, query) in wide.iter_mut().zip(query) {
                *wide = cast(*query);
            }
            let (fours, rest) = rows.as_chunks::<4>();
            let (outs, rest_out) = out.as_chunks_mut::<4>();
            for (rows, out) in fours.iter().zip(outs) {
                let first = add_pairs(simd, partial(simd, &rows[0], &wide), partial(simd, &rows[1], &wide));
                let second = add_pairs(simd, partial(simd, &rows[2], &wide), partial(simd, &rows[3], &wide));
                let halves: [i32x4; 2] = cast(add_pairs(simd, first, second));
                *out = cast(simd.wrapping_add_i32x4(halves[0], halves[1]));
            }
            for (row, out) in rest.iter().zip(rest_out) {
                *out = product(row, query);
            }
        }
    }

    pub struct Largest<'s> {
        pub simd: V3,
        pub blocks: &'s [[i32; BLOCK]],
        pub out: &'s mut [i32],
    }

    impl NullaryFnOnce for Largest<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { simd, blocks, out } = self;
            for (block, out) in blocks.iter().zip(out) {
                let [low, high]: [i32x8; BLOCK / 8] = cast(*block);
                let eight: [i32; 8] = cast(simd.avx2._mm256_max_epi32(cast(low), cast(high)));
                *out = eight.iter().copied().fold(i32::MIN, i32::max);
            }
        }
    }

    /// Eight sums whose sum is the product.
    #[inline(always)]
    fn partial<const C: usize>(simd: V3, row: &[Chunk; C], query: &[i16x16; C]) -> i32x8 {
        let mut sum = simd.splat_i32x8(0);
        for (chunk, query) in row.iter().zip(query) {
            let chunk: i8x16 = cast(*chunk);
            let products = simd.multiply_wrapping_add_adjacent_i16x16(simd.convert_i8x16_to_i16x16(chunk), *query);
            sum = simd.wrapping_add_i32x8(sum, products);
        }
        sum
    }

    #[inline(always)]
    fn add_pairs(simd: V3, left: i32x8, right: i32x8) -> i32x8 {
        cast(simd.avx2._mm256_hadd_epi32(cast(left), cast(right)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_width_gives_the_plain_products(chunks in prop_oneof![1_usize..18, Just(24)], rows in 0_usize..11, seed: u64) {
            let mut bits = seed;
            let mut next = || {
                bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (bits >> 48) as u16
            };
            let query: Vec<[i16; LANES]> = (0..chunks).map(|_| std::array::from_fn(|_| next().cast_signed())).collect();
            let value = |bits: u16| i8::try_from(i32::from(bits % 255) - 127).unwrap();
            let matrix: Vec<Chunk> = (0..rows * chunks).map(|_| std::array::from_fn(|_| value(next()))).collect();
            let mut out = vec![0; rows];
            products(&matrix, &query, &mut out);
            let plain: Vec<i32> = matrix.chunks_exact(chunks).map(|row| product(row, &query)).collect();
            prop_assert_eq!(out, plain);
        }

        #[test]
        fn the_largest_of_a_block_is_its_largest(blocks in prop::collection::vec(any::<[i32; BLOCK]>(), 0..5)) {
            let mut out = vec![0; blocks.len()];
            largest(&blocks, &mut out);
            let plain: Vec<i32> = blocks.iter().map(|block| *block.iter().max().unwrap()).collect();
            prop_assert_eq!(out, plain);
        }
    }
}
