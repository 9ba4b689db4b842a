//! Which vector instructions the kernels are run with. Whatever they are, the bits are the same: a vector has eight
//! lanes everywhere, and no operation between lanes is left to the instruction set.

use fearless_simd::Level;

#[cfg(target_arch = "x86_64")]
type Baseline = fearless_simd::x86::Sse2;
#[cfg(target_arch = "aarch64")]
type Baseline = fearless_simd::aarch64::Neon;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
type Baseline = fearless_simd::wasm32::WasmSimd128;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128"))))]
type Baseline = fearless_simd::Fallback;

/// The instructions that the kernels are run with; by default the best that this machine has.
#[derive(Clone, Copy, Debug)]
pub struct Instructions(pub(crate) Kind);

/// The sets of instructions that there are kernels for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2(fearless_simd::x86::Avx2),
    /// What every machine of this kind has: 128 bits.
    Baseline(Baseline),
}

impl Instructions {
    /// The best instructions that this machine has and that there are kernels for.
    pub fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Level::new().as_avx2() {
            return Self(Kind::Avx2(avx2));
        }
        Self::baseline()
    }

    /// The instructions that every machine of this kind has.
    ///
    /// # Panics
    ///
    /// Never: the compiler has been told that the instructions are there.
    pub fn baseline() -> Self {
        let level = Level::baseline();
        #[cfg(target_arch = "x86_64")]
        let token = level.as_sse2();
        #[cfg(target_arch = "aarch64")]
        let token = level.as_neon();
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let token = level.as_wasm_simd128();
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", all(target_arch = "wasm32", target_feature = "simd128"))))]
        let token = Some(level).map(|level| match level {
            Level::Fallback(fallback) => fallback,
            _ => unreachable!("no other level is compiled in"),
        });
        Self(Kind::Baseline(token.expect("the compiler takes these instructions for granted")))
    }

    /// What the instructions are called.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "AVX2",
            Kind::Baseline(_) if cfg!(target_arch = "x86_64") => "SSE2",
            Kind::Baseline(_) if cfg!(target_arch = "aarch64") => "Neon",
            Kind::Baseline(_) if cfg!(target_arch = "wasm32") => "wasm simd128",
            Kind::Baseline(_) => "scalar",
        }
    }
}

impl Default for Instructions {
    fn default() -> Self {
        Self::best()
    }
}

/// Compiles `$run` once for each set of instructions and runs the one that `$vectors` names; `$simd` is its token.
macro_rules! with_instructions {
    ($vectors:expr, $simd:ident => $run:expr) => {
        match $vectors.0 {
            #[cfg(target_arch = "x86_64")]
            $crate::learn::kernels::instructions::Kind::Avx2($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $run,
            ),
            $crate::learn::kernels::instructions::Kind::Baseline($simd) => fearless_simd::Simd::vectorize(
                $simd,
                #[inline(always)]
                || $run,
            ),
        }
    };
}
pub(crate) use with_instructions;
